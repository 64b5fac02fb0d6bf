import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ACTIONS, FIXED_ACTIONS, type ActionId } from '../../../src/tui/keymap/actions.ts';
import { BROWSE_SCOPES, type Scope } from '../../../src/tui/keymap/scopes.ts';
import { parseKeyName } from '../../../src/tui/keymap/key-name.ts';
import { makeKeymap } from '../../../src/tui/keymap/keymap.ts';
import { resolveKey } from '../../../src/tui/keymap/resolve.ts';

const SCOPES: readonly Scope[] = [...BROWSE_SCOPES, 'filter', 'palette', 'confirm'];
const { keymap: defaults } = makeKeymap();

function actionFor(key: string, scope: Scope, keymap = defaults): ActionId | undefined {
  return keymap.byScope.get(scope)?.get(key)?.id;
}

describe('the table of actions', () => {
  test('ids are noun.verb, and keys are names that the key reader uses', () => {
    for (const { id, keys } of ACTIONS) {
      expect(id).toMatch(/^[a-z]+\.[a-z]+(-[a-z]+)*$/);
      for (const key of keys) expect(parseKeyName(key)).toBe(key);
    }
  });

  test('one key has one meaning wherever letters command', () => {
    const meaning = new Map<string, string>();
    for (const { id, keys, scopes } of ACTIONS) {
      if (!scopes.some((scope) => (BROWSE_SCOPES as readonly Scope[]).includes(scope))) continue;
      for (const key of keys) {
        expect(`${key} ${meaning.get(key) ?? id}`).toBe(`${key} ${id}`);
        meaning.set(key, id);
      }
    }
    expect(meaning.size).toBeGreaterThan(50);
  });

  test('the defaults are free of conflicts', () => {
    expect(makeKeymap().warnings).toEqual([]);
    for (const { id, keys } of ACTIONS.filter((action) =>
      (action.scopes as readonly Scope[]).includes('tree'),
    )) {
      for (const key of keys) expect(actionFor(key, 'tree')).toBe(id);
    }
  });

  test('nothing that can be done needs a ctrl or alt chord or a function key', () => {
    const spare = new Set<ActionId>([
      // `G`, PgDn and friends move as well; q quits; the shell's own job control is the chord.
      ...(['half.down', 'half.up', 'app.suspend', 'app.interrupt', 'screen.redraw'] as const),
      ...(['text.clear', 'text.erase-word'] as const),
      // Inside of a container's terminal all letters are the container's.
      'terminal.leave',
    ]);
    for (const { id, keys } of ACTIONS) {
      if (keys.length === 0 || spare.has(id)) continue;
      expect(keys.some((key) => !/^(?:ctrl|alt)-|^f\d/.test(key)) ? id : `${id} has chords only`).toBe(id);
    }
  });

  test.each([
    ['j', 'cursor.down'],
    ['up', 'cursor.up'],
    ['space', 'page.down'],
    ['G', 'cursor.last'],
    [']', 'layer.next'],
    ['}', 'change.next'],
    ['.', 'unchanged.toggle'],
    ['b', 'blame.show'],
    ['y', 'item.copy'],
    ['?', 'help.open'],
    ['q', 'app.quit'],
  ] as const)('%s in the tree is %s', (key, id) => {
    expect(actionFor(key, 'tree')).toBe(id);
  });

  test('ctrl-c works in every scope', () => {
    for (const scope of SCOPES) expect(actionFor('ctrl-c', scope)).toBe('app.interrupt');
  });

  test('in text fields what prints is text', () => {
    for (const scope of ['filter', 'palette'] as const) {
      for (const key of ['j', 'q', '/', ':', 'space', 'é']) {
        expect(resolveKey(defaults, key, { scope })).toEqual({
          kind: 'text',
          text: key === 'space' ? ' ' : key,
        });
      }
      expect(actionFor('down', scope)).toBe('cursor.down');
      expect(actionFor('esc', scope)).toBe('view.back');
      expect(actionFor('enter', scope)).toBe('item.open');
      expect(actionFor('backspace', scope)).toBe('text.erase');
    }
  });

  test('a question is answered with y or n, and enter is no answer', () => {
    expect(actionFor('y', 'confirm')).toBe('question.accept');
    expect(actionFor('n', 'confirm')).toBe('question.refuse');
    expect(actionFor('esc', 'confirm')).toBe('question.refuse');
    expect(actionFor('enter', 'confirm')).toBeUndefined();
    expect(actionFor('D', 'confirm')).toBeUndefined();
  });
});

describe("the user's keys", () => {
  test('take the place of the defaults', () => {
    const { keymap, warnings } = makeKeymap({ 'layer.next': [']', 'é'], 'help.open': ['F2'] });
    expect(warnings).toEqual([]);
    expect(keymap.keysOf('layer.next')).toEqual([']', 'é']);
    expect(actionFor('é', 'tree', keymap)).toBe('layer.next');
    expect(actionFor('f2', 'images', keymap)).toBe('help.open');
    expect(actionFor('?', 'images', keymap)).toBeUndefined();
  });

  test('win over a default that has another key, quietly; one that is left without is told', () => {
    const quiet = makeKeymap({ 'layer.next': ['k'] });
    expect(quiet.warnings).toEqual([]);
    expect(actionFor('k', 'tree', quiet.keymap)).toBe('layer.next');
    expect(quiet.keymap.keysOf('cursor.up')).toEqual(['up']);
    const told = makeKeymap({ 'layer.next': ['x'] });
    expect(told.warnings).toEqual(['keys: entry.extract has no key left; it is still in the palette']);
  });

  test('an empty list takes the keys away', () => {
    const { keymap, warnings } = makeKeymap({ 'item.remove': [] });
    expect(warnings).toEqual([]);
    expect(actionFor('D', 'images', keymap)).toBeUndefined();
  });

  test('are checked', () => {
    const { keymap, warnings } = makeKeymap({
      'layer.nxet': [']'],
      'layer.next': ['ctrl-', 'jj', 'w', 'w'],
      'layer.previous': ['w'],
      'view.back': ['b'],
      'help.open': ['esc'],
      'bad\x1b[31m': ['x'],
    });
    expect(warnings).toEqual([
      'keys: there is no action layer.nxet',
      'keys: layer.next: ctrl- is no key',
      'keys: layer.next: jj is no key',
      'keys: view.back keeps its keys, so that there is always a way out',
      String.raw`keys: there is no action bad\x1b[31m`,
      'keys: layer.previous: w already means layer.next',
      'keys: help.open: esc already means view.back',
      'keys: wrap.toggle has no key left; it is still in the palette',
    ]);
    expect(actionFor('esc', 'tree', keymap)).toBe('view.back');
    expect(actionFor('w', 'tree', keymap)).toBe('layer.next');
  });

  test('whatever they are, one key has one meaning and the way out stays', () => {
    const ids = ACTIONS.map((action) => action.id);
    const keys = fc.constantFrom('j', 'q', 'esc', 'ctrl-c', 'enter', 'x', 'F1', 'Ctrl+X', '!!', '', 'space');
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...ids, 'no.such'), fc.array(keys, { maxLength: 3 }), { maxKeys: 8 }),
        (overrides) => {
          const { keymap } = makeKeymap(overrides);
          for (const scope of SCOPES) {
            expect(actionFor('ctrl-c', scope, keymap)).toBe('app.interrupt');
            const out = actionFor('esc', scope, keymap)!;
            expect(FIXED_ACTIONS.has(out)).toBe(true);
          }
          for (const key of ['j', 'x', 'q', 'f1', 'ctrl-x', 'space']) {
            const meanings = new Set(
              BROWSE_SCOPES.map((scope) => actionFor(key, scope, keymap)).filter(Boolean),
            );
            expect(meanings.size).toBeLessThanOrEqual(1);
          }
        },
      ),
    );
  });
});

describe('key names', () => {
  test.each([
    ['j', 'j'],
    ['G', 'G'],
    ['Escape', 'esc'],
    ['Return', 'enter'],
    ['PageUp', 'pgup'],
    [' ', 'space'],
    ['Ctrl+D', 'ctrl-d'],
    ['ctrl-alt-X', 'ctrl-alt-x'],
    ['shift-g', 'G'],
    ['Shift+Tab', 'shift-tab'],
    ['alt-x', 'alt-x'],
    ['-', '-'],
    ['+', '+'],
    ['ctrl--', 'ctrl--'],
    ['é', 'é'],
    ['jj', undefined],
    ['', undefined],
    ['hyper-x', undefined],
  ])('%j is %s', (text, key) => {
    expect(parseKeyName(text)).toBe(key);
  });
});

describe('where there is nothing for a key', () => {
  test.each([
    ['4', 'stack'],
    ['5', 'file'],
    ['+', 'file'],
    ['U', 'images'],
  ] as const)('%s has no meaning in %s', (key, scope) => {
    expect(actionFor(key, scope)).toBeUndefined();
  });
});
