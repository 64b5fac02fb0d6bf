// Predictions held against images that are really built that way.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deadBytes, shippedBytes } from '../../src/analysis/dead.ts';
import {
  estimateCompressed,
  predictMerge,
  predictSquash,
  predictWithout,
} from '../../src/analysis/what-if.ts';
import { mergeLayers } from '../../src/tree/merge.ts';
import type { StackIndex } from '../../src/tree/stack-index.ts';
import { stack } from '../support/layers.ts';
import { describeStack, stacks, treeOfLayer } from '../support/tree-stacks.ts';
import { type World, hasOddNames, itemsOf, layerBetween, sightOf, worldsOf } from './world.ts';

function finalWorld(index: StackIndex): World {
  return worldsOf(index.trees.map(itemsOf)).at(-1)!;
}

/** Layers from..to applied, and the difference made into one. */
function squashed(index: StackIndex, from: number, to: number): StackIndex {
  const worlds = worldsOf(index.trees.map(itemsOf));
  const one = layerBetween(
    worlds[from]!,
    worlds[to + 1]!,
    worlds[from]!,
    ({ layer }) => layer >= from && layer <= to,
  );
  return mergeLayers([...index.trees.slice(0, from), one, ...index.trees.slice(to + 1)]);
}

/** Every layer built again by what it sees, with only the paths that `isKept`. */
function without(index: StackIndex, isKept: (path: string, layer: number) => boolean): StackIndex {
  const worlds = worldsOf(index.trees.map(itemsOf));
  const kept = (world: World): World =>
    new Map([...world].filter(([path, seen]) => isKept(path, seen.layer)));
  const trees: ReturnType<typeof layerBetween>[] = [];
  index.trees.forEach((_, layer) => {
    const [before, after] = [kept(worlds[layer]!), kept(worlds[layer + 1]!)];
    trees.push(layerBetween(before, after, before, (seen) => seen.layer === layer));
  });
  return mergeLayers(trees);
}

describe('squashing', () => {
  test('saves what comes and goes between the two', () => {
    const index = stack({ a: '12345', b: '1' }, { a: '123' }, { '.wh.a': '', c: '22' });
    const report = deadBytes(index);
    expect(predictSquash(index, report, 0, 2).sizeBytes).toBe(3);
    expect(predictSquash(index, report, 0, 1).sizeBytes).toBe(6);
    expect(predictSquash(index, report, 1, 2)).toMatchObject({ sizeBytes: 8, savedBytes: 3 });
    expect(predictSquash(index, report, 1, 1).savedBytes).toBe(0);
  });

  test('any layers of any stack weigh what was predicted, and show the same', async () => {
    let saved = 0;
    await fc.assert(
      fc.asyncProperty(stacks, fc.nat(3), fc.nat(3), async (layers, one, two) => {
        const index = mergeLayers(await Promise.all(layers.map(treeOfLayer)));
        const [from, to] = [Math.min(one, two), Math.max(one, two)].map((at) =>
          Math.min(at, layers.length - 1),
        );
        const built = squashed(index, from!, to!);
        const predicted = predictSquash(index, deadBytes(index), from!, to!);
        fc.pre(!hasOddNames(worldsOf(index.trees.map(itemsOf))));
        const place = describeStack(layers);
        expect(sightOf(finalWorld(built)), `${place}`).toEqual(sightOf(finalWorld(index)));
        expect(predicted.sizeBytes, `${place}`).toBe(shippedBytes(built));
        saved += predicted.savedBytes;
      }),
      { numRuns: 400 },
    );
    expect(saved).toBeGreaterThan(100);
  });
});

describe('leaving paths out', () => {
  test('counts what is below, in all layers, but not what has a name elsewhere', () => {
    const index = stack(
      { 'd/a': '12345', 'd/b': '123', e: { type: 'hardlink', link: 'd/b' } },
      { 'd/a': '1', f: '99' },
    );
    const { sizeBytes, savedByLayer } = predictWithout(index, [index.find(Buffer.from('d'))]);
    expect(sizeBytes).toBe(5);
    expect([...savedByLayer]).toEqual([5, 1]);
  });

  test('any path of any stack', async () => {
    let saved = 0;
    await fc.assert(
      fc.asyncProperty(stacks, fc.constantFrom('a', 'b', 'a/b', 'c/a'), async (layers, path) => {
        const index = mergeLayers(await Promise.all(layers.map(treeOfLayer)));
        const isKept = (each: string): boolean => each !== path && !each.startsWith(`${path}/`);
        fc.pre(!comesBack(worldsOf(index.trees.map(itemsOf)), isKept));
        const node = index.find(Buffer.from(path));
        const built = without(index, isKept);
        const predicted = predictWithout(index, node < 0 ? [] : [node]);
        expect(predicted.sizeBytes, `${path} of ${describeStack(layers)}`).toBe(shippedBytes(built));
        saved += predicted.savedBytes;
      }),
      { numRuns: 400 },
    );
    expect(saved).toBeGreaterThan(100);
  });
});

/** A file whose last kept name goes before it gets another: only the name left out carried it over. */
function comesBack(worlds: readonly World[], isKept: (path: string) => boolean): boolean {
  const gone = new Set<string>();
  let before = new Set<string>();
  for (const world of worlds) {
    const now = new Set([...world].filter(([path]) => isKept(path)).map(([, { inode }]) => inode));
    for (const inode of before) if (!now.has(inode)) gone.add(inode);
    if ([...now].some((inode) => gone.has(inode))) return true;
    before = now;
  }
  return false;
}

describe('a clean-up done by whoever made the mess', () => {
  test('saves what the one made and the other killed', () => {
    const index = stack({ base: '1' }, { 'x/a': '12345', b: '123' }, { b: '1' }, { '.wh.x': '' });
    const report = deadBytes(index);
    expect(predictMerge(index, report, { maker: 1, killer: 3 }).savedBytes).toBe(5);
    expect(predictMerge(index, report, { maker: 1, killer: 2 }).savedBytes).toBe(3);
    expect(predictMerge(index, report, { maker: 2, killer: 3 }).savedBytes).toBe(0);
  });

  test('saves nothing of a file that another layer took a name from', () => {
    const index = stack({ a: '12345', b: { type: 'hardlink', link: 'a' } }, { '.wh.a': '' }, { '.wh.b': '' });
    expect(predictMerge(index, deadBytes(index), { maker: 0, killer: 2 }).savedBytes).toBe(0);
    expect(predictSquash(index, deadBytes(index), 0, 2).savedBytes).toBe(5);
  });

  test('saves nothing of a file that another layer linked to itself', () => {
    const index = stack({ a: '12345' }, { a: { type: 'hardlink', link: 'a' } }, { '.wh.a': '' });
    expect(predictMerge(index, deadBytes(index), { maker: 0, killer: 2 }).savedBytes).toBe(0);
  });

  test('in any stack', async () => {
    let saved = 0;
    await fc.assert(
      fc.asyncProperty(stacks, fc.nat(3), fc.nat(3), async (layers, one, two) => {
        fc.pre(one !== two && Math.max(one, two) < layers.length);
        const [maker, killer] = [Math.min(one, two), Math.max(one, two)];
        const index = mergeLayers(await Promise.all(layers.map(treeOfLayer)));
        const worlds = worldsOf(index.trees.map(itemsOf));
        fc.pre(!hasOddNames(worlds));
        const gone = inodesThatGo(worlds, maker, killer);
        const built = mergeLayers(
          index.trees.map((tree, layer) => {
            if (layer !== maker) return tree;
            const [before, after] = [worlds[layer]!, worlds[layer + 1]!];
            const kept: World = new Map([...after].filter(([, { inode }]) => !gone.has(inode)));
            return layerBetween(before, kept, before, (seen) => seen.layer === layer);
          }),
        );
        const predicted = predictMerge(index, deadBytes(index), { maker, killer });
        const place = describeStack(layers);
        expect(sightOf(finalWorld(built)), `${place}`).toEqual(sightOf(finalWorld(index)));
        expect(predicted.sizeBytes, `${place}`).toBe(shippedBytes(built));
        saved += predicted.savedBytes;
      }),
      { numRuns: 400 },
    );
    expect(saved).toBeGreaterThan(50);
  });
});

/**
 * Inodes whose names are all there after `maker`, and up to `killer`, and all gone after it. A name that a layer between
 * linked again, even to itself, is another: without the file below, that layer could not be applied.
 */
function inodesThatGo(worlds: readonly World[], maker: number, killer: number): Set<string> {
  const names = worlds.map((world) => {
    const byInode = new Map<string, string>();
    for (const [path, { inode, kind, layer }] of world)
      if (kind === 'file') byInode.set(inode, `${byInode.get(inode) ?? ''} ${layer}:${path}`);
    return byInode;
  });
  const gone = new Set<string>();
  for (const [inode, paths] of names[maker + 1]!) {
    const isStill = names.slice(maker + 1, killer + 1).every((each) => each.get(inode) === paths);
    if (!names[maker]!.has(inode) && isStill && !names[killer + 1]!.has(inode)) gone.add(inode);
  }
  return gone;
}

test('compressed bytes are estimated by the share of the tar', () => {
  const index = stack({ a: { sizeBytes: 512 } }, {});
  expect(index.trees[0]!.facts.uncompressedBytes).toBe(1536);
  expect(estimateCompressed(index, 0, 512, [300, 90])).toBe(100);
  expect(estimateCompressed(index, 1, 0, [300, 90])).toBe(0);
});
