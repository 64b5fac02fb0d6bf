// Which paths the file pane shows, in which order: against a plain walk over the stack.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SquashView } from '../../../../src/tree/squash-view.ts';
import { type StackIndex, Status } from '../../../../src/tree/stack-index.ts';
import { mergeLayers } from '../../../../src/tree/merge.ts';
import { childrenByWeight, sortByWeight } from '../../../../src/tui/screens/stack/file-order.ts';
import { FilesPane } from '../../../../src/tui/screens/stack/files.ts';
import { type LayerSpec, layer, pathText, stack } from '../../../support/layers.ts';
import { describeStack, stacks, treeOfLayer } from '../../../support/tree-stacks.ts';

function paneOf(index: StackIndex, upto = index.layerCount - 1): FilesPane {
  return new FilesPane(new SquashView(index, upto));
}

/** Shown paths in order. */
function shown(pane: FilesPane): string[] {
  return Array.from(pane.rows.nodes, (node) => pathText(pane.stack, node));
}

function openEverything(pane: FilesPane): void {
  for (let row = 0; row < pane.rows.nodes.length; row++) {
    pane.moveTo(row);
    pane.open();
  }
}

/** Paths below a node that hold, directories before what is in them, names in the order of the stack. */
function walk(index: StackIndex, holds: (node: number) => boolean, node = 0): string[] {
  const paths: string[] = [];
  for (let child = index.childStart[node]!; child < index.childStart[node + 1]!; child++) {
    const below = walk(index, holds, child);
    if (holds(child) || below.length > 0) paths.push(pathText(index, child), ...below);
  }
  return paths;
}

describe('on random stacks', () => {
  test('the squashed tree, fully opened, has all visible paths in the order of a walk', async () => {
    await fc.assert(
      fc.asyncProperty(stacks, async (layers) => {
        const index = mergeLayers(await Promise.all(layers.map(treeOfLayer)));
        const pane = paneOf(index);
        pane.setMode('squashed');
        for (let upto = 0; upto < index.layerCount; upto++) {
          pane.showLayer(upto, upto);
          openEverything(pane);
          const view = new SquashView(index, upto);
          const wanted = walk(
            index,
            (node) => view.has(node) || pane.facts.statusOf(node) === Status.removed,
          );
          expect([describeStack(layers), ...shown(pane)]).toEqual([describeStack(layers), ...wanted]);
        }
      }),
    );
  });

  test('with changes alone it has what the layer touched and the directories that lead there', async () => {
    await fc.assert(
      fc.asyncProperty(stacks, async (layers) => {
        const index = mergeLayers(await Promise.all(layers.map(treeOfLayer)));
        const pane = paneOf(index);
        for (let upto = 0; upto < index.layerCount; upto++) {
          pane.showLayer(upto, upto);
          openEverything(pane);
          const delta = index.changes(upto);
          const touched = new Map(Array.from(delta.nodes, (node, at) => [node, delta.status[at]!] as const));
          const view = new SquashView(index, upto);
          const isMeant = (node: number): boolean =>
            touched.has(node) && (touched.get(node) !== Status.unchanged || !view.isDirectory(node));
          const wanted = walk(index, isMeant);
          expect([describeStack(layers), ...shown(pane)]).toEqual([describeStack(layers), ...wanted]);
        }
      }),
    );
  });
});

describe('the order', () => {
  const SIZES: LayerSpec = {
    'a/': {},
    'a/small': { sizeBytes: 1 },
    'a/large': { sizeBytes: 900 },
    'b/': {},
    'b/one': { sizeBytes: 5000 },
    c: { sizeBytes: 1000 },
    d: { sizeBytes: 1000 },
  };

  test('by size puts the heaviest first in every directory, equals by name', () => {
    const pane = paneOf(stack(SIZES));
    pane.setMode('squashed');
    pane.nextOrder();
    openEverything(pane);
    expect(shown(pane)).toEqual(['/b', '/b/one', '/c', '/d', '/a', '/a/large', '/a/small']);
    pane.reverse();
    expect(shown(pane)).toEqual(['/a', '/a/small', '/a/large', '/c', '/d', '/b', '/b/one']);
  });

  test('by name can be turned round', () => {
    const pane = paneOf(stack(SIZES));
    pane.reverse();
    expect(shown(pane)).toEqual(['/d', '/c', '/b', '/b/one', '/a', '/a/small', '/a/large']);
  });

  test('of the flat list goes over all directories', () => {
    const pane = paneOf(stack(SIZES));
    pane.setMode('flat');
    expect(shown(pane)).toEqual(['/b/one', '/c', '/d', '/a/large', '/a/small', '/a', '/b']);
    pane.nextOrder();
    expect(shown(pane)).toEqual(['/a', '/a/large', '/a/small', '/b', '/b/one', '/c', '/d']);
  });

  test('sorting is stable and exact up to the largest numbers', () => {
    const weight = fc.oneof(
      fc.nat(5),
      fc.nat(2 ** 31 - 1),
      fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    );
    fc.assert(
      fc.property(fc.array(weight, { maxLength: 60 }), fc.boolean(), (weights, lightestFirst) => {
        const nodes = Int32Array.from(weights.keys());
        const sign = lightestFirst ? 1 : -1;
        const wanted = [...nodes].sort((a, b) => sign * (weights[a]! - weights[b]!) || a - b);
        expect([...sortByWeight(nodes, Float64Array.from(weights), lightestFirst)]).toEqual(wanted);
      }),
    );
  });

  test('children that are not shown have no place in it', () => {
    const index = stack({ a: 'x', b: 'xx', c: 'xxx' });
    const mask = Uint8Array.from([0, 1, 0, 1]);
    const { nodes, counts } = childrenByWeight(index, mask, Float64Array.from([0, 1, 2, 3]), false);
    expect(counts[0]).toBe(2);
    expect([...nodes.subarray(index.childStart[0], index.childStart[0]! + 2)]).toEqual([3, 1]);
  });
});

describe('the cursor', () => {
  const LAYERS: LayerSpec[] = [
    { 'etc/': {}, 'etc/a': '1', 'etc/b': '1' },
    { 'etc/b': '2', 'usr/': {}, 'usr/x': '1' },
    { 'etc/.wh.b': '' },
  ];
  const selected = (pane: FilesPane): string => pathText(pane.stack, pane.selected!);

  test('belongs to its path: it waits on the directory and comes back', () => {
    const pane = paneOf(stack(...LAYERS), 1);
    pane.reveal(pane.stack.find(Buffer.from('usr/x')));
    pane.showLayer(0, 0);
    expect(selected(pane)).not.toBe('/usr/x');
    pane.showLayer(1, 1);
    expect(selected(pane)).toBe('/usr/x');
  });

  test('keeps its line on the screen while rows above it come and go', () => {
    const many = (name: string): LayerSpec =>
      Object.fromEntries(
        Array.from({ length: 200 }, (_, at) => [`${name}${String(at).padStart(3, '0')}`, 'x']),
      );
    const index = stack(many('m'), many('a'), {});
    const pane = paneOf(index, 0);
    pane.setMode('squashed');
    pane.height = 20;
    pane.reveal(index.find(Buffer.from('m100')));
    const line = pane.place.cursor - pane.place.top;
    pane.showLayer(1, 1);
    expect(selected(pane)).toBe('/m100');
    expect(pane.place.cursor).toBe(300);
    expect(pane.place.cursor - pane.place.top).toBe(line);
  });

  test('goes through changes in closed directories, and round', () => {
    const pane = paneOf(stack(...LAYERS), 1);
    pane.closeAll();
    const seen: string[] = [];
    for (let step = 0; step < 4; step++) {
      pane.nextChange(1);
      seen.push(selected(pane));
    }
    expect(seen).toEqual(['/etc/b', '/usr', '/usr/x', '/etc/b']);
    pane.nextChange(-1);
    expect(selected(pane)).toBe('/usr/x');
  });
});

describe('what is shown of a layer', () => {
  test('sums of directories are what the layer ships or removes, inodes once', () => {
    const pane = paneOf(
      stack(
        {
          'd/': {},
          'd/one': { sizeBytes: 10 },
          'd/two': { type: 'hardlink', link: 'd/one' },
          'd/three': { sizeBytes: 5 },
        },
        { 'd/.wh.three': '' },
      ),
      0,
    );
    const bytes = (path: string): number => pane.bytesOf(pane.stack.find(Buffer.from(path)));
    expect(bytes('d')).toBe(15);
    expect(bytes('d/two')).toBe(10);
    pane.showLayer(1, 1);
    expect(bytes('d')).toBe(5);
    expect(bytes('d/three')).toBe(5);
  });

  test('an instruction without a layer changes nothing', () => {
    const pane = paneOf(stack({ a: '1' }));
    pane.showLayer(0, -1);
    expect(shown(pane)).toEqual([]);
    pane.setMode('squashed');
    expect(shown(pane)).toEqual(['/a']);
  });

  test('no more than sixty rows are opened without being asked', () => {
    const wide: Record<string, string> = {};
    for (let at = 0; at < 8; at++) for (let file = 0; file < 10; file++) wide[`d${at}/f${file}`] = 'x';
    const pane = new FilesPane(new SquashView(mergeLayers([layer(wide)])));
    expect(shown(pane)).toHaveLength(8);
  });
});
