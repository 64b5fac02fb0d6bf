// What other programs read: shapes they insist on, and nothing from an image that could mean something to them.
import { describe, expect, test } from 'vitest';
import { analyzeStack } from '../../../src/analysis/analysis.ts';
import { gateFigures } from '../../../src/analysis/gate/figures.ts';
import { judgeGate } from '../../../src/analysis/gate/gate.ts';
import { DEFAULT_RULES, type GateRules } from '../../../src/analysis/gate/rules.ts';
import { shippedPaths } from '../../../src/analysis/gate/shipped-paths.ts';
import { junitReport } from '../../../src/analysis/report/junit.ts';
import { markdownReport } from '../../../src/analysis/report/markdown.ts';
import type { ReportInput } from '../../../src/analysis/report/report.ts';
import { sarifReport } from '../../../src/analysis/report/sarif.ts';
import { stackRows } from '../../../src/oci/history.ts';
import { stack } from '../../support/layers.ts';

const HOSTILE = '<b>`|@you\x1b[31m&\u202e"\'\ufffe]]>';

function input(rules: Partial<GateRules> = {}): ReportInput {
  const index = stack(
    { base: '1' },
    {
      [`tmp/${HOSTILE.replaceAll('\u202e', '').replaceAll('\ufffe', '')}`]: { sizeBytes: 5000 },
      'srv/b\xe9 c': { sizeBytes: 900 },
    },
    { 'srv/.wh.b\xe9 c': '' },
  );
  const history = ['ADD rootfs /', `RUN ${HOSTILE}`, 'RUN rm x'].map((createdBy) => ({
    createdBy,
    emptyLayer: false,
  }));
  const analysis = analyzeStack({
    stack: index,
    rows: stackRows(history as never, 3),
    compressedBytes: [1, 2950, 10],
  });
  const figures = gateFigures(index, analysis.report);
  const gate = judgeGate({
    figures,
    deadBytes: analysis.report.total,
    rules: { ...DEFAULT_RULES, ...rules },
    shippedAt: shippedPaths(index),
  });
  return { title: 'web:latest', version: '1.2.3', stack: index, analysis, figures, gate };
}

test('an analysis has everything', () => {
  const { analysis } = input();
  expect(analysis).toMatchObject({
    sizeBytes: 5901,
    visibleBytes: 5001,
    dead: { overwritten: 0, deleted: 900, metadataOnly: 0, opaqueHidden: 0 },
    estimatedCompressedDead: [0, 346, 0],
    duplicates: [],
  });
  expect(analysis.advice.map(({ kind }) => kind)).toEqual(['logs', 'late-clean-up']);
});

describe('SARIF', () => {
  interface Log {
    version: string;
    runs: {
      tool: { driver: { name: string; version: string; rules: { id: string }[] } };
      results: {
        ruleId: string;
        ruleIndex: number;
        level: string;
        message: { text: string };
        locations: { physicalLocation: { artifactLocation: { uri: string } } }[];
      }[];
    }[];
  }
  const { version, runs } = JSON.parse(
    sarifReport(input({ lowestEfficiency: 'x', highestPathBytes: [['/srv', '1B']] })),
  ) as Log;
  const { tool, results } = runs[0]!;

  test('has one run of phyllo with what failed and all advice', () => {
    expect([version, runs.length, tool.driver.name, tool.driver.version]).toEqual([
      '2.1.0',
      1,
      'phyllo',
      '1.2.3',
    ]);
    expect(results.map(({ ruleId, level }) => [ruleId, level])).toEqual([
      ['gate/lowestEfficiency', 'error'],
      ['gate/highestUserWastedPercent', 'error'],
      ['gate/highestPathBytes', 'error'],
      ['advice/logs', 'warning'],
      ['advice/late-clean-up', 'warning'],
    ]);
  });

  test('its results name rules that it lists, each once', () => {
    const ids = tool.driver.rules.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(results.map(({ ruleIndex }) => ids[ruleIndex])).toEqual(results.map(({ ruleId }) => ruleId));
  });

  test('places are paths in the image, percent-encoded byte by byte', () => {
    const uris = results.map(({ locations }) => locations[0]!.physicalLocation.artifactLocation.uri);
    expect(uris).toEqual(['.', '.', 'srv', 'tmp', 'srv/b%E9%20c']);
    expect(uris.every((uri) => URL.canParse(uri, 'file:///'))).toBe(true);
  });

  test('messages are safe', () => {
    expect(results.map(({ message }) => message.text).join('\n')).not.toMatch(/[\x00-\x09\x0b-\x1f\u202e]/);
  });

  test('an image that is in order has no results', () => {
    const clean = stack({ a: '1' });
    const analysis = analyzeStack({ stack: clean, rows: [], compressedBytes: [1] });
    const text = sarifReport({
      ...input(),
      stack: clean,
      analysis,
      figures: gateFigures(clean, analysis.report),
      gate: undefined,
    });
    expect((JSON.parse(text) as Log).runs[0]).toMatchObject({ results: [], tool: { driver: { rules: [] } } });
  });
});

describe('JUnit', () => {
  test('has a test case for every rule', () => {
    const { gate } = input({
      lowestEfficiency: '0.1',
      highestWastedBytes: '1B',
      highestUserWastedPercent: 'x',
      highestGrowth: '1B',
    });
    expect(junitReport('web:latest', gate!)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="phyllo" tests="4" failures="1" errors="1" skipped="1">
  <testsuite name="web:latest" tests="4" failures="1" errors="1" skipped="1">
    <testcase classname="phyllo.analyze" name="lowestEfficiency"/>
    <testcase classname="phyllo.analyze" name="highestWastedBytes"><failure type="fail" message="too many bytes wasted (wasted-bytes=900 &gt; threshold=1)"/></testcase>
    <testcase classname="phyllo.analyze" name="highestUserWastedPercent"><error type="misconfigured" message="invalid config value (&quot;x&quot;): it is not a ratio from 0 to 1"/></testcase>
    <testcase classname="phyllo.analyze" name="highestGrowth"><skipped message="there is no baseline"/></testcase>
  </testsuite>
</testsuites>
`);
  });

  test('escapes what is foreign', () => {
    const { gate } = input({ highestPathBytes: [[HOSTILE, 'absent']] });
    const text = junitReport(HOSTILE, gate!);
    expect(text).toContain(`name="&lt;b&gt;\`|@you\\x1b[31m&amp;\\u202e&quot;'\ufffd]]&gt;"`);
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\ufffe\uffff]/);
    expect(text.match(/<b>/)).toBeNull();
  });
});

describe('Markdown', () => {
  const text = markdownReport(input({ highestGrowth: '1B', highestPathBytes: [['/srv', '1B']] }));

  test('shows figures, gate, advice and paths', () => {
    expect(text).toContain('## `web:latest`: fail\n');
    expect(text).toContain('| dead | 900 B (900 B deleted) |');
    expect(text).toContain('| `lowestEfficiency` | **FAIL** |');
    expect(text).toContain('| `highestGrowth` | skip | `there is no baseline` |');
    expect(text).toContain('1. **5 kB**: ');
    expect(text).toContain('| 900 B | 1 | deleted | 1 | 2 |');
  });

  test('nothing foreign has a meaning: outside of code there is no HTML, mention, link or bar', () => {
    const outside = text.replace(/`[^`\n]*`/g, '');
    expect(outside).not.toMatch(/[<>@[\]]/);
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\u202e]/);
    for (const row of text.split('\n').filter((line) => line.startsWith('|')))
      expect(row.replaceAll(String.raw`\|`, '').split('|').length).toBeGreaterThan(3);
  });

  test('without a gate there is no verdict', () => {
    expect(markdownReport({ ...input(), gate: undefined })).toMatch(/^## `web:latest`\n/);
  });
});
