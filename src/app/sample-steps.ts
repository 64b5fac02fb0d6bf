// The instructions of the sample images: what each does to the files and the configuration, and what BuildKit would
// write into the history for it.
import type { SampleTree } from './sample-tree.ts';

/** The files of a sample's build context, by path. */
export type SampleContext = ReadonlyMap<string, Uint8Array>;

/** What a container of the image starts with, as the config has it. */
export interface SampleConfig {
  Env: string[];
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
  /** Needs a statically linked busybox of this machine, which is then `busybox` in the context. */
  readonly needsBusybox?: true;
  readonly dockerfile: string;
  readonly steps: readonly SampleStep[];
}

/** Files of a context keep this time, whenever they were checked out. */
const CONTEXT_SECONDS = Date.UTC(2024, 3, 22, 8) / 1000;

// ------------------------------------------------------------- instructions

/** `from` is a folder of the context or a file; `to` is absolute. `written` is how the Dockerfile has it. */
export function copy(
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
export function run(
  seconds: number,
  commands: readonly string[],
  change: (tree: SampleTree) => void,
): SampleStep {
  return { createdBy: `RUN /bin/sh -c ${commands.join('     && ')} # buildkit`, seconds, change };
}

export function workdir(path: string): SampleStep {
  return {
    createdBy: `WORKDIR ${path}`,
    seconds: 0,
    change: (tree) => tree.makeDirectory(path.slice(1)),
    configure: (config) => (config.WorkingDir = path),
  };
}

export function label(labels: Readonly<Record<string, string>>): SampleStep {
  const createdBy = `LABEL ${pairs(labels).join(' ')}`;
  return { createdBy, seconds: 0, configure: (config) => Object.assign(config.Labels, labels) };
}

export function env(values: Readonly<Record<string, string>>): SampleStep {
  const createdBy = `ENV ${pairs(values).join(' ')}`;
  // What was set before is set anew: no name is there twice.
  const isOther = (pair: string): boolean => !Object.hasOwn(values, pair.slice(0, pair.indexOf('=')));
  const configure = (config: SampleConfig): void => {
    config.Env = [...config.Env.filter(isOther), ...pairs(values)];
  };
  return { createdBy, seconds: 0, configure };
}

export function expose(port: number): SampleStep {
  const createdBy = `EXPOSE map[${port}/tcp:{}]`;
  return { createdBy, seconds: 0, configure: (config) => (config.ExposedPorts[`${port}/tcp`] = {}) };
}

export function cmd(...words: readonly string[]): SampleStep {
  const createdBy = `CMD [${words.map((word) => JSON.stringify(word)).join(' ')}]`;
  return { createdBy, seconds: 0, configure: (config) => (config.Cmd = words) };
}

function pairs(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([key, value]) => `${key}=${value}`);
}

// ------------------------------------------------------------------ commands

/** `yes TEXT | head -c BYTES` */
export function yes(text: string, bytes: number): Uint8Array {
  return Buffer.alloc(bytes, `${text}\n`);
}

/** `seq LAST` */
export function seq(last: number): Uint8Array {
  let text = '';
  for (let number = 1; number <= last; number++) text += `${number}\n`;
  return Buffer.from(text);
}
