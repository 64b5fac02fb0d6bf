// What a COPY's cache key knows of its sources: what ends up in the layer, and nothing else.
import { describe, expect, test } from 'vitest';
import { cacheKey } from '../../../src/build/cache-key.ts';
import { contentDigest, contentParts } from '../../../src/build/copy/content-key.ts';
import { type Tree, type Words, request, tree } from './trees.ts';

const FILES: Tree = {
  'src/app.ts': 'app',
  'src/lib/': { mode: 0o750 },
  'src/lib/b.ts': { content: 'b', mode: 0o600 },
  'src/link': { link: 'app.ts' },
  other: 'o',
};

function key(words: string, files: Tree = {}, rest: Words = {}): Promise<string> {
  return contentParts(request(tree({ ...FILES, ...files }), words, rest)).then(cacheKey);
}

const SHA_B = '3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d';

test('each file is a part, by the name that it has in the layer', async () => {
  const parts = await contentParts(request(tree(FILES), 'src other /x/', { from: { keepsOwners: true } }));
  expect(parts.map(({ name }) => name)).toEqual([
    'content of src/app.ts',
    'content of src/lib',
    'content of src/lib/b.ts',
    'content of src/link',
    'content of other',
  ]);
  expect(parts.slice(1, 4).map(({ value }) => value)).toEqual([
    'dir 750 0:0',
    `file 600 0:0 1 ${SHA_B}`,
    'symlink 0:0 -> "app.ts"',
  ]);
});

describe('the same key', () => {
  test.each<[what: string, words: string, files: Tree]>([
    ['time', 'src /x/', { 'src/app.ts': { content: 'app', mtimeSeconds: 7, mtimeNanos: 7 } }],
    ['owner in a context', 'src /x/', { 'src/app.ts': { content: 'app', uid: 9, gid: 9 } }],
    ['unrelated file', 'src /x/', { other: 'changed', more: '' }],
    ['mode of the directory itself', 'src /x/', { 'src/': { mode: 0o700 } }],
    [
      'note on a file',
      'src /x/',
      { 'src/app.ts': { content: 'app', xattrs: new Map([['user.note', Buffer.from('n')]]) } },
    ],
  ])('%s', async (_, words, files) => {
    expect(await key(words, files)).toBe(await key(words));
  });

  test('a file moved to another directory', async () => {
    expect(await key('src/app.ts /x/')).toBe(await key('moved/app.ts /x/', { 'moved/app.ts': 'app' }));
  });

  test('another way to write a path', async () => {
    expect(await key('./src/../src/ /x/')).toBe(await key('src /x/'));
  });
});

describe('another key', () => {
  test.each<[what: string, words: string, files: Tree]>([
    ['content', 'src /x/', { 'src/app.ts': 'APP' }],
    ['mode of a file', 'src /x/', { 'src/app.ts': { content: 'app', mode: 0o755 } }],
    ['mode of a directory within', 'src /x/', { 'src/lib/': { mode: 0o755 } }],
    ['target of a link', 'src /x/', { 'src/link': { link: 'lib' } }],
    ['a new file', 'src /x/', { 'src/new': '' }],
    ['a new empty directory', 'src /x/', { 'src/new/': {} }],
    ['what a wildcard meets', 'sr* /x/', { src2: '' }],
    ['type', 'other /x/', { other: { type: 'fifo' } }],
  ])('%s', async (_, words, files) => {
    expect(await key(words, files)).not.toBe(await key(words));
  });

  test('another name', async () => {
    expect(await key('copy.ts /x/', { 'copy.ts': 'app' })).not.toBe(await key('src/app.ts /x/'));
  });

  test('owners and capabilities of a stage', async () => {
    const stage: Words = { from: { keepsOwners: true } };
    const before = await key('src /x/', {}, stage);
    expect(await key('src /x/', { 'src/app.ts': { content: 'app', uid: 9 } }, stage)).not.toBe(before);
    const xattrs = new Map([['security.capability', Buffer.from('c')]]);
    expect(await key('src /x/', { 'src/app.ts': { content: 'app', xattrs } }, stage)).not.toBe(before);
  });

  test('the order of sources', async () => {
    expect(await key('src/app.ts other /x/')).not.toBe(await key('other src/app.ts /x/'));
  });

  test('heredocs', async () => {
    const empty = { from: { paths: [] } };
    expect(await key('/x', {}, { ...empty, files: { a: '1' } })).not.toBe(
      await key('/x', {}, { ...empty, files: { a: '2' } }),
    );
    expect(await key('/x', {}, { ...empty, files: { a: '1' } })).not.toBe(
      await key('/x', {}, { ...empty, files: { b: '1' } }),
    );
  });
});

test('what is excluded does not count', async () => {
  const exclude = { exclude: ['**/*.ts'] };
  expect(await key('src /x/', { 'src/lib/b.ts': 'changed', 'src/c.ts': '' }, exclude)).toBe(
    await key('src /x/', {}, exclude),
  );
});

test('names that people cannot read are told apart', async () => {
  const parts = await contentParts(
    request(tree({ 'd/\xff': '1', 'd/\\xff': '2', 'e/\xff': '3' }), 'd/* e/* /x/'),
  );
  expect(parts.map(({ name }) => name)).toEqual([
    'content of \\xff',
    'content of \\xff (2)',
    'content of \\xff (3)',
  ]);
});

test('of very many files each directory is a part, and still every file counts', async () => {
  const parts = (files: Tree) =>
    contentParts(request(tree({ ...FILES, ...files }), 'src other /x/'), { maxFileParts: 3 });
  const before = await parts({});
  expect(before.map(({ name }) => name)).toEqual(['content of src/', 'content of src/lib/', 'content of /']);
  const after = await parts({ 'src/lib/b.ts': 'changed' });
  expect(after.map(({ value }, i) => value === before[i]!.value)).toEqual([true, false, true]);
});

test('a digest of what a mount shows', async () => {
  const digest = (files: Tree) =>
    contentDigest({ source: tree({ ...FILES, ...files }), paths: ['src'], keepsOwners: true });
  expect(await digest({})).toMatch(/^[0-9a-f]{64}$/);
  expect(await digest({ other: 'x' })).toBe(await digest({}));
  expect(await digest({ 'src/app.ts': 'x' })).not.toBe(await digest({}));
});

test('a missing source and a cancelled reading', async () => {
  await expect(key('none /x/')).rejects.toMatchObject({ code: 'not-found' });
  const copy = request(tree(FILES), 'src /x/');
  await expect(contentParts(copy, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'cancelled',
  });
});
