// The parts of the bloat screen: what can be chosen, the dead files of a choice, what-ifs, and the words for them.
import { describe, expect, test } from 'vitest';
import { deadBytes, shippedBytes } from '../../../src/analysis/dead.ts';
import { analyzeStack } from '../../../src/analysis/analysis.ts';
import { stackRows } from '../../../src/oci/history.ts';
import type { StackIndex } from '../../../src/tree/stack-index.ts';
import { SquashView } from '../../../src/tree/squash-view.ts';
import { compressedText, layersText, percentText, whatIfText } from '../../../src/tui/present/bloat-text.ts';
import { type DeadFileQuery, DeadFiles, MOST_ROWS } from '../../../src/tui/screens/bloat/dead-files.ts';
import {
  type WasteOrder,
  chosenDeaths,
  wasteKey,
  wasteLines,
} from '../../../src/tui/screens/bloat/waste-list.ts';
import {
  adviceKey,
  adviceLines,
  markedWhatIfs,
  whatIfs,
} from '../../../src/tui/screens/bloat/what-if-list.ts';
import { FilesPane } from '../../../src/tui/screens/stack/files.ts';
import { killerOf, makerOf } from '../../../src/tui/screens/stack/lives.ts';
import { type LayerSpec, pathText, stack } from '../../support/layers.ts';

const QUERY: DeadFileQuery = { flat: false, order: 'size', byHand: new Map() };

function deadFiles(index: StackIndex, isChosen: (death: number) => boolean = () => true): DeadFiles {
  return new DeadFiles(index, deadBytes(index).deaths, isChosen);
}

function listed(index: StackIndex, files: DeadFiles, query: Partial<DeadFileQuery> = {}): string[] {
  return files.rows({ ...QUERY, ...query }).map(({ node, top, level, isGroup, isOpen }) => {
    const from = top === 0 ? 0 : pathText(index, top).lastIndexOf('/') + 1;
    const name = pathText(index, node).slice(from);
    const mark = isGroup ? (isOpen ? ' -' : ' +') : '';
    return `${'  '.repeat(level)}${name}${mark} ${isGroup ? files.bytes[node] : files.ownBytes[node]}`;
  });
}

function nodeAt(index: StackIndex, path: string): number {
  return index.find(Buffer.from(path));
}

describe('dead files', () => {
  const index = stack(
    {
      'opt/app/a/one': '1'.repeat(30),
      'opt/app/a/two': '2'.repeat(20),
      'opt/app/b': '3',
      keep: 'k',
      top: '55555',
    },
    { '.wh.opt': '', top: '4444' },
    { '.wh.top': '' },
  );
  const files = deadFiles(index);

  test('directories sum what is below them, the heaviest first; those that hold nothing else are one row', () => {
    expect(listed(index, files)).toEqual([
      'opt/app - 51',
      '  a - 50',
      '    one 30',
      '    two 20',
      '  b 1',
      'top 9',
    ]);
  });

  test('what was closed by hand stays closed', () => {
    const byHand = new Map([[nodeAt(index, 'opt/app'), false]]);
    expect(listed(index, files, { byHand })).toEqual(['opt/app + 51', 'top 9']);
  });

  test('by name, and flat by size', () => {
    expect(listed(index, files, { order: 'name' })).toEqual(listed(index, files));
    expect(listed(index, files, { flat: true })).toEqual([
      '/opt/app/a/one 30',
      '/opt/app/a/two 20',
      '/top 9',
      '/opt/app/b 1',
    ]);
  });

  test('a choice has the deaths of its own alone, and knows who made and killed them', () => {
    const { deaths } = deadBytes(index);
    const second = deadFiles(index, (death) => deaths.maker[death] === 1);
    expect(listed(index, second)).toEqual(['top 4']);
    expect(files.fatesBelow(0)).toEqual([
      { maker: 0, killer: 1, bytes: 56 },
      { maker: 1, killer: 2, bytes: 4 },
    ]);
    expect(files.fatesBelow(nodeAt(index, 'opt/app/a'))).toEqual([{ maker: 0, killer: 1, bytes: 50 }]);
    expect(files.deathsOf(nodeAt(index, 'top'))).toHaveLength(2);
    expect(files.counts[0]).toBe(4);
  });

  test('thousands of levels are one row, and a wide directory is not opened by itself', () => {
    const deep = stack({ [`${'d/'.repeat(4000)}f`]: '1' }, { '.wh.d': '' });
    expect(deadFiles(deep).rows(QUERY)).toHaveLength(1);
    const spec: LayerSpec = Object.fromEntries(
      Array.from({ length: MOST_ROWS + 10 }, (_, file) => [`wide/${file}`, 'x']),
    );
    const wide = stack(spec, { '.wh.wide': '' });
    const rows = deadFiles(wide);
    expect(listed(wide, rows)).toEqual([`wide + ${MOST_ROWS + 10}`]);
    const byHand = new Map([[nodeAt(wide, 'wide'), true]]);
    expect(rows.rows({ ...QUERY, byHand })).toHaveLength(MOST_ROWS);
    expect(rows.rows({ ...QUERY, flat: true })).toHaveLength(MOST_ROWS);
  });

  test('the groups below a directory can be opened at once', () => {
    expect(files.groupsBelow(0).map((node) => pathText(index, node))).toEqual([
      '/',
      '/opt/app',
      '/opt/app/a',
    ]);
  });
});

const index = stack(
  { 'big/a': 'x'.repeat(100), mode: 'm'.repeat(40), log: 'l'.repeat(9) },
  { 'big/b': 'y'.repeat(10) },
  { mode: { content: 'm'.repeat(40), mode: 0o600 }, log: 'other' },
  { '.wh.big': '' },
);
const history = ['COPY . /', 'RUN make', 'ENV a=b', 'RUN chmod 600 /mode', 'RUN rm -rf /big'].map(
  (createdBy) => ({
    createdBy,
    created: undefined,
    comment: undefined,
    emptyLayer: createdBy.startsWith('ENV'),
  }),
);
const rows = stackRows(history, 4);
const analysis = analyzeStack({ stack: index, rows, compressedBytes: [150, 10, 45, 0] });

describe('what can be chosen', () => {
  const keys = (order: WasteOrder): string[] =>
    wasteLines(rows, analysis, order).map(
      (line) => `${wasteKey(line)} ${'bytes' in line ? line.bytes : '--'}`,
    );

  test('all, causes and instructions, each with its bytes', () => {
    expect(keys('dead')).toEqual([
      'all 159',
      'by cause --',
      'deleted 110',
      'metadataOnly 40',
      'overwritten 9',
      'instructions, by what of theirs is dead --',
      'layer 0 149',
      'layer 1 10',
    ]);
    expect(keys('killed').slice(6)).toEqual(['layer 3 110', 'layer 2 49']);
    expect(keys('layer').slice(6)).toEqual(['layer 1 10', 'layer 0 149']);
  });

  test.each<[string, WasteOrder, number]>([
    ['all', 'dead', 159],
    ['by cause', 'dead', 159],
    ['metadataOnly', 'dead', 40],
    ['layer 1', 'dead', 10],
    ['layer 2', 'killed', 49],
  ])('%s, by %s, stands for %i bytes of deaths', (key, order, bytes) => {
    const line = wasteLines(rows, analysis, order).find((one) => wasteKey(one) === key);
    const chosen = deadFiles(index, chosenDeaths(line, analysis.report.deaths));
    expect(chosen.bytes[0]).toBe(bytes);
  });

  test('nothing where nothing is dead', () => {
    const whole = stack({ a: '1' }, { b: '2' });
    const report = analyzeStack({ stack: whole, rows: [], compressedBytes: [] });
    expect(wasteLines([], report, 'dead')).toEqual([]);
  });
});

describe('what if', () => {
  test('all layers are one, or a killer does its work where the bytes were made', () => {
    const found = [...whatIfs(index, analysis.report, 0)];
    expect(found.map((one) => `${whatIfText(one)}: ${one.prediction.savedBytes}`)).toEqual([
      'layers 0 to 3 squashed into one: 159',
      'layer 3 done in the instruction of layer 0: 100',
      'layer 2 done in the instruction of layer 0: 49',
      'layer 3 done in the instruction of layer 1: 10',
    ]);
    expect(found[0]!.prediction.sizeBytes).toBe(new SquashView(index).sizeBytes[0]);
  });

  test('what belongs to the base image cannot be done otherwise, but squashed', () => {
    const found = [...whatIfs(index, analysis.report, 1)].map(whatIfText);
    expect(found).toEqual([
      'layers 0 to 3 squashed into one',
      'layers 1 to 3 squashed into one',
      'layer 3 done in the instruction of layer 1',
    ]);
  });

  test('marks ask for more: two instructions for a squash and a merge, paths to be left out', () => {
    const paths = [nodeAt(index, 'big'), nodeAt(index, 'log')];
    const marked = (layers: number[], nodes: number[]): string[] =>
      markedWhatIfs(index, analysis.report, { layers, paths: nodes }).map(
        (one) => `${whatIfText(one)}: ${one.prediction.savedBytes}`,
      );
    expect(marked([], [])).toEqual([]);
    expect(marked([1], paths.slice(0, 1))).toEqual(['without the marked path: 110']);
    expect(marked([3, 1], paths)).toEqual([
      `without the 2 marked paths: ${110 + 9 + 5}`,
      'layers 1 to 3 squashed into one: 10',
      'layer 3 done in the instruction of layer 1: 10',
    ]);
    expect(marked([0, 1, 2], [])).toEqual(['layers 0 to 2 squashed into one: 49']);
  });

  test('stand beside the advice, the heaviest first, under keys of their own', () => {
    const fixed = [...whatIfs(index, analysis.report, 0)];
    const lines = adviceLines(analysis.advice, fixed, []);
    expect(lines.map(({ kind }) => kind).filter((kind) => kind === 'heading')).toHaveLength(2);
    expect(lines.filter(({ kind }) => kind === 'advice')).toHaveLength(analysis.advice.length);
    expect(new Set(lines.map(adviceKey)).size).toBe(lines.length);
    expect(adviceLines([], [], [])).toEqual([]);
  });
});

describe('from a path to the layers of its life', () => {
  const at = (upto: number): FilesPane => new FilesPane(new SquashView(index, upto));

  test.each<[string, number, number | undefined, number | undefined]>([
    ['big/a', 0, 3, 0],
    ['big/a', 2, 3, 0],
    ['big/a', 3, undefined, 0],
    ['mode', 0, 2, 0],
    ['mode', 2, undefined, 0],
    ['mode', 3, undefined, 2],
    ['big/b', 0, undefined, undefined],
  ])('%s at layer %i: killed by %s, made by %s', (path, upto, killer, maker) => {
    const pane = at(upto);
    expect(killerOf(pane, nodeAt(index, path))).toBe(killer);
    expect(makerOf(pane, nodeAt(index, path))).toBe(maker);
  });
});

test('figures in words', () => {
  expect(percentText(446, 1000)).toBe('44.6 %');
  expect(percentText(999_999, 1_000_000)).toBe('99.9 %');
  expect(percentText(1, 1_000_000)).toBe('0.1 %');
  expect(percentText(0, 0)).toBe('100 %');
  expect(compressedText(1000, 400)).toBe('about 400 B compressed, an estimate');
  expect(compressedText(1000, 1000)).toBeUndefined();
  expect(layersText([7, 12, 3, 4])).toBe('7, 12, 3 …');
  expect(shippedBytes(index)).toBe(analysis.visibleBytes + 159);
});
