// The instructions of the sample images: what each does to the files and the configuration, and what BuildKit would
// write into the history for it. They follow samples/tour/Dockerfile and Dockerfile.slim line by line.
import type { SampleTree } from './sample-tree.ts';

/** The files of a sample's build context, by path. */
export type SampleContext = ReadonlyMap<string, Uint8Array>;

/** What a container of the image starts with, as the config has it. */
export interface SampleConfig {
  readonly Env: string[];
  readonly Labels: Record<string, string>;
  readonly ExposedPorts: Record<string, object>;
  WorkingDir: string;
  Cmd: readonly string[];
}

export interface SampleStep {
  readonly createdBy: string;
  /** How long the instruction took. */
  readonly seconds: number;
  /** Absent where the instruction makes no layer. */
  readonly change?: (tree: SampleTree, context: SampleContext) => void;
  readonly configure?: (config: SampleConfig) => void;
}

export interface Sample {
  readonly name: string;
  readonly title: string;
  /** Full name of the image. */
  readonly image: string;
  /** Folder below samples/. */
  readonly context: string;
  readonly dockerfile: string;
  readonly steps: readonly SampleStep[];
}

/** Files of a context keep this time, whenever they were checked out. */
const CONTEXT_SECONDS = Date.UTC(2024, 3, 22, 8) / 1000;

// ------------------------------------------------------------- instructions

/** `from` is a folder of the context or a file; `to` is absolute. `written` is how the Dockerfile has it. */
function copy(
  from: string,
  to: string,
  { written = to, mode }: { written?: string; mode?: number } = {},
): SampleStep {
  const flag = mode === undefined ? '' : `--chmod=${mode.toString(8)} `;
  return {
    createdBy: `COPY ${flag}${from} ${written} # buildkit`,
    seconds: 1,
    change: (tree, context) => {
      const target = to.replace(/^\/|\/$/g, '');
      if (from.endsWith('/') && target !== '') tree.makeDirectory(target, mode);
      for (const [path, data] of context) {
        if (path !== from && !(from.endsWith('/') && path.startsWith(from))) continue;
        const place = [target, path.slice(from.length)].filter(Boolean).join('/');
        const parents = place.slice(0, Math.max(0, place.lastIndexOf('/')));
        tree.makeDirectory(parents, mode);
        tree.writeFile(place, data, { mode: mode ?? scriptMode(data), mtimeSeconds: CONTEXT_SECONDS });
      }
    },
  };
}

/** A checkout or a package may lose modes; what begins with `#!` is a script. */
function scriptMode(data: Uint8Array): number {
  return data[0] === 0x23 && data[1] === 0x21 ? 0o755 : 0o644;
}

/** Commands that the Dockerfile joins with `&&`, a line each. */
function run(seconds: number, commands: readonly string[], change: (tree: SampleTree) => void): SampleStep {
  return { createdBy: `RUN /bin/sh -c ${commands.join('     && ')} # buildkit`, seconds, change };
}

function workdir(path: string): SampleStep {
  return {
    createdBy: `WORKDIR ${path}`,
    seconds: 0,
    change: (tree) => tree.makeDirectory(path.slice(1)),
    configure: (config) => (config.WorkingDir = path),
  };
}

function label(labels: Readonly<Record<string, string>>): SampleStep {
  const createdBy = `LABEL ${pairs(labels).join(' ')}`;
  return { createdBy, seconds: 0, configure: (config) => Object.assign(config.Labels, labels) };
}

function env(values: Readonly<Record<string, string>>): SampleStep {
  const createdBy = `ENV ${pairs(values).join(' ')}`;
  return { createdBy, seconds: 0, configure: (config) => config.Env.push(...pairs(values)) };
}

function expose(port: number): SampleStep {
  const createdBy = `EXPOSE map[${port}/tcp:{}]`;
  return { createdBy, seconds: 0, configure: (config) => (config.ExposedPorts[`${port}/tcp`] = {}) };
}

function cmd(...words: readonly string[]): SampleStep {
  const createdBy = `CMD [${words.map((word) => JSON.stringify(word)).join(' ')}]`;
  return { createdBy, seconds: 0, configure: (config) => (config.Cmd = words) };
}

function pairs(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([key, value]) => `${key}=${value}`);
}

// ------------------------------------------------------------------ commands

/** `yes TEXT | head -c BYTES` */
function yes(text: string, bytes: number): Uint8Array {
  return Buffer.alloc(bytes, `${text}\n`);
}

/** `seq LAST` */
function seq(last: number): Uint8Array {
  let text = '';
  for (let number = 1; number <= last; number++) text += `${number}\n`;
  return Buffer.from(text);
}

const APP = 'srv/app';
const DOWNLOAD = 'var/cache/tour/download.txt';
const STATE = 'var/lib/tour/state';

function download(tree: SampleTree): void {
  tree.writeFile(DOWNLOAD, yes('leaf after leaf after leaf', 12_000_000));
}

function writeNumbers(tree: SampleTree): void {
  tree.writeFile(`${APP}/data/numbers.txt`, seq(200_000));
}

function mergeState(tree: SampleTree): void {
  const logs = tree.below(STATE).filter((path) => path.endsWith('.log'));
  tree.writeFile('tmp/state', Buffer.concat(logs.sort().map((path) => tree.read(path))));
  tree.remove(STATE);
  tree.move('tmp/state', STATE);
}

const DOWNLOAD_COMMAND = `yes "leaf after leaf after leaf" | head -c 12000000 > /${DOWNLOAD}`;
const MERGE_COMMANDS = [`cat /${STATE}/*.log > /tmp/state`, `rm -r /${STATE}`, `mv /tmp/state /${STATE}`];

// -------------------------------------------------------------------- images

const BASE: readonly SampleStep[] = [
  copy('rootfs/', '/'),
  run(
    1,
    [
      'mkdir -p /tmp /var/cache/tour',
      'chmod 1777 /tmp',
      'chmod 0640 /etc/shadow',
      'chmod 4755 /usr/bin/borrow',
      'ln /usr/bin/leaf /usr/bin/sheet',
      'ln -s ../share/doc/layers/welcome.txt /usr/bin/README',
      'ln -s usr/bin /scripts',
    ],
    (tree) => {
      tree.makeDirectory('tmp');
      tree.makeDirectory('var/cache/tour');
      tree.chmod('tmp', 0o1777);
      tree.chmod('etc/shadow', 0o640);
      tree.chmod('usr/bin/borrow', 0o4755);
      tree.makeHardlink('usr/bin/sheet', 'usr/bin/leaf');
      tree.makeSymlink('usr/bin/README', '../share/doc/layers/welcome.txt');
      tree.makeSymlink('scripts', 'usr/bin');
    },
  ),
  label({
    'org.opencontainers.image.title': 'Tour of layers',
    'org.opencontainers.image.licenses': 'MIT',
  }),
  env({ APP_HOME: '/srv/app', APP_PORT: '8080' }),
  workdir('/srv/app'),
];

const TOUR: Sample = {
  name: 'tour',
  title: 'every effect that a layer can have, a layer each',
  image: 'docker.io/phyllo/tour:latest',
  context: 'tour',
  dockerfile: 'Dockerfile',
  steps: [
    ...BASE,
    copy('app/', '/srv/app/', { written: './' }),
    copy('config/tour.conf', '/etc/tour/tour.conf'),
    run(9, [DOWNLOAD_COMMAND, 'mkdir data', 'seq 200000 > data/numbers.txt'], (tree) => {
      download(tree);
      writeNumbers(tree);
    }),
    run(2, ['chmod -R 775 /srv/app'], (tree) => {
      for (const path of tree.below(APP)) tree.chmod(path, 0o775);
    }),
    run(1, [`rm /${DOWNLOAD}`], (tree) => tree.remove(DOWNLOAD)),
    run(1, ['rm -rf plugins', 'mkdir plugins', 'echo greeter > plugins/enabled'], (tree) => {
      tree.remove(`${APP}/plugins`);
      tree.makeDirectory(`${APP}/plugins`);
      tree.writeFile(`${APP}/plugins/enabled`, Buffer.from('greeter\n'));
    }),
    run(1, MERGE_COMMANDS, mergeState),
    expose(8080),
    cmd('/srv/app/bin/serve'),
  ],
};

const SLIM: Sample = {
  name: 'tour-slim',
  title: 'the same files with nothing stored twice; shares its first layers with the tour',
  image: 'docker.io/phyllo/tour:slim',
  context: 'tour',
  dockerfile: 'Dockerfile.slim',
  steps: [
    ...BASE,
    copy('app/bin/', '/srv/app/bin/', { written: 'bin/', mode: 0o775 }),
    copy('app/views/', '/srv/app/views/', { written: 'views/', mode: 0o775 }),
    copy('config/tour.conf', '/etc/tour/tour.conf'),
    run(
      10,
      [
        DOWNLOAD_COMMAND,
        'mkdir data plugins',
        'seq 200000 > data/numbers.txt',
        'echo greeter > plugins/enabled',
        `rm /${DOWNLOAD}`,
        ...MERGE_COMMANDS,
        'chmod 775 . bin views data data/numbers.txt',
      ],
      (tree) => {
        download(tree);
        writeNumbers(tree);
        tree.writeFile(`${APP}/plugins/enabled`, Buffer.from('greeter\n'));
        tree.remove(DOWNLOAD);
        mergeState(tree);
        for (const path of ['', '/bin', '/views', '/data', '/data/numbers.txt'])
          tree.chmod(`${APP}${path}`, 0o775);
      },
    ),
    expose(8080),
    cmd('/srv/app/bin/serve'),
  ],
};

export const SAMPLES: readonly Sample[] = [TOUR, SLIM];
