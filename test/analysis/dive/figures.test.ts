// dive's figures as dive 0.13.1 has them, the wrong ones too.
import { describe, expect, test } from 'vitest';
import { deadBytes } from '../../../src/analysis/dead.ts';
import { diveFigures } from '../../../src/analysis/dive/figures.ts';
import type { LayerSpec } from '../../support/layers.ts';
import { pathText, stack } from '../../support/layers.ts';
import { SAMPLE_LAYERS } from './sample.ts';

function figuresOf(...layers: LayerSpec[]): {
  efficiency: number;
  wastedBytes: number;
  userWastedPercent: number;
} {
  const { efficiency, wastedBytes, userWastedPercent } = diveFigures(stack(...layers));
  return { efficiency, wastedBytes, userWastedPercent };
}

test('the published sample, to the last digit', () => {
  const index = stack(...SAMPLE_LAYERS);
  const { inefficient, ...figures } = diveFigures(index);
  expect(figures).toEqual({
    sizeBytes: 1_220_598,
    userSizeBytes: 66_237,
    efficiency: 0.9844212134184309,
    wastedBytes: 32_025,
    userWastedPercent: 0.4834911001404049,
  });
  expect(inefficient.map(({ node, count, sizeBytes }) => [pathText(index, node), count, sizeBytes])).toEqual([
    ['/root/saved.txt', 2, 12_810],
    ['/root/example/somefile1.txt', 2, 12_810],
    ['/root/example/somefile3.txt', 2, 6405],
  ]);
  // The truth happens to be the same sum: dive misses one file and counts another twice.
  expect(deadBytes(index).total).toBe(32_025);
});

describe('what dive gets wrong', () => {
  test.each<[string, LayerSpec[], object]>([
    [
      'a directory that is deleted later costs nothing',
      [{ base: '1' }, { 'big/': {}, 'big/file': { sizeBytes: 2_000_000 } }, { '.wh.big': '' }],
      { efficiency: 1, wastedBytes: 0, userWastedPercent: 0 },
    ],
    [
      'both copies are wasted, the live one too',
      [{ a: '12345' }, { a: '123' }],
      { efficiency: 3 / 8, wastedBytes: 8, userWastedPercent: 8 / 3 },
    ],
    [
      'opaque directories hide nothing',
      [
        { 'd/': {}, 'd/a': '12345' },
        { 'd/': {}, 'd/.wh..wh..opq': '' },
      ],
      { efficiency: 1, wastedBytes: 0, userWastedPercent: Number.NaN },
    ],
    [
      'a file goes with its first name, though it has others',
      [
        { a: '12345', b: { type: 'hardlink', link: 'a' } },
        { '.wh.a': '', c: '1' },
      ],
      { efficiency: 1 / 6, wastedBytes: 5, userWastedPercent: 5 },
    ],
    [
      'a whiteout of what is not there ends the count of its layer',
      [{ a: '12345' }, { '.wh.absent': '', a: '12' }],
      { efficiency: 4 / 5, wastedBytes: 0, userWastedPercent: 0 },
    ],
    [
      'whiteouts alone make a division by zero',
      [{ a: '12345' }, { '.wh.a': '' }],
      { efficiency: 0, wastedBytes: 5, userWastedPercent: Number.POSITIVE_INFINITY },
    ],
    [
      'nothing above the first layer',
      [{ a: '1' }],
      { efficiency: 1, wastedBytes: 0, userWastedPercent: Number.NaN },
    ],
    ['no bytes at all', [{ 'd/': {} }], { efficiency: 1, wastedBytes: 0, userWastedPercent: Number.NaN }],
  ])('%s', (_, layers, figures) => {
    expect(figuresOf(...layers)).toEqual(figures);
  });

  test('a deleted directory counts when a file of its name came and went before', () => {
    const layers: LayerSpec[] = [
      { x: '1' },
      { 'd/': {}, 'd/a': '12345', 'd/e/': {}, 'd/e/b': '678' },
      { '.wh.d': '', y: '1' },
      { d: '22' },
    ];
    // The whiteout of /d weighs 8, the file 2; the files below were counted once each.
    expect(figuresOf(...layers)).toEqual({
      efficiency: (1 + 8 + 2 + 1) / (1 + 8 + 10 + 1),
      wastedBytes: 10,
      userWastedPercent: 10 / 11,
    });
  });

  test('a directory that a layer only implies is no directory any more', () => {
    const layers: LayerSpec[] = [
      { 'd/': {}, 'd/a': '12345' },
      { 'd/b': '1' },
      { '.wh.d': '', y: '1' },
      { d: '22' },
    ];
    expect(figuresOf(...layers).wastedBytes).toBe(2);
  });

  test('empty directories that come twice are listed with no bytes', () => {
    const index = stack({ 'tmp/': {} }, { 'tmp/': {} });
    expect(diveFigures(index).inefficient).toEqual([{ node: 1, count: 2, sizeBytes: 0 }]);
  });
});
