// The pieces that the screen of a build is made of.
import { describe, expect, test } from 'vitest';
import type { BuildStep, CacheVerdict } from '../../../src/build/build.ts';
import { parse } from '../../../src/dockerfile/parse.ts';
import { parseConfig } from '../../../src/oci/config.ts';
import { configChanges } from '../../../src/tui/present/build-config.ts';
import { printedText } from '../../../src/tui/present/build-output.ts';
import { LineKind, NO_MARKS, lineKinds, sourceRow } from '../../../src/tui/present/build-source.ts';
import { durationText, verdictText } from '../../../src/tui/present/build-text.ts';
import { parseBuildLine } from '../../../src/tui/screens/build-line.ts';
import { buildBoxes, panesBox } from '../../../src/tui/screens/build/build-layout.ts';
import { placeOf, shownStep, stepsOnLine } from '../../../src/tui/screens/build/build-steps.ts';
import { ScrollPane } from '../../../src/tui/screens/list/scroll-pane.ts';
import { spanChanges } from '../../../src/tui/screens/stack/span.ts';
import { makeTheme } from '../../../src/tui/theme/theme.ts';
import { displayWidth } from '../../../src/tui/width.ts';
import { pathText, stack } from '../../support/layers.ts';

const theme = makeTheme('none');
const plain = (text: string): string => text.replace(/\x1b\[[0-9;]*m/g, '');

describe('why the cache had it, or not', () => {
  const numberOf = (): number => 4;
  const changed = (name: string, before?: string, after?: string, step?: string): CacheVerdict => ({
    kind: 'miss',
    why: 'changed',
    difference: { name, before, after, ...(step !== undefined && { step }) },
  });

  test.each<[CacheVerdict, string]>([
    [{ kind: 'hit' }, 'cache hit'],
    [{ kind: 'none' }, 'nothing to cache'],
    [{ kind: 'miss', why: 'new' }, 'miss: nothing like it was built before'],
    [{ kind: 'miss', why: 'off' }, 'miss: the cache is off'],
    [{ kind: 'miss', why: 'gone' }, 'miss: its layer is not in the store any more'],
    [changed('build-arg VERSION', '1', '2'), 'miss: build-arg VERSION 1 → 2'],
    [changed('build-arg VERSION', '', '2'), 'miss: build-arg VERSION (empty) → 2'],
    [changed('build-arg VERSION', undefined, '2'), 'miss: build-arg VERSION is new: 2'],
    [changed('build-arg VERSION', '1', undefined), 'miss: build-arg VERSION is gone, it was 1'],
    [
      changed('content of a\x1bb', 'a'.repeat(64), `sha256:${'b'.repeat(64)}`),
      String.raw`miss: content of a\x1bb changed`,
    ],
    [changed('parent', 'a', 'b', '0.3'), 'miss: parent changed at step 4'],
    [changed('text', 'x'.repeat(99), '\n'), String.raw`miss: text ${'x'.repeat(31)}… → \n`],
  ])('%j', (verdict, text) => {
    expect(verdictText(verdict, numberOf)).toBe(text);
  });
});

test.each([
  [0, '0 ms'],
  [999.4, '999 ms'],
  [1000, '1.0 s'],
  [59_990, '59.9 s'],
  [60_000, '1 min 0 s'],
  [3_725_000, '62 min 5 s'],
  [-5, '0 ms'],
])('%i ms take %s', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

test.each([
  ['plain', 'plain'],
  ['10%\r20%\r30%', '30%'],
  ['done\r', 'done'],
  ['a\rb\r', 'b'],
  ['\r', ''],
  ['\x1b[1;31mred\x1b[0m', 'red'],
  ['\x1b]0;t\x07', String.raw`\x1b]0;t\x07`],
  ['a\tb', 'a    b'],
  ['\x1b['.repeat(3), String.raw`\x1b[\x1b[\x1b[`],
])('of %j a screen shows %j', (text, shown) => {
  expect(printedText(text)).toBe(shown);
});

test('a line of a million characters costs what is seen of it', () => {
  expect(printedText('\x1b['.repeat(1_000_000))).toHaveLength(2500);
});

describe('the configuration at a step', () => {
  const config = (fields: object) =>
    parseConfig(Buffer.from(JSON.stringify({ config: fields, rootfs: { type: 'layers', diff_ids: [] } })))
      .config;

  test('is told with what the step added, changed and took away', () => {
    const before = config({ Env: ['A=1', 'B=2', 'C='], User: 'root', Cmd: ['sh'] });
    const after = config({ Env: ['A=1', 'B=3', 'C='], WorkingDir: '/srv', Cmd: ['sh'], Labels: { a: 'b' } });
    expect(
      configChanges(before, after).map(({ status, name, value, before: was }) => [status, name, value, was]),
    ).toEqual([
      ['added', 'WORKDIR', '/srv', undefined],
      ['unchanged', 'CMD', '["sh"]', undefined],
      ['unchanged', 'ENV A', '1', undefined],
      ['modified', 'ENV B', '3', '2'],
      ['unchanged', 'ENV C', '', undefined],
      ['added', 'LABEL a', 'b', undefined],
      ['removed', 'USER', 'root', undefined],
    ]);
  });

  test('without a step below nothing counts as changed', () => {
    expect(configChanges(undefined, config({ User: 'me' }))).toEqual([
      { name: 'USER', value: 'me', status: 'unchanged' },
    ]);
  });
});

describe('a line of the Dockerfile', () => {
  const text = '# note\nFROM a\nRUN <<EOF\nset -e\n# inside\nEOF\nENV A=1 \\\n# between\n  B=2\n';
  const lines = text.split('\n');
  const kinds = lineKinds(lines, parse(text));

  test('is told apart for the colours', () => {
    const { other, instruction, comment, heredoc } = LineKind;
    expect([...kinds]).toEqual([
      comment,
      instruction,
      instruction,
      heredoc,
      heredoc,
      heredoc,
      instruction,
      comment,
      other,
      other,
    ]);
  });

  const row = (line: string, marks = NO_MARKS, isCurrent = false): string =>
    sourceRow(
      { line, number: 7, kind: LineKind.instruction, marks, isCurrent },
      { width: 40, focused: true, digits: 3 },
      theme,
    );

  test.each([
    ['RUN a', NO_MARKS, '      7  RUN a'],
    ['RUN a', { ...NO_MARKS, breakpoint: true, marked: true, state: '✓', lit: true }, ' ●✓   7 ┃RUN a'],
    ['RUN a', { ...NO_MARKS, marked: true, state: '⚡' }, ' ◆⚡  7  RUN a'],
    ['\tRUN\ta\r', NO_MARKS, '      7      RUN a'],
    ['RUN \x1b[31m', NO_MARKS, String.raw`      7  RUN \x1b[31m`],
  ])('%j has its gutter', (line, marks, shown) => {
    expect(plain(row(line, marks)).trimEnd()).toBe(shown);
    expect(plain(row(line, marks, true)).trimEnd()).toBe(`▌${shown.slice(1)}`);
  });

  test('is as wide as its pane, however long and strange it is', () => {
    for (const line of [
      'x'.repeat(10_000),
      '中'.repeat(60),
      `RUN ${'"\\'.repeat(5000)}`,
      '$'.repeat(100),
      '',
    ]) {
      expect(displayWidth(row(line))).toBe(40);
      expect(displayWidth(row(line, { ...NO_MARKS, state: '⚡', lit: true }, true))).toBe(40);
    }
  });
});

describe('steps', () => {
  const made = (text: string, ...statuses: BuildStep['status'][]): BuildStep[] =>
    parse(text).instructions.map(
      (instruction, index) =>
        ({
          id: `0.${index}`,
          stage: 0,
          index,
          instruction,
          isTrigger: false,
          status: statuses[index] ?? 'pending',
        }) as BuildStep,
    );
  const steps = made('FROM a\nRUN <<EOF\none\nEOF\nRUN two \\\n  three\n');

  test('know the lines that they take, heredocs and continuations included', () => {
    expect(steps.map((step) => placeOf(steps, step))).toEqual([
      { first: 1, last: 1 },
      { first: 2, last: 4 },
      { first: 5, last: 6 },
    ]);
    expect(stepsOnLine(steps, 4).map(({ id }) => id)).toEqual(['0.1']);
    expect(stepsOnLine(steps, 9)).toEqual([]);
  });

  test('that came with the base image stand where FROM does', () => {
    const trigger = { ...steps[2]!, id: '0.0+1', index: 0, isTrigger: true };
    const all = [steps[0]!, trigger, ...steps.slice(1)];
    expect(placeOf(all, trigger)).toEqual({ first: 1, last: 1 });
    expect(stepsOnLine(all, 1).map(({ id }) => id)).toEqual(['0.0', '0.0+1']);
  });

  test.each<[BuildStep['status'][], number, boolean, string | undefined]>([
    [[], 0, false, '0.0'],
    [['done', 'done'], 2, false, '0.1'],
    [['done', 'done'], 1, false, '0.0'],
    [['done', 'running'], 1, false, '0.1'],
    [['done', 'done', 'running'], 0, false, '0.2'],
    [['done', 'failed'], 1, false, '0.1'],
    [['done', 'failed'], 1, true, '0.0'],
    [['failed'], 0, true, '0.0'],
    [['done', 'done', 'done'], 3, false, '0.2'],
  ])('of %j at %i (past the failure: %s) %s is looked at', (statuses, position, past, id) => {
    const all = made('FROM a\nRUN b\nRUN c\n', ...statuses);
    expect(shownStep({ steps: all, position }, past)?.id).toBe(id);
  });

  test('there may be none', () => {
    expect(shownStep({ steps: [], position: 0 }, false)).toBeUndefined();
  });
});

describe('what several layers did together', () => {
  const three = stack(
    { 'etc/': {}, 'etc/kept': 'k', 'etc/conf': 'one', 'etc/old': 'o' },
    { 'etc/': {}, 'etc/conf': 'two', 'tmp/': {}, 'tmp/x': 'x' },
    { 'etc/': {}, 'etc/conf': 'one', 'etc/.wh.old': '', 'tmp/': {}, 'tmp/.wh.x': '', 'etc/new': 'n' },
  );
  const told = (from: number, upto: number): string[] => {
    const { nodes, status } = spanChanges(three, from, upto);
    return Array.from(nodes, (node, at) => `${'=AMD'[status[at]!]} ${pathText(three, node)}`).sort();
  };

  test('is their difference: what came and went is not in it, what is as it was is unchanged', () => {
    expect(told(0, 2)).toEqual(['= /etc', '= /etc/conf', 'A /etc/new', 'A /tmp', 'D /etc/old']);
    expect(told(0, 1)).toEqual(['= /etc', 'A /tmp', 'A /tmp/x', 'M /etc/conf']);
    expect(told(2, 2)).toEqual([]);
  });

  test('of one layer is what it did', () => {
    const { nodes, before, after, status, reason } = three.changes(1);
    expect(spanChanges(three, 0, 1)).toMatchObject({ nodes, before, after, status, reason });
  });

  test('from nothing on is everything that is there', () => {
    expect(told(-1, 2).filter((line) => line !== 'A /')).toEqual([
      'A /etc',
      'A /etc/conf',
      'A /etc/kept',
      'A /etc/new',
      'A /tmp',
    ]);
  });
});

describe('the line that a build is asked for with', () => {
  test.each([
    ['', { context: '.' }],
    ['app', { context: 'app' }],
    ['-t web:1 --tag=web:2 .', { context: '.', tags: ['web:1', 'web:2'] }],
    ['-f "My File" --no-cache dir', { context: 'dir', file: 'My File', noCache: true }],
    ['--target base --platform linux/arm64', { context: '.', target: 'base', platform: 'linux/arm64' }],
    [
      '--build-arg A=1=2 --build-arg B=',
      {
        context: '.',
        buildArgs: [
          ['A', '1=2'],
          ['B', ''],
        ],
      },
    ],
  ])('%s', (line, request) => {
    expect(parseBuildLine(line)).toEqual(request);
  });

  test.each([
    ['a b', 'there is one context'],
    ['-t', '-t needs a value'],
    ['--pull', 'there is no option --pull here'],
    ['--build-arg A', '--build-arg A is not NAME=VALUE'],
    ["'open", "a ' is not closed"],
  ])('%s is wrong', (line, reason) => {
    expect(() => parseBuildLine(line)).toThrow(`build image: ${reason}`);
  });
});

describe('rows looked at through a window', () => {
  test('follow the end until somebody scrolls back, and again from the end on', () => {
    const pane = new ScrollPane({ fromEnd: true });
    pane.resize(100, 10);
    expect(pane.top).toBe(90);
    pane.moveBy(-5);
    pane.resize(200, 10);
    expect(pane.top).toBe(85);
    pane.moveBy(1000);
    pane.resize(300, 10);
    expect(pane.top).toBe(290);
  });

  test('start at the top where they are read from there, and stay in bounds', () => {
    const pane = new ScrollPane({ fromEnd: false });
    pane.resize(30, 10);
    pane.moveBy(-3);
    expect(pane.top).toBe(0);
    pane.moveBy(100);
    expect(pane.top).toBe(20);
    pane.resize(12, 10);
    expect(pane.top).toBe(2);
    pane.reset();
    expect(pane.top).toBe(0);
  });
});

test.each([
  [100, 24],
  [120, 40],
  [200, 60],
])('the panes at %ix%i fill the screen and do not overlap', (columns, rows) => {
  for (const withDetails of [false, true]) {
    const size = { columns, rows };
    const boxes = Object.values(buildBoxes(size, withDetails)!).filter((box) => box !== undefined);
    const area = boxes.reduce((sum, { width, height }) => sum + width * height, 0);
    const body = panesBox(size);
    expect(area).toBe(body.width * body.height);
    for (const { x, height } of boxes) {
      expect(x % 2).toBe(0);
      expect(height).toBeGreaterThanOrEqual(5);
    }
  }
  expect(buildBoxes({ columns: 99, rows }, false)).toBeUndefined();
});
