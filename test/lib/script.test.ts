// Scripts that run from compiled code: each run is a process of its own, as the code is taken at its end.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chownSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { execPath, geteuid } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { beforeEach, describe, expect, test } from 'vitest';
import { scriptOptions } from '../../scripts/bundle-options.ts';
import { OFTEN } from '../../src/cli/load-run-script.ts';
import { VERBS } from '../../src/cli/verbs.ts';
import { WRAPPER } from '../../src/lib/script.ts';
import { temporaryFolder } from '../support/image-folder.ts';

const CHILD = fileURLToPath(new URL('../support/script-child.ts', import.meta.url));
const NOBODY = 65_534;
const HEADER_BYTES = 64;
const run = promisify(execFile);

let folder: string;
let path: string;
/** Where compiled code is kept. */
let cache: string;

beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, 'program.script.js');
  cache = join(folder, 'cache', 'phyllo');
});

function signed(wrapped: string): string {
  const hash = createHash('sha256').update(wrapped).digest('hex').slice(0, WRAPPER.hashLength);
  return `${wrapped}${WRAPPER.hash(hash)}`;
}

function write(body: string): void {
  writeFileSync(path, signed(`${WRAPPER.before}${body}${WRAPPER.after}`));
}

/** A script with functions enough that its code takes several pages. */
function writeAnswering(answer: string): void {
  const parts = Array.from({ length: 300 }, (_, at) => `function part${at}(x){return x+'${at}'}`);
  const calls = parts.map((_, at) => `part${at}('')`);
  write(`${parts.join('\n')}\nexports.answer=()=>[${calls.join(',')}].length===300&&'${answer}';`);
}

/** What it answers. */
async function answer(use = 'test', into = cache, flags: readonly string[] = []): Promise<unknown> {
  const { stdout, stderr } = await run(execPath, ['--no-warnings', ...flags, CHILD, path, into, use]);
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

/** The one file of compiled code. */
function kept(): string {
  const names = readdirSync(cache);
  expect(names).toEqual([expect.stringMatching(/^program\.script\.js-test-v[\d.]+-\w+\.code$/)]);
  return join(cache, names[0]!);
}

/** How many runs the kept code has seen: of code that was not used the count begins again. */
function runsSeen(): number {
  return Number(readFileSync(kept(), 'latin1').slice(0, HEADER_BYTES).split(' ')[1]);
}

describe('a script', () => {
  test('has its exports, its place, and modules beside it', async () => {
    mkdirSync(join(folder, 'node_modules', 'thing'), { recursive: true });
    writeFileSync(join(folder, 'node_modules', 'thing', 'index.js'), "exports.name = 'of a package';");
    writeFileSync(join(folder, 'part.cjs'), "exports.name = 'of a file';");
    writeFileSync(join(folder, 'late.mjs'), "export const name = 'of a module';");
    write(`
      const found = require('node:module').createRequire(require.resolve('thing'))('./index.js');
      const names = [require('thing').name, found.name, require('./part.cjs').name];
      exports.answer = async () => [...names, (await phylloImport('./late.mjs')).name, __filename, module.exports === exports];`);
    expect(await answer()).toEqual(['of a package', 'of a package', 'of a file', 'of a module', path, true]);
  });

  test('loads parts of Node that take long when something of them is used', async () => {
    write(`
      const isLoaded = () => process.moduleLoadList.includes('NativeModule https');
      const https = require('node:https');
      const before = isLoaded();
      exports.answer = () => [before, typeof https.request, isLoaded(), require('node:https') === https];`);
    expect(await answer()).toEqual([false, 'function', true, true]);
  });

  test('finds in such a part what Node has there', async () => {
    write(`
      const zlib = require('node:zlib'), net = require('node:net');
      class Own extends net.Socket {}
      exports.answer = () => [
        zlib.gunzipSync(zlib.gzipSync('text')).toString(),
        new Own() instanceof process.getBuiltinModule('node:net').Socket,
        'gzipSync' in zlib, 'nothing' in zlib, zlib.nothing === undefined,
        Object.keys(zlib).length === Object.keys(process.getBuiltinModule('node:zlib')).length,
        Object.getOwnPropertyNames(zlib).length === Object.getOwnPropertyNames(process.getBuiltinModule('node:zlib')).length,
        typeof { ...zlib }.gzipSync,
        zlib.constants.Z_BEST_SPEED,
      ];`);
    expect(await answer()).toEqual(['text', true, true, false, true, true, true, 'function', 1]);
  });

  test('is what the bundler makes of modules, in whatever form they import', async () => {
    const entry = join(folder, 'entry.ts');
    writeFileSync(
      entry,
      `import * as zlib from 'node:zlib';
       import net, { Socket } from 'node:net';
       import { promisify } from 'node:util';
       import process from 'node:process';
       const deflate = promisify(zlib.deflate);
       class Own extends Socket {}
       export const answer = async () => [
         (await deflate('x')).length > 0, net.isIP('::1'), new Own().destroyed, process.pid > 0, import.meta.url,
       ];`,
    );
    await build({
      ...scriptOptions,
      entryPoints: { program: entry },
      outdir: folder,
      minifyWhitespace: true,
    });
    writeFileSync(path, signed(readFileSync(path, 'latin1')));
    expect(await answer()).toEqual([true, 6, false, true, new URL(`file://${path}`).href]);
  });

  test('fails as it does by itself, and the next run is none the worse', async () => {
    write("exports.answer = () => { throw new Error('its own error') };");
    await expect(answer()).rejects.toThrow(/its own error/);
    await expect(answer()).rejects.toThrow(/its own error/);
    expect(runsSeen()).toBe(2);
  });
});

describe('compiled code', () => {
  test('is used by the runs that follow; when they have learned enough it stays as it is', async () => {
    writeAnswering('one');
    const seen: number[] = [];
    for (let round = 0; round < 3; round++) {
      expect(await answer()).toBe('one');
      seen.push(runsSeen());
    }
    expect(seen).toEqual([1, 2, 3]);
    const before = { bytes: readFileSync(kept()), ...lstatSync(kept(), { bigint: true }) };
    expect(await answer()).toBe('one');
    const after = { bytes: readFileSync(kept()), ...lstatSync(kept(), { bigint: true }) };
    expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs]);
    expect(after.bytes.equals(before.bytes)).toBe(true);
  });

  test('grows by what a later run calls', async () => {
    const parts = Array.from({ length: 200 }, (_, at) => `function part${at}(x){return x+'${at}'}`).join(
      '\n',
    );
    const all = Array.from({ length: 200 }, (_, at) => `part${at}('')`).join(',');
    const flag = JSON.stringify(join(folder, 'flag'));
    write(`${parts}
      exports.answer = () => require('node:fs').existsSync(${flag}) ? [${all}].length : 0;`);
    expect(await answer()).toBe(0);
    const small = readFileSync(kept()).length;
    writeFileSync(join(folder, 'flag'), '');
    expect(await answer()).toBe(200);
    expect(readFileSync(kept()).length).toBeGreaterThan(small * 1.5);
  });

  test('is kept for each use apart, for its user alone', async () => {
    writeAnswering('one');
    for (const use of ['run', 'build']) expect(await answer(use)).toBe('one');
    const names = readdirSync(cache).toSorted();
    expect(names.map((name) => name.split('-')[1])).toEqual(['build', 'run']);
    expect(lstatSync(cache).mode & 0o777).toBe(0o700);
    for (const name of names) expect(lstatSync(join(cache, name)).mode & 0o777).toBe(0o600);
  });

  test('of another script is not used, even when that is as long', async () => {
    for (const text of ['one', 'two', 'one']) {
      writeAnswering(text);
      expect([await answer(), runsSeen()]).toEqual([text, 1]);
    }
  });

  test.each<[string, (file: string) => void]>([
    ['is cut', (file) => truncateSync(file, lstatSync(file).size / 2)],
    ['is cut within its first line', (file) => truncateSync(file, WRAPPER.hashLength)],
    ['is empty', (file) => truncateSync(file, 0)],
    ['has lost a page', (file) => zeros(file, 4096, 4096)],
    ['has lost its last bytes', (file) => zeros(file, lstatSync(file).size - 2048, 2048)],
    [
      'is rubbish under the right hash',
      (file) => rubbish(file, readFileSync(file).subarray(0, HEADER_BYTES)),
    ],
    [
      'is rubbish that nobody marked',
      (file) => rubbish(file, Buffer.from(`${hashOf(file)} 3`.padEnd(HEADER_BYTES))),
    ],
  ])('that %s is not used, and made anew', async (_, damage) => {
    writeAnswering('one');
    for (let round = 0; round < 3; round++) await answer();
    damage(kept());
    expect(await answer()).toBe('one');
    expect(runsSeen()).toBe(1);
    await answer();
    expect(runsSeen()).toBe(2);
  });

  test('that V8 refuses, as it would not compile so itself, is made anew', async () => {
    writeAnswering('one');
    for (let round = 0; round < 3; round++) await answer();
    expect(await answer('test', cache, ['--no-opt'])).toBe('one');
    expect(runsSeen()).toBe(1);
  });

  test('that is a link is not used, and what the link points to stays', async () => {
    writeAnswering('one');
    await answer();
    const file = kept();
    const elsewhere = join(folder, 'elsewhere');
    renameSync(file, elsewhere);
    symlinkSync(elsewhere, file);
    const before = readFileSync(elsewhere);
    expect(await answer()).toBe('one');
    expect([lstatSync(file).isFile(), runsSeen()]).toEqual([true, 1]);
    expect(readFileSync(elsewhere).equals(before)).toBe(true);
  });

  test('cannot be kept in the place of a folder: it runs, and nothing is left beside it', async () => {
    writeAnswering('one');
    await answer();
    const file = kept();
    rmSync(file);
    mkdirSync(file);
    expect([await answer(), await answer()]).toEqual(['one', 'one']);
    expect(lstatSync(kept()).isDirectory()).toBe(true);
  });

  test('cannot be kept where a file is in the way of the folder: it runs', async () => {
    writeAnswering('one');
    mkdirSync(dirname(cache));
    writeFileSync(cache, '');
    expect([await answer(), await answer('test', join(cache, 'deeper'))]).toEqual(['one', 'one']);
    expect(readFileSync(cache, 'utf8')).toBe('');
  });

  test.runIf(isRoot())('of another user is not used', async () => {
    writeAnswering('one');
    await answer();
    await answer();
    const [file, copy] = [kept(), join(folder, 'copy')];
    copyFileSync(file, copy);
    chownSync(copy, NOBODY, NOBODY);
    renameSync(copy, file);
    expect(await answer()).toBe('one');
    expect([lstatSync(file).uid, runsSeen()]).toEqual([0, 1]);
  });

  test('is kept by many processes at once: whole, and nothing unfinished is left', async () => {
    writeAnswering('one');
    expect(await Promise.all(Array.from({ length: 6 }, () => answer()))).toEqual(Array(6).fill('one'));
    const seen = runsSeen();
    expect(await answer()).toBe('one');
    expect(runsSeen()).toBe(Math.min(seen + 1, 3));
  });
});

test('what has compiled code of its own is a verb', () => {
  const names = VERBS.flatMap((verb) => verb.names);
  expect([...OFTEN].filter((use) => !names.includes(use))).toEqual([]);
});

function isRoot(): boolean {
  if (geteuid?.() === 0) return true;
  console.warn('SKIPPED: only root can give files to another user');
  return false;
}

function zeros(file: string, at: number, length: number): void {
  const data = readFileSync(file);
  expect(data.length).toBeGreaterThan(at + length - 1);
  writeFileSync(file, data.fill(0, at, at + length));
}

function rubbish(file: string, head: Uint8Array): void {
  const code = Buffer.from(Array.from({ length: 50_000 }, (_, at) => (at * 31) % 251));
  writeFileSync(file, Buffer.concat([head, code]));
}

function hashOf(file: string): string {
  return readFileSync(file, 'latin1').slice(0, WRAPPER.hashLength);
}
