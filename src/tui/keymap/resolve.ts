// From keys to what they ask for. Pure: the app folds the result into its state.
import { keyText } from '../terminal/key-names.ts';
import type { Action, ActionId } from './actions.ts';
import type { Keymap } from './keymap.ts';
import { isTextScope, NEEDS, type Need, type Scope } from './scopes.ts';

/** Where the keys go, and what is not there. A need that is not mentioned is met. */
export interface KeyContext {
  readonly scope: Scope;
  readonly facts?: Facts;
}

export type Facts = Readonly<Partial<Record<Need, boolean>>>;

export type Press =
  | { readonly kind: 'action'; readonly id: ActionId }
  /** `reason` says why not. */
  | { readonly kind: 'disabled'; readonly id: ActionId; readonly title: string; readonly reason: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'unbound'; readonly key: string };

/** Why the action cannot be done now; undefined when it can. */
export function disabledReason(action: Action, facts: Facts = {}): string | undefined {
  const missing = action.needs?.find((need) => facts[need] === false);
  return missing && NEEDS[missing];
}

export function resolveKey(keymap: Keymap, key: string, { scope, facts }: KeyContext): Press {
  const text = isTextScope(scope) ? keyText(key) : undefined;
  if (text !== undefined) return { kind: 'text', text };
  const action = keymap.byScope.get(scope)?.get(key);
  if (!action) return { kind: 'unbound', key };
  const reason = disabledReason(action, facts);
  return reason === undefined
    ? { kind: 'action', id: action.id }
    : { kind: 'disabled', id: action.id, title: action.title, reason };
}

/**
 * Folds a batch of keys into `state`, one after the other: a key may change what the next one means (`/` and then
 * letters), so `look` is asked before each.
 */
export function resolveKeys<State>(
  keymap: Keymap,
  keys: readonly string[],
  state: State,
  look: (state: State) => KeyContext,
  apply: (state: State, press: Press) => State,
): State {
  let now = state;
  for (const key of keys) {
    for (const single of splitAlt(keymap, key, look(now).scope)) {
      now = apply(now, resolveKey(keymap, single, look(now)));
    }
  }
  return now;
}

/** Over a slow link ESC and the next key may arrive together and look like alt: unless bound, they are two keys. */
function splitAlt(keymap: Keymap, key: string, scope: Scope): readonly string[] {
  if (!key.startsWith('alt-') || keymap.byScope.get(scope)?.has(key)) return [key];
  const rest = key.slice('alt-'.length);
  // `alt-up` is one key that was pressed with alt held, never two.
  return rest.length === 1 || keyText(rest) !== undefined || rest === 'enter' ? ['esc', rest] : [key];
}
