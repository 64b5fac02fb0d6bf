// Which key does what where: the table of actions with the user's own keys laid over it.
import { safeText } from '../../lib/text.ts';
import { ACTIONS, FIXED_ACTIONS, type Action, type ActionId } from './actions.ts';
import { BROWSE_SCOPES, isTextScope, type Scope } from './scopes.ts';
import { keyText } from '../terminal/key-names.ts';
import { parseKeyName } from './key-name.ts';

export interface Keymap {
  readonly actions: readonly Action[];
  readonly byScope: ReadonlyMap<Scope, ReadonlyMap<string, Action>>;
  keysOf(id: ActionId): readonly string[];
}

export interface KeymapResult {
  readonly keymap: Keymap;
  /** What was wrong with the user's keys, one line each, safe to show. */
  readonly warnings: readonly string[];
}

/** `overrides` are `Settings.keys`: action id to the keys that shall trigger it instead of its own. */
export function makeKeymap(overrides: Readonly<Record<string, readonly string[]>> = {}): KeymapResult {
  const warnings: string[] = [];
  const wanted = readOverrides(overrides, warnings);
  const keys = new Map<ActionId, string[]>();
  // The user's keys first: a default that is in their way gives way.
  const taken = new Map<string, ActionId>();
  for (const [id, list] of wanted) keys.set(id, claim(actionOf(id), list, taken, warnings));
  for (const action of ACTIONS) {
    if (!wanted.has(action.id)) keys.set(action.id, claim(action, action.keys, taken));
  }
  warnLost(keys, wanted, warnings);
  return { keymap: indexKeys(keys), warnings };
}

function readOverrides(overrides: Readonly<Record<string, readonly string[]>>, warnings: string[]) {
  const wanted = new Map<ActionId, string[]>();
  for (const [id, list] of Object.entries(overrides)) {
    const action = ACTIONS.find((known) => known.id === id);
    if (!action) {
      warnings.push(`keys: there is no action ${safeText(id)}`);
    } else if (FIXED_ACTIONS.has(action.id)) {
      warnings.push(`keys: ${action.id} keeps its keys, so that there is always a way out`);
    } else {
      wanted.set(action.id, readKeys(action.id, list, warnings));
    }
  }
  return wanted;
}

function readKeys(id: ActionId, list: readonly string[], warnings: string[]): string[] {
  const keys: string[] = [];
  for (const text of list) {
    const key = parseKeyName(text);
    if (key === undefined) warnings.push(`keys: ${id}: ${safeText(text)} is no key`);
    else if (!keys.includes(key)) keys.push(key);
  }
  return keys;
}

/**
 * The keys of `list` that are still free for `action`. One key means one thing in all scopes where letters command;
 * text fields and questions are worlds of their own.
 */
function claim(
  action: Action,
  list: readonly string[],
  taken: Map<string, ActionId>,
  warnings?: string[],
): string[] {
  const worlds = worldsOf(action);
  return list.filter((key) => {
    const places = worlds.map((world) => `${world} ${key}`);
    const owner = places.map((place) => taken.get(place)).find((other) => other !== undefined);
    const fixed = fixedOwner(key, worlds);
    if (owner !== undefined || (fixed !== undefined && fixed !== action.id)) {
      warnings?.push(`keys: ${action.id}: ${key} already means ${owner ?? fixed}`);
      return false;
    }
    for (const place of places) taken.set(place, action.id);
    return true;
  });
}

function worldsOf(action: Action): string[] {
  return [...new Set(action.scopes.map(worldOf))];
}

function worldOf(scope: Scope): string {
  return (BROWSE_SCOPES as readonly Scope[]).includes(scope) ? 'browse' : scope;
}

function fixedOwner(key: string, worlds: readonly string[]): ActionId | undefined {
  return ACTIONS.find(
    (action) =>
      FIXED_ACTIONS.has(action.id) &&
      action.keys.includes(key) &&
      worldsOf(action).some((world) => worlds.includes(world)),
  )?.id;
}

function warnLost(
  keys: ReadonlyMap<ActionId, readonly string[]>,
  wanted: ReadonlyMap<ActionId, readonly string[]>,
  warnings: string[],
): void {
  for (const action of ACTIONS) {
    if (wanted.has(action.id) || action.keys.length === 0 || keys.get(action.id)!.length > 0) continue;
    warnings.push(`keys: ${action.id} has no key left; it is still in the palette`);
  }
}

function indexKeys(keys: ReadonlyMap<ActionId, readonly string[]>): Keymap {
  const byScope = new Map<Scope, Map<string, Action>>();
  for (const action of ACTIONS) {
    for (const scope of action.scopes) {
      const scoped = byScope.get(scope) ?? new Map<string, Action>();
      byScope.set(scope, scoped);
      for (const key of keys.get(action.id) ?? []) {
        if (!isTextScope(scope) || keyText(key) === undefined) scoped.set(key, action);
      }
    }
  }
  return { actions: ACTIONS, byScope, keysOf: (id) => keys.get(id) ?? [] };
}

function actionOf(id: ActionId): Action {
  return ACTIONS.find((action) => action.id === id)!;
}
