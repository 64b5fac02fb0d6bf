import { describe, expect, test } from 'vitest';
import { deadBytes } from '../../../src/analysis/dead.ts';
import { diveFigures } from '../../../src/analysis/dive/figures.ts';
import { parseBaseline } from '../../../src/analysis/gate/baseline.ts';
import { gateFigures, gateFiguresOfDive } from '../../../src/analysis/gate/figures.ts';
import { type Baseline, judgeGate } from '../../../src/analysis/gate/gate.ts';
import { DEFAULT_RULES, type GateReport, type GateRules, tallyOf } from '../../../src/analysis/gate/rules.ts';
import { shippedPaths } from '../../../src/analysis/gate/shipped-paths.ts';
import type { StackIndex } from '../../../src/tree/stack-index.ts';
import { type LayerSpec, pathText, stack } from '../../support/layers.ts';
import { SAMPLE_LAYERS } from '../dive/sample.ts';

const OFF: GateRules = {
  ...DEFAULT_RULES,
  lowestEfficiency: 'disabled',
  highestUserWastedPercent: 'disabled',
};

function judge(index: StackIndex, rules: Partial<GateRules>, baseline?: Baseline): GateReport {
  const report = deadBytes(index);
  return judgeGate({
    figures: gateFigures(index, report),
    deadBytes: report.total,
    rules: { ...OFF, ...rules },
    ...(baseline && { baseline }),
    shippedAt: shippedPaths(index),
  });
}

function statuses(report: GateReport): Record<string, string> {
  return Object.fromEntries(report.results.map(({ rule, status }) => [rule, status]));
}

describe('figures', () => {
  test.each<[string, LayerSpec[], number, number, number]>([
    ['add, then delete', [{ base: '12345' }, { 'd/big': { sizeBytes: 95 } }, { '.wh.d': '' }], 0.05, 95, 1],
    ['nothing above the base', [{ a: '1' }], 1, 0, 0],
    ['only whiteouts above the base', [{ a: '12345', b: '12345' }, { '.wh.a': '' }], 0.5, 5, 0],
    ['a chmod of the base', [{ a: '12345' }, { a: { content: '12345', mode: 0o600 } }], 0.5, 5, 1],
    ['a new version of a file of the base', [{ a: '12345' }, { a: '54321' }], 0.5, 5, 0],
    ['nothing at all', [{ 'd/': {} }], 1, 0, 0],
  ])('%s', (_, layers, efficiency, wastedBytes, userWastedPercent) => {
    const index = stack(...layers);
    expect(gateFigures(index, deadBytes(index))).toMatchObject({
      efficiency,
      wastedBytes,
      userWastedPercent,
    });
  });
});

describe('the rules of dive on the figures of dive', () => {
  const index = stack(...SAMPLE_LAYERS);
  const figures = gateFiguresOfDive(diveFigures(index));
  test.each([
    ['0.99', '1B', '0.01', 'fail', 'fail', 'fail'],
    ['0.9', '50kB', '0.5', 'pass', 'pass', 'pass'],
    ['disabled', 'disabled', 'disabled', 'skip', 'skip', 'skip'],
    ['0.9', '1B', '0.5', 'pass', 'fail', 'pass'],
    ['0.9844212134184309', '32025', '0.4834911001404049', 'pass', 'pass', 'pass'],
    ['1.1', '50kB', '0.5', 'misconfigured', 'pass', 'pass'],
    ['-0.1', '50kB', '0.5', 'misconfigured', 'pass', 'pass'],
    ['much', 'lots', 'NaN', 'misconfigured', 'misconfigured', 'misconfigured'],
  ])('%s, %s and %s', (lowestEfficiency, highestWastedBytes, highestUserWastedPercent, ...expected) => {
    const rules = { ...DEFAULT_RULES, lowestEfficiency, highestWastedBytes, highestUserWastedPercent };
    const report = judgeGate({ figures, rules, deadBytes: 0, shippedAt: shippedPaths(index) });
    expect(report.results.slice(0, 3).map(({ status }) => status)).toEqual(expected);
    const worst = ['misconfigured', 'fail'].find((status) => expected.includes(status));
    expect(report.status).toBe(worst ?? 'pass');
  });

  test('a failure tells figure and limit', () => {
    const report = judgeGate({
      figures,
      deadBytes: 0,
      rules: { ...DEFAULT_RULES, lowestEfficiency: '0.99', highestWastedBytes: '20kB' },
      shippedAt: shippedPaths(index),
    });
    expect(report.results.slice(0, 3).map(({ message }) => message)).toEqual([
      'image efficiency is too low (efficiency=0.9844212134184309 < threshold=0.99)',
      'too many bytes wasted (wasted-bytes=32025 > threshold=20000)',
      'too many bytes wasted, relative to the user bytes added (%-user-wasted-bytes=0.4834911001404049 > threshold=0.1)',
    ]);
    expect(tallyOf(report)).toEqual({ pass: 0, fail: 3, skip: 0, misconfigured: 0 });
  });

  test('a ratio of nothing to nothing is not more than a limit', () => {
    const alone = gateFiguresOfDive(diveFigures(stack({ a: '1' })));
    const report = judgeGate({
      figures: alone,
      rules: DEFAULT_RULES,
      deadBytes: 0,
      shippedAt: () => ({ bytes: 0, nodes: [] }),
    });
    expect(report.status).toBe('pass');
  });
});

describe('rules of our own', () => {
  const wasteful = stack({ a: { sizeBytes: 1000 } }, { a: { sizeBytes: 500 } });

  test('nothing fails while less than the floor is wasted', () => {
    const rules = { lowestEfficiency: '0.9', highestWastedBytes: '10B', highestUserWastedPercent: '0.1' };
    expect(judge(wasteful, rules).status).toBe('fail');
    const report = judge(wasteful, { ...rules, wastedBytesFloor: '1001' });
    expect(report.status).toBe('pass');
    expect(report.results[0]!.message).toBe('only 1000 bytes are wasted, less than wastedBytesFloor=1001');
    expect(judge(wasteful, { ...rules, wastedBytesFloor: '1kB' }).status).toBe('fail');
    expect(judge(wasteful, { ...rules, wastedBytesFloor: 'a lot' }).status).toBe('misconfigured');
  });

  test('the size of the image', () => {
    expect(judge(wasteful, { highestImageBytes: '1.5kB' }).status).toBe('pass');
    expect(judge(wasteful, { highestImageBytes: '1499' }).results[3]).toMatchObject({
      status: 'fail',
      message: 'the image is too big (bytes=1500 > threshold=1499)',
    });
  });

  test.each<[string, string, Baseline | undefined, string, string]>([
    ['0B', '0B', { sizeBytes: 1500, deadBytes: 1000 }, 'pass', 'pass'],
    ['0B', '0B', { sizeBytes: 1499, deadBytes: 999 }, 'fail', 'fail'],
    ['1B', 'off', { sizeBytes: 1499, deadBytes: 0 }, 'pass', 'skip'],
    ['0.5', '0.1', { sizeBytes: 1000, deadBytes: 900 }, 'pass', 'fail'],
    ['1B', '1B', undefined, 'skip', 'skip'],
    ['x', '2.5', undefined, 'misconfigured', 'skip'],
  ])('growth of %s and %s against %o', (highestGrowth, highestWastedGrowth, baseline, size, dead) => {
    expect(statuses(judge(wasteful, { highestGrowth, highestWastedGrowth }, baseline))).toMatchObject({
      highestGrowth: size,
      highestWastedGrowth: dead,
    });
  });

  test('are not told about where nobody wrote them', () => {
    expect(judge(wasteful, {}).results.map(({ rule }) => rule)).toEqual([
      'lowestEfficiency',
      'highestWastedBytes',
      'highestUserWastedPercent',
    ]);
  });

  test('paths count what is shipped, deleted or not', () => {
    const index = stack(
      { 'srv/.env': '', 'var/cache/apk/a': '12345', key: { type: 'hardlink', link: 'var/cache/apk/a' } },
      { 'var/cache/.wh.apk': '', 'srv/deep/.env': 'A=1' },
    );
    const rules: GateRules['highestPathBytes'] = [
      ['/var/cache', '4B'],
      ['/var/cache/', '5B'],
      ['.env', '10'],
      ['*.env', 'absent'],
      ['/nothing', 'absent'],
      ['/etc', 'off'],
      ['/srv', 'many'],
    ];
    const { results } = judge(index, { highestPathBytes: rules });
    expect(results.slice(3).map(({ status }) => status)).toEqual([
      'fail',
      'pass',
      'pass',
      'fail',
      'pass',
      'skip',
      'misconfigured',
    ]);
    expect(results[3]).toMatchObject({
      rule: 'highestPathBytes /var/cache',
      message: 'layers ship too much there (bytes=5 > threshold=4)',
    });
    expect(results[6]!.nodes.map((node) => pathText(index, node))).toEqual(['/srv/deep/.env', '/srv/.env']);
  });

  test('a path that only a whiteout names is not shipped', () => {
    const index = stack({ a: '1' }, { '.wh.secret': '' });
    expect(judge(index, { highestPathBytes: [['/secret', 'absent']] }).status).toBe('pass');
  });
});

describe('a baseline', () => {
  test('is what analyze --json printed', () => {
    const text = JSON.stringify({ schema: 'phyllo.analyze/1', size: 5, dead: { total: 2 } });
    expect(parseBaseline(text, 'old.json')).toEqual({ sizeBytes: 5, deadBytes: 2 });
  });

  test.each([
    '',
    '[]',
    'null',
    '{"schema":"phyllo.analyze/1"}',
    '{"schema":"phyllo.layers/1","size":1,"dead":{"total":1}}',
    '{"schema":"phyllo.analyze/1","size":-1,"dead":{"total":1}}',
  ])('is not %j', (text) => {
    expect(() => parseBaseline(text, 'old\x1b.json')).toThrow(/^read baseline old\\x1b\.json: /);
  });
});
