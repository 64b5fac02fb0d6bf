// The tour and its slim twin. They follow samples/tour/Dockerfile and Dockerfile.slim line by line.
import {
  cmd,
  copy,
  env,
  expose,
  label,
  run,
  type Sample,
  type SampleStep,
  seq,
  workdir,
  yes,
} from './sample-steps.ts';
import type { SampleTree } from './sample-tree.ts';

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

export const TOUR: Sample = {
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

export const SLIM: Sample = {
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
