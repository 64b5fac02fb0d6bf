import fc from 'fast-check';
import { expect, test } from 'vitest';
import { duplicateTrees } from '../../src/analysis/duplicate-trees.ts';
import { findDuplicates } from '../../src/analysis/duplicates.ts';
import { mergeLayers } from '../../src/tree/merge.ts';
import { SquashView } from '../../src/tree/squash-view.ts';
import type { StackIndex } from '../../src/tree/stack-index.ts';
import { pathText, stack } from '../support/layers.ts';
import { describeStack, stacks, treeOfLayer } from '../support/tree-stacks.ts';

function found(index: StackIndex): [number, string[]][] {
  return findDuplicates(index).map(({ savedBytes, nodes }) => [
    savedBytes,
    nodes.map((node) => pathText(index, node)),
  ]);
}

test('files of the final file system with the same content', () => {
  const index = stack(
    { a: '12345', b: '12345', 'x/c': '12345', d: '54321', e: '', f: '' },
    { 'x/c': '1', y: '12345', h: { content: '12345', unhashed: true } },
    { '.wh.b': '' },
  );
  expect(found(index)).toEqual([[5, ['/a', '/y']]]);
  expect(findDuplicates(index)[0]).toMatchObject({
    sha256: '5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5',
    sizeBytes: 5,
  });
});

test('names of one file are one copy', () => {
  const link = { type: 'hardlink', link: 'a' } as const;
  expect(found(stack({ a: '12345', b: link }, { c: link }))).toEqual([]);
  expect(found(stack({ a: '12345', b: link }, { c: '12345' }))).toEqual([[5, ['/a', '/c']]]);
});

test('most saved first, each digest once: as a plain map of contents finds them', async () => {
  let some = 0;
  await fc.assert(
    fc.asyncProperty(stacks, async (layers) => {
      const index = mergeLayers(await Promise.all(layers.map(treeOfLayer)));
      const view = new SquashView(index);
      const inodes = new Map<string, Set<string>>();
      for (let node = 0; node < index.count; node++) {
        if (!view.has(node)) continue;
        const { layer, tree, node: at } = index.locateContent(view.version[node]!);
        const digest = tree.digestBytes(at);
        if (digest === undefined || tree.sizeBytes[at] === 0) continue;
        const hex = Buffer.from(digest).toString('hex');
        inodes.set(hex, (inodes.get(hex) ?? new Set()).add(`${layer}:${tree.inode[at]}`));
      }
      const plain = [...inodes]
        .filter(([, copies]) => copies.size > 1)
        .map(([hex, { size }]) => `${hex} ${size}`);
      const ours = findDuplicates(index);
      expect(
        ours.map(({ sha256, nodes }) => `${sha256} ${nodes.length}`).sort(),
        `${describeStack(layers)}`,
      ).toEqual(plain.sort());
      some += ours.length;
    }),
    { numRuns: 500 },
  );
  expect(some).toBeGreaterThan(8);
});

test('directories that hold the same files', () => {
  const index = stack(
    { 'src/lib/a': 'aaaa', 'src/lib/b': 'bbbbbb', 'src/only': 'x', 'other/z': 'aaaa' },
    { 'app/lib/a': 'aaaa', 'app/lib/b': 'bbbbbb', 'app/c': '7' },
  );
  const trees = duplicateTrees(index, findDuplicates(index));
  expect(
    trees.map(({ original, copy, files, savedBytes }) => [
      pathText(index, original),
      pathText(index, copy),
      files,
      savedBytes,
    ]),
  ).toEqual([['/app', '/src', 2, 10]]);
});

test('files in a deep copy are not walked again and again', () => {
  const deep = 'd/'.repeat(1500);
  const files = Array.from({ length: 300 }, (_, at) => `f${at}`);
  const index = stack([
    ...files.map((name) => [`a/${deep}${name}`, name.repeat(3)] as const),
    ...files.map((name) => [`b/${deep}${name}`, name.repeat(3)] as const),
  ]);
  const duplicates = findDuplicates(index);
  const start = performance.now();
  expect(duplicateTrees(index, duplicates)).toMatchObject([{ files: 300 }]);
  expect(performance.now() - start).toBeLessThan(500);
});
