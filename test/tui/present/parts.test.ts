// The small pieces that rows are made of.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Reason } from '../../../src/tree/stack-index.ts';
import { octal, ownerText, timeText, typeName } from '../../../src/tui/present/attributes.ts';
import { fieldLine, headerLine } from '../../../src/tui/present/frame.ts';
import { hexRows } from '../../../src/tui/present/hex-rows.ts';
import { paneView, tabTitle } from '../../../src/tui/present/pane.ts';
import { reasonNames, reasonText } from '../../../src/tui/present/reasons.ts';
import { fieldLines, wrapText } from '../../../src/tui/present/wrap.ts';
import { sizeBar } from '../../../src/tui/theme/glyphs.ts';
import { makeTheme } from '../../../src/tui/theme/theme.ts';
import { displayWidth } from '../../../src/tui/width.ts';
import { layer } from '../../support/layers.ts';

const theme = makeTheme('none');
const plain = (text: string): string => text.replace(/\x1b\[[0-9;]*m/g, '');

test('owner, type, time and octal mode', () => {
  const tree = layer({ one: { uid: 1000, gid: 50 }, 'two/': {} });
  expect(ownerText(tree, 1)).toBe('1000:50');
  expect(typeName(tree, 2)).toBe('directory');
  expect(timeText(1_713_772_800)).toBe('2024-04-22 08:00');
  expect(timeText(-62_135_596_800 * 1000)).toBe('no valid time');
  expect(octal(0o644)).toBe('0644');
});

test('what is typed is seen however long the label before it is', () => {
  const field = { text: 'mine/app:1', caret: 10 };
  const { line, caret } = fieldLine(`another name for ${'long'.repeat(40)}:`, field, 80, theme);
  expect(displayWidth(line)).toBe(80);
  expect(plain(line).slice(0, caret)).toMatch(/^ another name for long.*… mine\/app:1$/);
});

test('a header gives its summary what the crumbs leave', () => {
  const summary = '▲ running · R/W 104.3 MB, 100 % unchanged';
  expect(plain(headerLine(['containers', 'web'], summary, 80, theme))).toMatch(
    /containers › web .*unchanged $/,
  );
  expect(displayWidth(headerLine(['containers', 'w'.repeat(90)], summary, 80, theme))).toBe(80);
});

describe('why a path counts as modified', () => {
  const at = (mode: number, uid = 0) => ({ layer: 0, tree: layer({ file: { mode, uid } }), node: 1 });

  test('names mode and owner with what they were and are', () => {
    expect(reasonText(Reason.mode, at(0o644), at(0o600))).toBe('mode 0644→0600');
    expect(reasonText(Reason.owner | Reason.content, at(0o644), at(0o644, 33))).toBe(
      'content, owner 0:0→33:0',
    );
  });

  test('leaves the time out where there is another reason', () => {
    expect(reasonText(Reason.mtime, at(0o644), at(0o644))).toBe('mtime');
    expect(reasonText(Reason.mtime | Reason.xattr, at(0o644), at(0o644))).toBe('xattr');
    expect(reasonNames(Reason.mtime | Reason.xattr)).toEqual(['xattr', 'mtime']);
  });

  test('tells contents that were never compared', () => {
    expect(reasonNames(Reason.contentUnknown)).toEqual(['content?']);
  });
});

describe('wrapped text', () => {
  test.each<[string, number, string[]]>([
    ['one two three', 7, ['one two', 'three']],
    ['longerthanthat x', 6, ['longer', 'thanth', 'at x']],
    ['中文字', 4, ['中文', '字']],
    ['', 5, ['']],
    ['x', 0, []],
  ])('%j in %i columns', (text, width, lines) => {
    expect(wrapText(text, width)).toEqual(lines);
  });

  test('loses nothing but blanks, and no line is too wide', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'bc', ' ', '中', '/'), maxLength: 60 }),
        fc.integer({ min: 2, max: 30 }),
        (text, width) => {
          const lines = wrapText(text, width);
          for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
          expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
        },
      ),
    );
  });

  test('a field has its value in a column of its own', () => {
    expect(fieldLines({ label: 'stored', value: 'one two three' }, 20, (text) => text)).toEqual([
      'stored      one two',
      '            three',
    ]);
  });
});

describe('bytes', () => {
  const data = Uint8Array.from({ length: 20 }, (_, byte) => byte + 0x58);

  test('are rows of sixteen with their characters; the last row is padded', () => {
    expect(hexRows(data, 0x40, 80, theme).map(plain)).toEqual([
      ' 00000040  58 59 5a 5b 5c 5d 5e 5f  60 61 62 63 64 65 66 67  |XYZ[\\]^_`abcdefg|',
      ' 00000050  68 69 6a 6b                                       |hijk|',
    ]);
  });

  test('go without a margin at 78 columns, and without characters below', () => {
    expect(plain(hexRows(data, 0, 78, theme)[0]!)).toMatch(/^00000000 .*\|$/);
    expect(plain(hexRows(data, 0, 77, theme)[0]!)).toMatch(/^00000000 .* 67 *$/);
  });

  test('beyond 4 GiB have longer offsets', () => {
    expect(plain(hexRows(data, 0x1_0000_0000, 80, theme)[0]!)).toContain('100000000  58');
  });
});

describe('a pane', () => {
  const box = { x: 0, y: 0, width: 24, height: 4 };
  const view = (content: object): string[] =>
    paneView(
      { id: 'p', box, title: 'Title', focused: true, rows: ['one', 'two', 'three'], ...content },
      theme,
    ).lines.map(plain);

  test('has its title, note, rows and place within its borders', () => {
    expect(view({ note: '3 A', place: '1 of 3' })).toEqual([
      '┌ Title ────────── 3 A ┐',
      '│one                   │',
      '│two                   │',
      '└───────────── 1 of 3 ─┘',
    ]);
  });

  test('cuts a title or a note that is too long with a mark, and leaves out a place that is', () => {
    const [top, , , bottom] = view({
      title: 'A title that is far too long',
      note: 'note',
      place: 'x'.repeat(30),
    });
    expect(top).toBe('┌ A title that is far… ┐');
    expect(bottom).toBe('└──────────────────────┘');
    expect(view({ note: 'a note that is too long' })[0]).toMatch(/^┌ Title ─ a note that… ┐$/);
  });

  test('is exactly as large as its box, whatever is in it', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '中', 'e\u0301', '─', ' '), maxLength: 60 });
    fc.assert(
      fc.property(
        text,
        text,
        text,
        fc.array(text, { maxLength: 8 }),
        fc.integer({ min: 4, max: 60 }),
        fc.integer({ min: 2, max: 9 }),
        (title, note, place, rows, width, height) => {
          const { lines } = paneView(
            { id: 'p', box: { x: 0, y: 0, width, height }, title, note, place, focused: false, rows },
            theme,
          );
          expect(lines).toHaveLength(height);
          for (const line of lines) expect(displayWidth(line)).toBe(width);
        },
      ),
    );
  });

  test('tabs are numbered as the keys that go to them', () => {
    expect(
      plain(
        tabTitle(
          [
            { title: 'Layers', current: true },
            { title: 'Files', current: false },
          ],
          theme,
        ),
      ),
    ).toBe('1 Layers  2 Files');
  });
});

test.each<[number, number, number, string]>([
  [0, 100, 4, '    '],
  [1, 1e9, 4, '▏   '],
  [50, 100, 4, '██  '],
  [100, 100, 4, '████'],
  [200, 100, 4, '████'],
  [5, 0, 4, '    '],
  [5, 5, 0, ''],
])('a bar for %i of %i in %i columns', (value, max, columns, bar) => {
  expect(sizeBar(value, max, columns)).toBe(bar);
});
