// A view may be moved anywhere; and what it adds up has to add up.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deadBytes } from '../../src/analysis/dead.ts';
import type { TarMember } from '../../src/layer/tar-writer.ts';
import type { LayerTree } from '../../src/tree/layer-tree.ts';
import { mergeLayers } from '../../src/tree/merge.ts';
import { SquashView, contentBytes } from '../../src/tree/squash-view.ts';
import type { StackIndex } from '../../src/tree/stack-index.ts';
import { describeStack, stacks, treeOfLayer } from '../support/tree-stacks.ts';

async function treesOf(layers: readonly (readonly TarMember[])[]): Promise<LayerTree[]> {
  return Promise.all(layers.map(treeOfLayer));
}

/** Sums by the simplest way there is: every visible path, walked up to the root. */
function sums(stack: StackIndex, view: SquashView): { bytes: number[]; files: number[] } {
  const bytes = Array.from({ length: stack.count }, () => 0);
  const files = Array.from({ length: stack.count }, () => 0);
  const inodes = new Set<string>();
  for (let node = 0; node < stack.count; node++) {
    if (!view.has(node) || view.isDirectory(node)) continue;
    const { layer, tree, node: at } = stack.locateContent(view.version[node]!);
    const inode = `${layer}:${tree.inode[at]}`;
    const own = inodes.has(inode) ? 0 : contentBytes(stack, view.version[node]!);
    inodes.add(inode);
    for (let up = node; up >= 0; up = stack.parent[up]!) {
      bytes[up]! += own;
      files[up]! += 1;
    }
  }
  return { bytes, files };
}

test('moving a view anywhere gives what a fresh view gives, and its sums are those of a walk', async () => {
  await fc.assert(
    fc.asyncProperty(
      stacks,
      fc.array(fc.integer({ min: -1, max: 4 }), { maxLength: 8 }),
      async (layers, moves) => {
        const stack = mergeLayers(await treesOf(layers));
        const moving = new SquashView(stack);
        for (const upto of moves) {
          moving.moveTo(upto);
          const fresh = new SquashView(stack, upto);
          expect(moving.upto).toBe(Math.min(upto, layers.length - 1));
          expect(moving.version, `${describeStack(layers)}`).toEqual(fresh.version);
          expect(moving.sizeBytes).toEqual(fresh.sizeBytes);
          expect(moving.files).toEqual(fresh.files);
          const { bytes, files } = sums(stack, moving);
          expect([...moving.sizeBytes], `${describeStack(layers)}`).toEqual(bytes);
          expect([...moving.files]).toEqual(files);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('a prefix of a stack is the stack of that prefix', async () => {
  await fc.assert(
    fc.asyncProperty(stacks, async (layers) => {
      const trees = await treesOf(layers);
      const whole = mergeLayers(trees);
      for (let count = 0; count <= trees.length; count++) {
        const part = mergeLayers(trees.slice(0, count));
        const view = new SquashView(whole, count - 1);
        const alone = new SquashView(part);
        const shown = (stack: StackIndex, of: SquashView): string[] =>
          Array.from({ length: stack.count }, (_, node) => node)
            .filter((node) => of.has(node))
            .map(
              (node) =>
                `${Buffer.from(stack.pathBytes(node)).toString()} ${of.version[node]} ${of.files[node]}`,
            );
        expect(shown(whole, view)).toEqual(shown(part, alone));
        expect(view.sizeBytes[0]).toBe(alone.sizeBytes[0]);
      }
    }),
    { numRuns: 100 },
  );
});

test('the bytes of all layers are visible or dead', async () => {
  await fc.assert(
    fc.asyncProperty(stacks, async (layers) => {
      const stack = mergeLayers(await treesOf(layers));
      const shipped = stack.trees.reduce((sum, tree) => sum + tree.facts.contentBytes, 0);
      const { total, byLayer, killedBy } = deadBytes(stack);
      expect(shipped, `${describeStack(layers)}`).toBe(new SquashView(stack).sizeBytes[0]! + total);
      expect(killedBy.reduce((sum, bytes) => sum + bytes, 0)).toBe(total);
      byLayer.forEach((dead, layer) => {
        const sum = dead.deleted + dead.metadataOnly + dead.opaqueHidden + dead.overwritten;
        expect(sum).toBeLessThanOrEqual(stack.trees[layer]!.facts.contentBytes);
      });
    }),
    { numRuns: 500 },
  );
});
