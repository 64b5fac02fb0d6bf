// Digests from build to build: what did not change is not read again, and nothing else is believed.
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type DigestRecord, readDigests, writeDigests } from '../../../src/build/context/digest-file.ts';
import { type DirectoryContext, openDirectoryContext } from '../../../src/build/context/directory-context.ts';
import { Sandbox } from '../../layer/apply-fixtures.ts';
import { sha256 } from './trees.ts';

const LATER_MS = 60_000;
const FORGED = 'f'.repeat(64);

let sandbox: Sandbox;
let digestFile: string;
beforeEach(() => {
  sandbox = new Sandbox();
  digestFile = join(sandbox.base, 'digests', 'context');
  mkdirSync(at('d'));
  writeFileSync(at('a'), 'aaa');
  writeFileSync(at('d/caf\u00e9\nx'), 'bbb');
  passTime();
});
afterEach(() => {
  vi.restoreAllMocks();
  sandbox.remove();
});

const at = (path: string): string => join(sandbox.root, path);
const NAMES = ['a', 'd/caf\xc3\xa9\nx'];

function passTime(): void {
  const now = Date.now();
  vi.spyOn(Date, 'now').mockReturnValue(now + LATER_MS);
}

const open = (): Promise<DirectoryContext> => openDirectoryContext(sandbox.root, { digestFile });

async function build(): Promise<string[]> {
  const context = await open();
  const digests = await Promise.all(NAMES.map((name) => context.digest(name)));
  await context.saveDigests();
  return digests;
}

async function records(): Promise<DigestRecord[]> {
  const found: DigestRecord[] = [];
  await readDigests(digestFile, (record) => found.push(record));
  return found;
}

/** Only who does not read the file believes this. */
async function forge(): Promise<void> {
  await writeDigests(
    digestFile,
    (await records()).map((record) => ({ ...record, digest: FORGED })),
  );
}

test('a file that is as it was is not read again', async () => {
  expect(await build()).toEqual([sha256('aaa'), sha256('bbb')]);
  expect((await records()).map(({ path, digest }) => [path, digest])).toEqual([
    [NAMES[0], sha256('aaa')],
    [NAMES[1], sha256('bbb')],
  ]);
  await forge();
  expect(await build()).toEqual([FORGED, FORGED]);
});

test('the file is private, and written only when something is new', async () => {
  await build();
  const { ino, mode } = statSync(digestFile);
  expect(mode & 0o777).toBe(0o600);
  await build();
  expect(statSync(digestFile).ino).toBe(ino);
});

test.each([
  [
    'content of the same size and time',
    () => (writeFileSync(at('a'), 'AAA'), utimesSync(at('a'), 7, 7)),
    'AAA',
  ],
  ['another size', () => writeFileSync(at('a'), 'aaaa'), 'aaaa'],
  ['another time', () => utimesSync(at('a'), 9, 9), 'aaa'],
  [
    'another inode',
    () => {
      writeFileSync(at('new'), 'new');
      utimesSync(at('new'), 7, 7);
      renameSync(at('new'), at('a'));
    },
    'new',
  ],
])('%s: that file is read again, no other', async (_, change, content) => {
  utimesSync(at('a'), 7, 7);
  await build();
  await forge();
  change();
  expect(await build()).toEqual([sha256(content), FORGED]);
  expect((await records()).map(({ digest }) => digest)).toEqual([sha256(content), FORGED]);
});

test('a file that was written just before it was read is read again', async () => {
  vi.spyOn(Date, 'now').mockRestore();
  utimesSync(at('a'), 7, 7);
  expect(await build()).toEqual([sha256('aaa'), sha256('bbb')]);
  expect(await records()).toEqual([]);
  expect(existsSync(digestFile)).toBe(false);
});

test('a file with a time in the future too', async () => {
  const future = Date.now() / 1000 + 100;
  utimesSync(at('a'), future, future);
  await build();
  expect((await records()).map(({ path }) => path)).toEqual([NAMES[1]]);
});

test.each([
  ['a flipped byte', (data: Buffer) => ((data[100]! ^= 1), data)],
  ['a flipped byte of its checksum', (data: Buffer) => ((data[20]! ^= 1), data)],
  ['an end too early', (data: Buffer) => data.subarray(0, -20)],
  ['a record too many', (data: Buffer) => Buffer.concat([data, data.subarray(82)])],
  ['nothing in it', () => Buffer.alloc(0)],
  [
    'another version',
    (data: Buffer) => Buffer.from(data.toString('latin1').replace('digests 1', 'digests 2')),
  ],
])('%s: the whole file counts for nothing', async (_, damage) => {
  await build();
  await forge();
  writeFileSync(digestFile, damage(readFileSync(digestFile)));
  expect(await records()).toEqual([]);
  expect(await build()).toEqual([sha256('aaa'), sha256('bbb')]);
});

test('records of files that are gone are forgotten, and those that make no sense passed over', async () => {
  await build();
  const kept = await records();
  const odd = [
    { digest: FORGED, key: '1 2 3 4', path: 'gone' },
    { digest: FORGED, key: kept[0]!.key, path: 'd' },
    { digest: 'short', key: kept[0]!.key, path: 'a' },
    { digest: FORGED, key: 'no key', path: 'a' },
  ];
  await writeDigests(digestFile, [...kept, ...odd]);
  expect(await build()).toEqual([sha256('aaa'), sha256('bbb')]);
  expect(await records()).toEqual(kept);
});

test('a place that cannot be written to is told', async () => {
  const context = await openDirectoryContext(sandbox.root, { digestFile: join(at('a'), 'digests') });
  await context.digest('a');
  await expect(context.saveDigests()).rejects.toMatchObject({
    message: expect.stringContaining('write digests'),
  });
});
