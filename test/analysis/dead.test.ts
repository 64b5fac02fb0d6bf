import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deadBelow, deadPaths, deadRows } from '../../src/analysis/dead-paths.ts';
import { type DeadReport, NOTHING_DEAD, deadBytes, shippedBytes, sumOf } from '../../src/analysis/dead.ts';
import { stackRows } from '../../src/oci/history.ts';
import { mergeLayers } from '../../src/tree/merge.ts';
import { SquashView } from '../../src/tree/squash-view.ts';
import type { StackIndex } from '../../src/tree/stack-index.ts';
import { type LayerSpec, pathText, stack } from '../support/layers.ts';
import { describeStack, stacks, treeOfLayer } from '../support/tree-stacks.ts';
import { itemsOf, worldsOf } from './world.ts';

const link = (target: string) => ({ type: 'hardlink', link: target }) as const;
const none = NOTHING_DEAD;

test.each<[string, LayerSpec[], object]>([
  ['deleted', [{ 'big/a': '12345', 'big/b': '67890' }, { '.wh.big': '' }], { ...none, deleted: 10 }],
  ['overwritten', [{ a: '12345' }, { a: '1' }], { ...none, overwritten: 5 }],
  ['overwritten, the same size', [{ a: '12345' }, { a: '54321' }], { ...none, overwritten: 5 }],
  ['metadata only', [{ a: '12345' }, { a: { content: '12345', mode: 0o777 } }], { ...none, metadataOnly: 5 }],
  ['only touched', [{ a: '12345' }, { a: { content: '12345', mtime: 9 } }], { ...none, metadataOnly: 5 }],
  ['written again as it was', [{ a: '12345' }, { a: '12345' }], { ...none, metadataOnly: 5 }],
  [
    'contents that were never compared',
    [{ a: '12345' }, { a: { content: '12345', mode: 0o777, unhashed: true } }],
    { ...none, overwritten: 5 },
  ],
  ['opaque', [{ 'd/a': '12345' }, { 'd/.wh..wh..opq': '' }], { ...none, opaqueHidden: 5 }],
  [
    'opaque, with a new one',
    [{ 'd/a': '12345' }, { 'd/.wh..wh..opq': '', 'd/a': '1' }],
    { ...none, overwritten: 5 },
  ],
  ['replaced by a file', [{ 'd/a': '12345' }, { d: '' }], { ...none, overwritten: 5 }],
  ['replaced by a symlink', [{ a: '12345' }, { a: { link: 'b' } }], { ...none, overwritten: 5 }],
  ['a whiteout without a target', [{ a: '12345' }, { '.wh.b': '', c: '1' }], none],
  ['one of two names', [{ a: '12345', b: link('a') }, { '.wh.a': '' }], none],
  [
    'both names',
    [
      { a: '12345', b: link('a') },
      { '.wh.a': '', '.wh.b': '' },
    ],
    { ...none, deleted: 5 },
  ],
  [
    'both names, one after the other',
    [{ a: '12345', b: link('a') }, { '.wh.a': '' }, { b: '1' }],
    { ...none, overwritten: 5 },
  ],
  ['a name of a later layer', [{ a: '12345' }, { b: link('a'), '.wh.a': '' }], none],
  ['a link to what is gone', [{ a: '12345' }, { '.wh.a': '' }, { b: link('a') }], { ...none, deleted: 5 }],
  [
    'a directory that was renamed away and came back',
    [{ 'd/a': '12345' }, { '.wh.d': '' }, { 'd/a': '12345' }],
    { ...none, deleted: 5 },
  ],
])('%s', (_, layers, dead) => {
  const index = stack(...layers);
  const report = deadBytes(index);
  expect(report.byLayer[0]).toEqual(dead);
  expect(shippedBytes(index)).toBe(new SquashView(index).sizeBytes[0]! + report.total);
});

describe('who killed what', () => {
  const index = stack(
    { 'big/a': '12345', keep: 'k', mode: '1234567' },
    { 'big/b': '678', 'big/a': '999' },
    { mode: { content: '1234567', mode: 0o600 } },
    { '.wh.big': '' },
  );
  const report = deadBytes(index);
  const history = ['COPY . /', 'RUN make', 'RUN chmod 600 /mode', 'RUN rm -rf /big'].map((createdBy) => ({
    createdBy: `${createdBy} # buildkit`,
    created: undefined,
    comment: undefined,
    emptyLayer: false,
  }));
  const rows = stackRows(
    [
      ...history.slice(0, 1),
      { ...history[0]!, createdBy: 'ENV A=1', emptyLayer: true },
      ...history.slice(1),
    ] as never,
    4,
  );

  test('by layer', () => {
    expect(report.killers.map((killers) => [...killers])).toEqual([
      [
        [1, 5],
        [2, 7],
      ],
      [[3, 6]],
      [],
      [],
    ]);
    expect(report.killedBy).toEqual([0, 5, 7, 6]);
  });

  test('by path, most first', () => {
    const paths = deadPaths(index, report);
    expect(paths.map((path) => ({ ...path, node: pathText(index, path.node) }))).toEqual([
      {
        node: '/big/a',
        bytes: 8,
        copies: 2,
        causes: { ...none, overwritten: 5, deleted: 3 },
        cause: 'overwritten',
        makers: [0, 1],
        killers: [1, 3],
      },
      {
        node: '/mode',
        bytes: 7,
        copies: 1,
        causes: { ...none, metadataOnly: 7 },
        cause: 'metadataOnly',
        makers: [0],
        killers: [2],
      },
      {
        node: '/big/b',
        bytes: 3,
        copies: 1,
        causes: { ...none, deleted: 3 },
        cause: 'deleted',
        makers: [1],
        killers: [3],
      },
    ]);
    expect(deadPaths(index, report, 1)).toEqual([paths[0]]);
    expect(deadBelow(index, report)[index.find(Buffer.from('big'))]).toBe(11);
  });

  test('by instruction', () => {
    const made = deadRows(rows, report);
    expect(
      made.map(({ row, dead, killedBy, killed }) => [row.instruction, sumOf(dead), killedBy, killed]),
    ).toEqual([
      [
        'COPY . /',
        12,
        [
          { layer: 1, bytes: 5 },
          { layer: 2, bytes: 7 },
        ],
        [],
      ],
      ['ENV A=1', 0, [], []],
      ['RUN make', 6, [{ layer: 3, bytes: 6 }], [{ layer: 0, bytes: 5 }]],
      ['RUN chmod 600 /mode', 0, [], [{ layer: 0, bytes: 7 }]],
      ['RUN rm -rf /big', 0, [], [{ layer: 1, bytes: 6 }]],
    ]);
  });
});

/** `maker>killer bytes`, sorted: what the plain model finds by looking for names. */
function plainDeaths(index: StackIndex): string[] {
  const layers = index.trees.map(itemsOf);
  const worlds = worldsOf(layers);
  const deaths: string[] = [];
  for (let layer = 1; layer < layers.length; layer++) {
    const alive = new Set([...worlds[layer + 1]!.values()].map(({ inode }) => inode));
    const dying = new Map([...worlds[layer]!.values()].map((seen) => [seen.inode, seen] as const));
    for (const [inode, { kind, sizeBytes }] of dying) {
      if (kind === 'file' && sizeBytes > 0 && !alive.has(inode))
        deaths.push(`${inode.split(':')[0]}>${layer} ${sizeBytes}`);
    }
  }
  return deaths.sort();
}

function columnDeaths({ deaths }: DeadReport): string[] {
  return Array.from({ length: deaths.count }, (_, at) => {
    return `${deaths.maker[at]}>${deaths.killer[at]} ${deaths.bytes[at]}`;
  }).sort();
}

test('every stack has the deaths that a plain model has, and size = visible + dead', async () => {
  let found = 0;
  await fc.assert(
    fc.asyncProperty(stacks, async (layers) => {
      const index = mergeLayers(await Promise.all(layers.map(treeOfLayer)));
      const report = deadBytes(index);
      expect(columnDeaths(report), `${describeStack(layers)}`).toEqual(plainDeaths(index));
      expect(shippedBytes(index)).toBe(new SquashView(index).sizeBytes[0]! + report.total);
      expect(report.byLayer.reduce((sum, dead) => sum + sumOf(dead), 0)).toBe(report.total);
      expect(report.killedBy.reduce((sum, bytes) => sum + bytes, 0)).toBe(report.total);
      expect(deadBelow(index, report)[0]).toBe(report.total);
      found += report.deaths.count;
    }),
    { numRuns: 400 },
  );
  expect(found).toBeGreaterThan(100);
});
