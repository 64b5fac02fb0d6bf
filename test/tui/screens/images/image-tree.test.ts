import { expect, test } from 'vitest';
import type { ImageSummary } from '../../../../src/app/services.ts';
import { digestOf } from '../../../../src/oci/digest.ts';
import { listLines, orderImages } from '../../../../src/tui/screens/images/image-list.ts';
import { imageTree, treeLines } from '../../../../src/tui/screens/images/image-tree.ts';

function image(name: string, layers: string, extra: Partial<ImageSummary> = {}): ImageSummary {
  const digest = digestOf(Buffer.from(name));
  return {
    id: digest,
    digest,
    names: name === '' ? [] : [name],
    created: undefined,
    platform: { os: 'linux', architecture: 'amd64' },
    layers: Array.from(layers, (letter) => ({
      diffID: digestOf(Buffer.from(letter)),
      digest: digestOf(Buffer.from(letter)),
      instruction: letter,
      sizeBytes: 1,
      compressedBytes: 1,
    })),
    sizeBytes: layers.length,
    sizeKnown: true,
    compressedBytes: layers.length,
    sharedBytes: 0,
    labels: {},
    ...extra,
  };
}

/** `├─ ABC`: the layers of a node, base first; `= name` an image that ends there. */
function drawn(images: readonly ImageSummary[], collapsed: readonly string[] = []): string[] {
  const closed = new Set(collapsed.map((letter) => digestOf(Buffer.from(letter)) as string));
  return treeLines(imageTree(images), (key) => closed.has(key)).map(({ branch, node, image: ends }) => {
    const layers = node.layers.map(({ instruction }) => instruction).join('') || 'scratch';
    return `${branch}${ends ? `= ${ends.names[0] ?? '<none>'}` : layers}`;
  });
}

test('images that begin alike share a trunk, and layers without a fork are one node', () => {
  expect(drawn([image('one', 'ABCX'), image('two', 'ABCY'), image('three', 'Z')])).toEqual([
    'scratch',
    '├─ ABC',
    '│  ├─ X',
    '│  │  = one',
    '│  └─ Y',
    '│     = two',
    '└─ Z',
    '   = three',
  ]);
});

test('an image that is the base of another ends where the other goes on', () => {
  expect(drawn([image('base', 'AB'), image('app', 'ABC')])).toEqual([
    'scratch',
    '└─ AB',
    '   = base',
    '   └─ C',
    '      = app',
  ]);
});

test('two images with the same layers end in the same place; one without layers at scratch', () => {
  expect(drawn([image('one', 'A'), image('two', 'A'), image('empty', '')])).toEqual([
    'scratch',
    '├─ scratch',
    '│  = empty',
    '└─ A',
    '   = one',
    '   = two',
  ]);
});

test('what grows from a closed node is not drawn; no images are no tree', () => {
  expect(drawn([image('base', 'AB'), image('app', 'ABC')], ['B'])).toEqual(['scratch', '└─ AB']);
  expect(drawn([])).toEqual([]);
});

test('the list has a row for every name, those of one image together', () => {
  const both = image('b', 'A', { names: ['b:1', 'b:2'] });
  const lines = listLines([both, image('', 'B')]);
  expect(lines.map(({ name, again }) => [name, again])).toEqual([
    ['b:1', false],
    ['b:2', true],
    [undefined, false],
  ]);
});

test('images are sorted by age, name and size; those without a name or a time come last', () => {
  const images = [
    image('b', 'AA', { created: '2024-01-01T00:00:00Z' }),
    image('', 'AAA'),
    image('a', 'A', { created: '2025-01-01T00:00:00Z' }),
  ];
  const names = (order: 'created' | 'name' | 'size', reversed = false): string[] =>
    orderImages(images, order, reversed).map((one) => one.names[0] ?? '<none>');
  expect(names('created')).toEqual(['a', 'b', '<none>']);
  expect(names('name')).toEqual(['a', 'b', '<none>']);
  expect(names('size')).toEqual(['<none>', 'b', 'a']);
  expect(names('size', true)).toEqual(['a', 'b', '<none>']);
});
