// The cache of merged stacks: what comes back is what went in, and nothing that is not made of exactly these trees.
import { mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mergeLayers } from '../../src/tree/merge.ts';
import { type NamedTree, StackCache } from '../../src/tree/stack-cache.ts';
import { type LayerSpec, layer } from '../support/layers.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'phyllo-stacks-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function named(...layers: readonly LayerSpec[]): NamedTree[] {
  return layers.map((spec, index) => ({ tree: layer(spec), name: `layer ${index}` }));
}

function merged(trees: readonly NamedTree[]) {
  return mergeLayers(trees.map(({ tree }) => tree));
}

const TREES = named({ 'etc/a': '1', 'etc/b': '2' }, { 'etc/.wh.a': '', c: '3' });

function onlyFile(): string {
  const names = readdirSync(directory);
  expect(names).toHaveLength(1);
  return join(directory, names[0]!);
}

test('a stack comes back as it was made', async () => {
  const cache = new StackCache(directory, 4);
  expect(await cache.load(TREES)).toBeUndefined();
  const stack = merged(TREES);
  await cache.save(TREES, stack);
  const again = await cache.load(TREES);
  expect(again!.count).toBe(stack.count);
  expect(again!.versions).toEqual(stack.versions);
  expect(again!.changes(1)).toEqual(stack.changes(1));
  expect(again!.facts).toEqual(stack.facts);
});

test('other trees, the same in another order, or fewer have a stack of their own', async () => {
  const cache = new StackCache(directory, 4);
  await cache.save(TREES, merged(TREES));
  expect(await cache.load([TREES[1]!, TREES[0]!])).toBeUndefined();
  expect(await cache.load([TREES[0]!])).toBeUndefined();
  expect(await cache.load([{ ...TREES[0]!, name: 'another' }, TREES[1]!])).toBeUndefined();
});

test('a stack that does not fit the trees of its name is not used', async () => {
  const cache = new StackCache(directory, 4);
  await cache.save(TREES, merged(TREES));
  const others = named({ x: '1' }, { y: '2' });
  expect(await cache.load(others)).toBeUndefined();
});

test.each<[string, (data: Buffer) => Buffer]>([
  ['cut short', (data) => data.subarray(0, data.length - 8)],
  ['empty', () => Buffer.alloc(0)],
  [
    'with a flipped bit',
    (data) => Buffer.from(data.map((byte, at) => (at === data.length - 9 ? byte ^ 1 : byte))),
  ],
])('a file %s is as good as none', async (_, damage) => {
  const cache = new StackCache(directory, 4);
  await cache.save(TREES, merged(TREES));
  const path = onlyFile();
  writeFileSync(path, damage(readFileSync(path)));
  expect(await cache.load(TREES)).toBeUndefined();
  await cache.save(TREES, merged(TREES));
  expect(await cache.load(TREES)).toBeDefined();
});

test('the least recently used go first, and what others are writing stays', async () => {
  const cache = new StackCache(directory, 2);
  writeFileSync(join(directory, 'unfinished.tmp'), '');
  const all = [1, 2, 3].map((number) => [{ tree: layer({ a: 'x' }), name: `image ${number}` }]);
  await cache.save(all[0]!, merged(all[0]!));
  await cache.save(all[1]!, merged(all[1]!));
  for (const name of readdirSync(directory)) utimesSync(join(directory, name), 1, 1);
  expect(await cache.load(all[0]!)).toBeDefined();
  await cache.save(all[2]!, merged(all[2]!));
  expect(await cache.load(all[1]!)).toBeUndefined();
  expect(await cache.load(all[0]!)).toBeDefined();
  expect(await cache.load(all[2]!)).toBeDefined();
  expect(readdirSync(directory)).toContain('unfinished.tmp');
});

test('a store that may not be written gets nothing', async () => {
  await new StackCache(directory, 0).save(TREES, merged(TREES));
  expect(readdirSync(directory)).toEqual([]);
});
