// The one table of what can be done by key: dispatch, footer, help, palette, docs and the user's own keys all come
// from it. Ids are `noun.verb`. No action needs a ctrl or alt chord: those that have one have another way too.
import type { ActionShape } from './action-shape.ts';
import { BUILD_ACTIONS } from './build-actions.ts';
import { CONTAINER_ACTIONS } from './container-actions.ts';
import { IMAGE_ACTIONS } from './image-actions.ts';
import { MOVE_ACTIONS } from './move-actions.ts';
import { REGISTRY_ACTIONS } from './registry-actions.ts';
import { TEXT_ACTIONS } from './text-actions.ts';
import { TREE_ACTIONS } from './tree-actions.ts';
import { VIEW_ACTIONS } from './view-actions.ts';

/** In the order of the help screen. */
const table = {
  ...MOVE_ACTIONS,
  ...TREE_ACTIONS,
  ...IMAGE_ACTIONS,
  ...REGISTRY_ACTIONS,
  ...CONTAINER_ACTIONS,
  ...BUILD_ACTIONS,
  ...VIEW_ACTIONS,
  ...TEXT_ACTIONS,
} as const satisfies Record<string, ActionShape>;

export type ActionId = keyof typeof table;

/** What keys do somewhere. */
export type Handlers = Partial<Record<ActionId, () => void>>;

export interface Action extends ActionShape {
  readonly id: ActionId;
}

export const ACTIONS: readonly Action[] = (Object.keys(table) as ActionId[]).map((id) => ({
  id,
  ...table[id],
}));

/** Keys that no setting takes away: a way out must remain. */
export const FIXED_ACTIONS: ReadonlySet<ActionId> = new Set([
  'app.interrupt',
  'view.back',
  'question.refuse',
]);
