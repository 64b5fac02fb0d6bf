// The part of the table of actions that is about what is shown, what is found, and phyllo itself.
import {
  type ActionShape,
  EVERYWHERE,
  EXPLORE,
  OUTSIDE,
  PANES,
  STACKS,
  TILED,
  TREES,
} from './action-shape.ts';
import { BROWSE_SCOPES } from './scopes.ts';

export const VIEW_ACTIONS = {
  'details.toggle': {
    title: 'details',
    group: 'View',
    keys: ['i'],
    scopes: ['images', 'containers', ...PANES, ...OUTSIDE],
  },
  'order.next': {
    title: 'sort by the next column',
    group: 'View',
    keys: ['o'],
    scopes: ['images', ...STACKS, ...TREES, 'comparison', 'bloat'],
  },
  'order.reverse': {
    title: 'sort the other way round',
    group: 'View',
    keys: ['O'],
    scopes: ['images', ...STACKS, ...TREES, 'comparison'],
  },
  'pane.zoom': { title: 'this pane alone, or all', group: 'View', keys: ['+'], scopes: TILED },
  'item.copy': {
    title: 'copy its name or path',
    group: 'View',
    keys: ['y'],
    scopes: ['images', 'containers', ...EXPLORE, 'source', 'comparison', 'difference', 'bloat', ...OUTSIDE],
    needs: ['item'],
  },
  'theme.next': { title: 'next theme', group: 'View', keys: [], scopes: BROWSE_SCOPES },
  'mouse.toggle': { title: 'mouse on or off', group: 'View', keys: [], scopes: BROWSE_SCOPES },

  'filter.edit': {
    title: 'filter',
    group: 'Find',
    keys: ['/'],
    scopes: BROWSE_SCOPES,
    needs: ['text', 'filter'],
  },
  'match.next': {
    title: 'next match',
    group: 'Find',
    keys: ['n'],
    scopes: BROWSE_SCOPES,
    needs: ['matches'],
  },
  'match.previous': {
    title: 'previous match',
    group: 'Find',
    keys: ['N'],
    scopes: BROWSE_SCOPES,
    needs: ['matches'],
  },

  'palette.open': { title: 'commands', group: 'Phyllo', keys: [':'], scopes: BROWSE_SCOPES, keyOnly: true },
  'help.open': { title: 'keys', group: 'Phyllo', keys: ['?', 'f1'], scopes: BROWSE_SCOPES },
  'screen.redraw': { title: 'draw the screen again', group: 'Phyllo', keys: ['ctrl-l'], scopes: EVERYWHERE },
  'app.suspend': {
    title: 'to the shell, `fg` comes back',
    group: 'Phyllo',
    keys: ['ctrl-z'],
    scopes: EVERYWHERE,
  },
  'app.quit': { title: 'quit', group: 'Phyllo', keys: ['q'], scopes: BROWSE_SCOPES },
  'app.interrupt': {
    title: 'quit at once',
    group: 'Phyllo',
    keys: ['ctrl-c'],
    scopes: EVERYWHERE,
    keyOnly: true,
  },
} as const satisfies Record<string, ActionShape>;
