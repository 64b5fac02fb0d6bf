// The part of the table of actions that is about moving about.
import { type ActionShape, LISTS } from './action-shape.ts';
import { BROWSE_SCOPES } from './scopes.ts';

export const MOVE_ACTIONS = {
  'cursor.up': { title: 'up', group: 'Move', keys: ['up', 'k'], scopes: LISTS, keyOnly: true },
  'cursor.down': { title: 'down', group: 'Move', keys: ['down', 'j'], scopes: LISTS, keyOnly: true },
  'cursor.left': {
    title: 'collapse, or to the left',
    group: 'Move',
    keys: ['left', 'h'],
    scopes: BROWSE_SCOPES,
    keyOnly: true,
  },
  'cursor.right': {
    title: 'expand, or to the right',
    group: 'Move',
    keys: ['right', 'l'],
    scopes: BROWSE_SCOPES,
    keyOnly: true,
  },
  'cursor.first': {
    title: 'first row',
    group: 'Move',
    keys: ['g', 'home'],
    scopes: BROWSE_SCOPES,
    keyOnly: true,
  },
  'cursor.last': {
    title: 'last row',
    group: 'Move',
    keys: ['G', 'end'],
    scopes: BROWSE_SCOPES,
    keyOnly: true,
  },
  'page.down': {
    title: 'page down',
    group: 'Move',
    keys: ['pgdn', 'space', 'ctrl-f'],
    scopes: LISTS,
    keyOnly: true,
  },
  'page.up': { title: 'page up', group: 'Move', keys: ['pgup', 'ctrl-b'], scopes: LISTS, keyOnly: true },
  'half.down': {
    title: 'half a page down',
    group: 'Move',
    keys: ['ctrl-d'],
    scopes: BROWSE_SCOPES,
    keyOnly: true,
  },
  'half.up': {
    title: 'half a page up',
    group: 'Move',
    keys: ['ctrl-u'],
    scopes: BROWSE_SCOPES,
    keyOnly: true,
  },
  'pane.next': { title: 'next pane', group: 'Move', keys: ['tab'], scopes: BROWSE_SCOPES, keyOnly: true },
  'pane.previous': {
    title: 'previous pane',
    group: 'Move',
    keys: ['shift-tab'],
    scopes: BROWSE_SCOPES,
    keyOnly: true,
  },
  'item.open': {
    title: 'open',
    group: 'Move',
    keys: ['enter'],
    scopes: LISTS,
    needs: ['item'],
    keyOnly: true,
  },
  'view.back': { title: 'back', group: 'Move', keys: ['esc'], scopes: LISTS, keyOnly: true },
} as const satisfies Record<string, ActionShape>;
