// Runs a bundled script from code that was compiled when it ran before. Node's own cache has what is compiled when a script
// is loaded; what its functions need is compiled when they are first called, each time again, and for a program that ends
// in a tenth of a second that is a good part of its time. So the code is taken when the script has done its work.
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import { Script } from 'node:vm';
import { uniqueName } from './unique-name.ts';

export interface ScriptPlace {
  /** Of a file that the bundler wrapped (see WRAPPER). */
  readonly path: string;
  /** What it is to do: it is compiled for each such use, and should not have many. */
  readonly use: string;
  /** Where compiled code is kept. */
  readonly folder: string;
}

/** `import()` of the script's own folder, which a script cannot have by itself. */
export type ImportModule = (specifier: string) => Promise<unknown>;

/** What the bundler puts around a script. The hash of it all is in the last line: whatever else is there is ASCII. */
export const WRAPPER = {
  before: '(function(exports,require,module,__filename,phylloImport){',
  after: '})',
  hash: (hash: string): string => `\n// ${hash}\n`,
  hashLength: 32,
} as const;

type Wrapped = (
  exports: object,
  require: NodeJS.Require,
  module: { exports: object },
  path: string,
  importModule: ImportModule,
) => void;

/** Before the compiled code: the script's hash, how many runs it has seen, and a mark of the code. V8 wants that aligned. */
const HEADER_BYTES = 64;
/** A disk loses whole sectors; of this many bytes one word is looked at. */
const MARKED_BYTES = 256;
const LATE: ReadonlySet<string> = new Set([
  'node:child_process',
  'node:crypto',
  'node:http',
  'node:https',
  'node:net',
  'node:os',
  'node:readline/promises',
  'node:tls',
  'node:util',
  'node:worker_threads',
  'node:zlib',
]);
/** Not every run calls the same functions: what the first ones call comes together. */
const LEARNING_RUNS = 3;

/** What the script exports. Where nothing can be kept it runs all the same. */
export function runScript<Exports>(place: ScriptPlace, importModule: ImportModule): Exports {
  const source = readFileSync(place.path, 'latin1');
  const hash = source.slice(-WRAPPER.hashLength - 1, -1);
  const kept = `${join(place.folder, `${basename(place.path)}-${place.use}-${process.version}-${process.arch}`)}.code`;
  const isOff = Boolean(process.env['NODE_DISABLE_COMPILE_CACHE']);
  const known = isOff ? undefined : readKept(kept, hash);
  const script = new Script(source, { filename: place.path, ...(known && { cachedData: known.code }) });
  const runs = known === undefined || script.cachedDataRejected ? 0 : known.runs;
  if (!isOff && runs < LEARNING_RUNS)
    process.once('exit', () => keep(kept, { hash, runs: runs + 1 }, script));
  const module = { exports: {} };
  (script.runInThisContext() as Wrapped)(
    module.exports,
    requireOnce(createRequire(place.path)),
    module,
    place.path,
    importModule,
  );
  return module.exports as Exports;
}

interface Kept {
  readonly code: Buffer;
  readonly runs: number;
}

/** undefined for what is not there, of another script, damaged, or somebody else's: it is run. */
function readKept(path: string, hash: string): Kept | undefined {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      if (process.geteuid && fstatSync(file).uid !== process.geteuid()) return undefined;
      const data = readFileSync(file);
      const code = data.subarray(HEADER_BYTES);
      const [ofHash, runs, mark] = data.toString('latin1', 0, HEADER_BYTES).trim().split(' ');
      return ofHash === hash && mark === markOf(code) ? { code, runs: Number(runs) } : undefined;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

/** Where it cannot be (a full disk, no home) it is compiled again next time. */
function keep(path: string, { hash, runs }: { hash: string; runs: number }, script: Script): void {
  const unfinished = `${path}.${uniqueName()}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const code = script.createCachedData();
    const head = Buffer.from(`${hash} ${runs} ${markOf(code)}`.padEnd(HEADER_BYTES), 'latin1');
    try {
      writeFileSync(unfinished, Buffer.concat([head, code]), { mode: 0o600, flag: 'wx' });
      renameSync(unfinished, path);
    } finally {
      rmSync(unfinished, { force: true });
    }
  } catch {
    // Nobody has to know.
  }
}

/**
 * Of what a power failure left whole. V8 believes what it is given: a page of zeros in it would end the process, each time
 * anew. To look at every byte takes as long as compiling.
 */
function markOf(code: Buffer): string {
  const words = new Int32Array(code.buffer, code.byteOffset, code.length >> 2);
  let mark = code.length;
  for (let at = 0; at < words.length; at += MARKED_BYTES / 4) mark = Math.imul(mark ^ words[at]!, 0x01000193);
  return (mark >>> 0).toString(36);
}

/**
 * Each file of a bundle asks for what it needs, most of them for the same; Node takes microseconds for each time. Parts of
 * Node that many files name and few runs use are loaded when something of them is: some take longer than a container.
 */
function requireOnce(require: NodeJS.Require): NodeJS.Require {
  const loaded = new Map<string, unknown>();
  const once = (name: string): unknown => {
    if (!loaded.has(name)) loaded.set(name, LATE.has(name) ? late(() => require(name)) : require(name));
    return loaded.get(name);
  };
  return Object.assign(once, require);
}

/** Stands for a module; the bundler's code takes every export of it at the moment when it is used. */
function late(load: () => object): object {
  let module: object | undefined;
  const loaded = (): object => (module ??= load());
  return new Proxy(
    {},
    {
      get: (_, name) => Reflect.get(loaded(), name) as unknown,
      has: (_, name) => Reflect.has(loaded(), name),
      ownKeys: () => Reflect.ownKeys(loaded()),
      getOwnPropertyDescriptor: (_, name) => {
        const found = Reflect.getOwnPropertyDescriptor(loaded(), name);
        // What the target of a proxy lacks may not be told of as fixed.
        return found && { ...found, configurable: true };
      },
    },
  );
}
