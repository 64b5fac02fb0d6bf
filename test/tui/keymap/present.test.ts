import { describe, expect, test } from 'vitest';
import { ACTIONS } from '../../../src/tui/keymap/actions.ts';
import { BROWSE_SCOPES, type Need, type Scope } from '../../../src/tui/keymap/scopes.ts';
import { makeKeymap } from '../../../src/tui/keymap/keymap.ts';
import { footerHints, helpRows, keysMarkdown, paletteRows } from '../../../src/tui/keymap/present.ts';

const { keymap } = makeKeymap();
const NOTHING: Partial<Record<Need, boolean>> = {
  item: false,
  image: false,
  'image-in-store': false,
  index: false,
  file: false,
  'older-version': false,
  matches: false,
  changes: false,
};

describe('footer hints', () => {
  test.each([...BROWSE_SCOPES, 'filter', 'palette'] as const)('%s has 4 to 6', (scope: Scope) => {
    const hints = footerHints(keymap, { scope });
    expect(hints.length).toBeGreaterThanOrEqual(4);
    expect(hints.length).toBeLessThanOrEqual(6);
    for (const { keys, label } of hints) {
      expect(keys).not.toBe('');
      expect(label).toMatch(/^[a-z]+( [a-z]+)*$/);
    }
  });

  test('pairs share one label, and the keys are those that are bound', () => {
    expect(footerHints(keymap, { scope: 'tree' })[0]).toEqual({ keys: '[ ]', label: 'layer' });
    const own = makeKeymap({ 'layer.next': ['é'], 'layer.previous': ['ctrl-p'] }).keymap;
    expect(footerHints(own, { scope: 'tree' })[0]).toEqual({ keys: 'ctrl-p é', label: 'layer' });
  });

  test('what cannot be done now is left out', () => {
    const labels = footerHints(keymap, { scope: 'images', facts: { ...NOTHING } }).map((hint) => hint.label);
    expect(labels).not.toContain('open');
    expect(labels).toContain('samples');
  });

  test('in a text field only keys that are no text are named', () => {
    expect(footerHints(keymap, { scope: 'filter' })[2]).toEqual({ keys: '↓ ↑', label: 'move' });
  });
});

describe('help', () => {
  test('shows every key of the screen, and only those', () => {
    const rows = helpRows(keymap, { scope: 'file' }).flatMap((group) => group.rows);
    const ids = rows.map((row) => row.id);
    expect(ids).toContain('hex.toggle');
    expect(ids).not.toContain('item.remove');
    expect(new Set(ids).size).toBe(ids.length);
    expect(rows.every((row) => row.keys !== '')).toBe(true);
    expect(rows.find((row) => row.id === 'cursor.up')!.keys).toBe('↑ k');
  });
});

describe('palette', () => {
  test('has every action of the screen that is more than a key, also without one', () => {
    const rows = paletteRows(keymap, { scope: 'tree' });
    expect(rows.find((row) => row.id === 'theme.next')).toMatchObject({ keys: '', disabled: undefined });
    expect(rows.find((row) => row.id === 'cursor.up')).toBeUndefined();
    expect(rows.find((row) => row.id === 'image.load')).toBeUndefined();
  });

  test('what cannot be done comes last, with the reason', () => {
    const rows = paletteRows(keymap, { scope: 'tree', facts: NOTHING });
    const firstDisabled = rows.findIndex((row) => row.disabled !== undefined);
    expect(firstDisabled).toBeGreaterThan(0);
    expect(rows.slice(firstDisabled).every((row) => row.disabled !== undefined)).toBe(true);
    expect(rows.find((row) => row.id === 'entry.extract')!.disabled).toBe('nothing is selected');
  });
});

describe('the table for the documentation', () => {
  const markdown = keysMarkdown(keymap);

  test('has a row for every action', () => {
    for (const { id } of ACTIONS) expect(markdown).toContain(`| \`${id}\` |`);
    expect(markdown).toContain(
      '| `PgUp` `ctrl-b` | page up | images, stack, tree, file, containers, live-stack, live-tree, shell, events, commit, source, output, build-stack, build-tree, comparison, difference, bloat, transfers, registry, help, filter, palette | `page.up` |',
    );
  });

  test('is well-formed', () => {
    for (const line of markdown.split('\n').filter((text) => text.startsWith('|'))) {
      expect(line.split(/(?<!\\)\|/)).toHaveLength(6);
    }
  });
});
