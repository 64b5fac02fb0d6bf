import { describe, expect, test } from 'vitest';
import { parseLine } from '../../../src/tui/terminal/cells.ts';
import { INVERSE } from '../../../src/tui/terminal/pen.ts';
import { chooseDepth, chooseTheme } from '../../../src/tui/theme/choose.ts';
import {
  COLLAPSED,
  EXPANDED,
  GUTTER,
  GUTTER_NONE,
  MARKED,
  sizeBar,
  STATUS_LETTER,
} from '../../../src/tui/theme/glyphs.ts';
import { makePaint } from '../../../src/tui/theme/style.ts';
import { makeTheme, nextThemeName, THEME_NAMES, type Token } from '../../../src/tui/theme/theme.ts';
import { displayWidth } from '../../../src/tui/width.ts';

/** Colours and attributes of each cell, as a terminal would show them. */
function cells(text: string): string[] {
  const row = parseLine(text, displayWidth(text), 'truecolor');
  return row.text.map((character, x) => `${character} ${row.fg[x]} ${row.bg[x]} ${row.attributes[x]}`);
}

describe('paint', () => {
  test('is plain SGR that ends what it began', () => {
    expect(makePaint({ fg: 'red', bold: true })('x')).toBe('\x1b[1;31mx\x1b[22;39m');
    expect(makePaint({ bg: 'bright-blue' })('x')).toBe('\x1b[104mx\x1b[49m');
    expect(makePaint({})('x')).toBe('x');
    expect(makePaint({ bold: true })('')).toBe('');
  });

  test('a piece inside does not end what is around it', () => {
    const outer = makePaint({ inverse: true, fg: 'red', bold: true });
    const inner = makePaint({ fg: 'green', dim: true });
    const around = cells(outer('a'))[0]!.slice(1);
    const [a, b, c] = cells(outer(`a${inner('b')}c`));
    expect(a).toBe(`a${around}`);
    expect(c).toBe(`c${around}`);
    expect(b).toMatch(/^b 3 0/);
    expect(cells(outer('a\x1b[0mb'))[1]).toBe(`b${around}`);
    expect(cells(outer('a\x1b[mb'))[1]).toBe(`b${around}`);
  });
});

describe('themes', () => {
  test.each(THEME_NAMES)('%s uses the 16 colours of the terminal at most', (name) => {
    const { name: _, ...paints } = makeTheme(name);
    for (const paint of Object.values(paints)) {
      expect(paint('x')).toMatch(
        /^(?:\x1b\[(?:[1-9]|[39][0-7]|4[0-7]|10[0-7])(?:;(?:[1-9]|[39][0-7]|4[0-7]|10[0-7]))*m)?x/,
      );
      expect(paint('x')).not.toMatch(/\x1b\[[0-9;]*(?:38|48);/);
    }
  });

  test('without colour there is none', () => {
    const { name: _, ...paints } = makeTheme('none');
    for (const paint of Object.values(paints)) {
      expect(cells(paint('x'))[0]).toMatch(/^x 0 0 \d+$/);
    }
  });

  test.each(THEME_NAMES)('in %s the selection is inverse, whatever the row is made of', (name) => {
    const theme = makeTheme(name);
    const row = theme.selection(
      `${GUTTER}${theme.added('A')} ${theme.directory('etc')} ${theme.muted('12 kB')}`,
    );
    const { attributes } = parseLine(row, displayWidth(row), '16');
    expect([...attributes].every((bits) => (bits & INVERSE) !== 0)).toBe(true);
  });

  test.each(THEME_NAMES)('in %s the selection of another pane differs from an ordinary row', (name) => {
    const theme = makeTheme(name);
    expect(theme.selectionIdle('x')).not.toBe('x');
    expect(theme.selectionIdle('x')).not.toBe(theme.selection('x'));
  });

  test('the light theme has nothing that cannot be read on white', () => {
    const { name: _, ...paints } = makeTheme('light');
    for (const [token, paint] of Object.entries(paints) as [Token, (text: string) => string][]) {
      expect(`${token} ${paint('x')}`).not.toMatch(/\x1b\[(?:[0-9;]*;)?(?:33|37|9[1-7])[;m]/);
    }
  });

  test('follow each other in a circle', () => {
    expect(THEME_NAMES.map(nextThemeName)).toEqual(['light', 'high-contrast', 'none', 'dark']);
  });
});

describe('the choice', () => {
  test.each([
    [{ TERM: 'xterm-256color', COLORTERM: 'truecolor' }, 'truecolor'],
    [{ TERM: 'xterm-256color' }, '256'],
    [{ TERM: 'xterm' }, '16'],
    [{ TERM: 'linux' }, '16'],
    [{ TERM: 'tmux-256color' }, '256'],
    [{ TERM: 'xterm-direct' }, 'truecolor'],
    [{ TERM: 'dumb' }, 'none'],
    [{}, 'none'],
    [{ TERM: 'vt100' }, 'none'],
    [{ TERM: 'xterm-256color', NO_COLOR: '1' }, 'none'],
    [{ TERM: 'xterm-256color', NO_COLOR: '' }, '256'],
    [{ TERM: 'xterm', FORCE_COLOR: '0' }, 'none'],
    [{ TERM: 'xterm', FORCE_COLOR: '3' }, 'truecolor'],
    [{ TERM: 'dumb', FORCE_COLOR: '1' }, '16'],
    [{ TERM: 'xterm', FORCE_COLOR: '2', NO_COLOR: '1' }, '256'],
  ])('of depth for %j is %s', (env, depth) => {
    expect(chooseDepth(env)).toBe(depth);
  });

  test.each([
    ['auto', '16', {}, 'dark'],
    ['auto', '16', { COLORFGBG: '0;15' }, 'light'],
    ['auto', '16', { COLORFGBG: '0;default;7' }, 'light'],
    ['auto', '16', { COLORFGBG: '15;0' }, 'dark'],
    ['auto', '16', { COLORFGBG: 'x' }, 'dark'],
    ['light', '16', { COLORFGBG: '15;0' }, 'light'],
    ['high-contrast', 'none', {}, 'none'],
    ['none', 'truecolor', {}, 'none'],
  ] as const)('of theme for %s with %s colours and %j is %s', (setting, depth, env, theme) => {
    expect(chooseTheme(setting, depth, env)).toBe(theme);
  });
});

describe('glyphs', () => {
  test('are one column wide', () => {
    for (const glyph of [GUTTER, GUTTER_NONE, EXPANDED, COLLAPSED, MARKED, ...Object.values(STATUS_LETTER)]) {
      expect(displayWidth(glyph)).toBe(1);
    }
  });

  test.each([
    [0, 100, 4, '    '],
    [1, 1_000_000, 4, '▏   '],
    [50, 100, 4, '██  '],
    [100, 100, 4, '████'],
    [500, 100, 4, '████'],
    [31, 100, 4, '█▎  '],
    [5, 0, 4, '    '],
    [Number.NaN, 5, 2, '  '],
    [5, 5, 0, ''],
  ])('a bar for %s of %s in %s columns is %j', (value, max, columns, bar) => {
    expect(sizeBar(value, max, columns)).toBe(bar);
  });
});
