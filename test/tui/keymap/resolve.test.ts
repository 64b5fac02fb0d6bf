import { describe, expect, test } from 'vitest';
import type { Scope } from '../../../src/tui/keymap/scopes.ts';
import { makeKeymap } from '../../../src/tui/keymap/keymap.ts';
import { resolveKey, resolveKeys, type Press } from '../../../src/tui/keymap/resolve.ts';

const { keymap } = makeKeymap();

interface State {
  readonly scope: Scope;
  readonly filter: string;
  readonly log: readonly string[];
}

function apply(state: State, press: Press): State {
  if (press.kind === 'text') return { ...state, filter: state.filter + press.text };
  const log = [...state.log, press.kind === 'unbound' ? `? ${press.key}` : press.id];
  if (press.kind !== 'action') return { ...state, log };
  if (press.id === 'filter.edit') return { ...state, scope: 'filter', log };
  if (press.id === 'view.back' || press.id === 'item.open') return { ...state, scope: 'tree', log };
  return { ...state, log };
}

function press(keys: readonly string[], scope: Scope = 'tree'): State {
  return resolveKeys(
    keymap,
    keys,
    { scope, filter: '', log: [] },
    (state) => ({ scope: state.scope }),
    apply,
  );
}

describe('a batch of keys', () => {
  test('every key counts, in order', () => {
    expect(press(['j', 'j', 'down', 'G', 'k']).log).toEqual([
      'cursor.down',
      'cursor.down',
      'cursor.down',
      'cursor.last',
      'cursor.up',
    ]);
  });

  test('a key may change what the next ones mean', () => {
    const state = press(['j', '/', 'j', 'q', 'space', 'é', 'enter', 'j']);
    expect(state.filter).toBe('jq é');
    expect(state.log).toEqual(['cursor.down', 'filter.edit', 'item.open', 'cursor.down']);
  });

  test('ESC and the next key that arrived as one alt chord are both honoured', () => {
    expect(press(['/', 'x', 'alt-j']).log).toEqual(['filter.edit', 'view.back', 'cursor.down']);
    expect(press(['alt-enter']).log).toEqual(['view.back', 'item.open']);
    expect(press(['alt-up']).log).toEqual(['? alt-up']);
  });

  test('an alt chord that the user has bound is left whole', () => {
    const own = makeKeymap({ 'layer.next': ['alt-j'] }).keymap;
    expect(
      resolveKeys(
        own,
        ['alt-j'],
        { scope: 'tree', filter: '', log: [] } as State,
        (state) => ({ scope: state.scope }),
        apply,
      ).log,
    ).toEqual(['layer.next']);
  });

  test('unknown keys are told, not guessed', () => {
    expect(press(['ctrl-x', 'f9']).log).toEqual(['? ctrl-x', '? f9']);
  });
});

describe('what cannot be done now', () => {
  test('says why', () => {
    expect(resolveKey(keymap, 'D', { scope: 'images', facts: { 'writable-store': false } })).toEqual({
      kind: 'disabled',
      id: 'item.remove',
      title: 'delete (asks first)',
      reason: 'the store is read-only',
    });
    expect(resolveKey(keymap, 'D', { scope: 'images', facts: { 'writable-store': true } })).toEqual({
      kind: 'action',
      id: 'item.remove',
    });
  });
});
