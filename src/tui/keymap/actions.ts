// The one table of what can be done by key: dispatch, footer, help, palette, docs and the user's own keys all come
// from it. Ids are `noun.verb`. No action needs a ctrl or alt chord: those that have one have another way too.

import {
  type ActionShape,
  CONTAINERS,
  EVERYWHERE,
  EXPLORE,
  LISTS,
  PANES,
  STACKS,
  TREES,
} from './action-shape.ts';
import { CONTAINER_ACTIONS } from './container-actions.ts';
import { BROWSE_SCOPES, TEXT_SCOPES } from './scopes.ts';

const table = {
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

  'layer.next': {
    title: 'next layer',
    group: 'Layers',
    keys: [']'],
    scopes: EXPLORE,
    needs: ['upper-layer'],
  },
  'layer.previous': {
    title: 'previous layer',
    group: 'Layers',
    keys: ['['],
    scopes: EXPLORE,
    needs: ['lower-layer'],
  },
  'layers.focus': { title: 'go to the layers', group: 'Layers', keys: ['1'], scopes: PANES },
  'files.focus': { title: 'go to the files', group: 'Layers', keys: ['2'], scopes: PANES },
  'details.focus': { title: 'go to the details', group: 'Layers', keys: ['3'], scopes: PANES },
  'metadata.toggle': {
    title: 'show or hide instructions that made no layer',
    group: 'Layers',
    keys: ['z'],
    scopes: [...STACKS, ...TREES],
  },

  'changes.show': {
    title: 'changes of this layer',
    group: 'Files',
    keys: ['c'],
    scopes: [...STACKS, ...TREES],
  },
  'squashed.show': {
    title: 'all files up to this layer',
    group: 'Files',
    keys: ['s'],
    scopes: [...STACKS, ...TREES],
    needs: ['index'],
  },
  'flat.show': {
    title: 'changes as a list by size',
    group: 'Files',
    keys: ['f'],
    scopes: [...STACKS, ...TREES],
  },
  'change.next': { title: 'next change', group: 'Files', keys: ['}'], scopes: EXPLORE, needs: ['changes'] },
  'change.previous': {
    title: 'previous change',
    group: 'Files',
    keys: ['{'],
    scopes: EXPLORE,
    needs: ['changes'],
  },
  'added.toggle': { title: 'show or hide added', group: 'Files', keys: ['a'], scopes: [...STACKS, ...TREES] },
  'modified.toggle': {
    title: 'show or hide modified',
    group: 'Files',
    keys: ['m'],
    scopes: [...STACKS, ...TREES],
  },
  'removed.toggle': {
    title: 'show or hide removed',
    group: 'Files',
    keys: ['r'],
    scopes: [...STACKS, ...TREES],
  },
  'unchanged.toggle': {
    title: 'show or hide unchanged',
    group: 'Files',
    keys: ['.', 'u'],
    scopes: [...STACKS, ...TREES],
  },
  'tree.expand': {
    title: 'expand everything below',
    group: 'Files',
    keys: ['='],
    scopes: [...TREES, 'images', 'commit'],
  },
  'tree.collapse': {
    title: 'collapse everything',
    group: 'Files',
    keys: ['-'],
    scopes: [...TREES, 'images', 'commit'],
  },
  'parent.select': {
    title: 'to the directory above',
    group: 'Files',
    keys: ['backspace'],
    scopes: TREES,
    keyOnly: true,
  },
  'attributes.toggle': {
    title: 'show or hide mode, owner and time',
    group: 'Files',
    keys: ['A'],
    scopes: [...STACKS, ...TREES],
  },
  'blame.show': {
    title: 'which layers touched this path',
    group: 'Files',
    keys: ['b'],
    scopes: [...TREES, 'file'],
    needs: ['item', 'index'],
  },
  'diff.toggle': {
    title: 'difference to the version below',
    group: 'Files',
    keys: ['d'],
    scopes: [...TREES, 'file'],
    needs: ['item', 'index', 'older-version'],
  },
  'entry.extract': {
    title: 'extract to disk',
    group: 'Files',
    keys: ['x'],
    scopes: [...TREES, 'file'],
    needs: ['item', 'index'],
  },
  'hex.toggle': { title: 'text or hex', group: 'Files', keys: ['X'], scopes: ['file'], needs: ['file'] },
  'wrap.toggle': { title: 'wrap long lines', group: 'Files', keys: ['w'], scopes: ['file'] },

  'arrangement.toggle': {
    title: 'list, or tree of shared layers',
    group: 'Images',
    keys: ['t'],
    scopes: ['images'],
  },
  'item.mark': {
    title: 'mark; in a commit, leave out or take along',
    group: 'Images',
    keys: ['v'],
    scopes: ['images', 'containers', 'commit'],
    needs: ['image', 'container', 'item'],
  },
  'item.name': {
    title: 'give it another name',
    group: 'Images',
    keys: ['T'],
    scopes: ['images', 'stack', 'commit', ...CONTAINERS],
    needs: ['image', 'container', 'image-in-store', 'writable-store'],
  },
  'item.remove': {
    title: 'delete (asks first)',
    group: 'Images',
    keys: ['D'],
    scopes: ['images', ...CONTAINERS],
    needs: ['image', 'container', 'image-in-store', 'writable-store'],
  },
  'image.run': {
    title: 'run a container of it',
    group: 'Images',
    keys: ['R'],
    scopes: ['images', 'stack'],
    needs: ['image', 'image-in-store', 'writable-store'],
  },
  'image.save': {
    title: 'save to a file',
    group: 'Images',
    keys: ['S'],
    scopes: ['images', 'stack'],
    needs: ['image', 'image-in-store'],
  },
  'image.load': {
    title: 'load from a file',
    group: 'Images',
    keys: ['L'],
    scopes: ['images'],
    needs: ['writable-store'],
  },
  'samples.make': {
    title: 'make the sample images',
    group: 'Images',
    keys: ['M'],
    scopes: ['images'],
    needs: ['writable-store'],
  },

  ...CONTAINER_ACTIONS,

  'details.toggle': {
    title: 'details',
    group: 'View',
    keys: ['i'],
    scopes: ['images', 'containers', ...PANES],
  },
  'order.next': {
    title: 'sort by the next column',
    group: 'View',
    keys: ['o'],
    scopes: ['images', ...STACKS, ...TREES],
  },
  'order.reverse': {
    title: 'sort the other way round',
    group: 'View',
    keys: ['O'],
    scopes: ['images', ...STACKS, ...TREES],
  },
  'pane.zoom': { title: 'this pane alone, or all', group: 'View', keys: ['+'], scopes: PANES },
  'item.copy': {
    title: 'copy its name or path',
    group: 'View',
    keys: ['y'],
    scopes: ['images', 'containers', ...EXPLORE],
    needs: ['item'],
  },
  'theme.next': { title: 'next theme', group: 'View', keys: [], scopes: BROWSE_SCOPES },
  'mouse.toggle': { title: 'mouse on or off', group: 'View', keys: [], scopes: BROWSE_SCOPES },

  'filter.edit': { title: 'filter', group: 'Find', keys: ['/'], scopes: BROWSE_SCOPES, needs: ['text'] },
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

  'text.erase': { title: 'erase', group: 'Text', keys: ['backspace'], scopes: TEXT_SCOPES, keyOnly: true },
  'text.delete': {
    title: 'erase to the right',
    group: 'Text',
    keys: ['delete'],
    scopes: TEXT_SCOPES,
    keyOnly: true,
  },
  'text.erase-word': {
    title: 'erase a word',
    group: 'Text',
    keys: ['ctrl-w'],
    scopes: TEXT_SCOPES,
    keyOnly: true,
  },
  'text.clear': { title: 'erase all', group: 'Text', keys: ['ctrl-u'], scopes: TEXT_SCOPES, keyOnly: true },
  'caret.left': { title: 'caret left', group: 'Text', keys: ['left'], scopes: TEXT_SCOPES, keyOnly: true },
  'caret.right': { title: 'caret right', group: 'Text', keys: ['right'], scopes: TEXT_SCOPES, keyOnly: true },
  'caret.first': {
    title: 'caret to the start',
    group: 'Text',
    keys: ['home', 'ctrl-a'],
    scopes: TEXT_SCOPES,
    keyOnly: true,
  },
  'caret.last': {
    title: 'caret to the end',
    group: 'Text',
    keys: ['end', 'ctrl-e'],
    scopes: TEXT_SCOPES,
    keyOnly: true,
  },
  'question.accept': { title: 'yes', group: 'Text', keys: ['y'], scopes: ['confirm'], keyOnly: true },
  'question.refuse': {
    title: 'no',
    group: 'Text',
    keys: ['n', 'esc', 'q'],
    scopes: ['confirm'],
    keyOnly: true,
  },
} as const satisfies Record<string, ActionShape>;

export type ActionId = keyof typeof table;

export interface Action extends ActionShape {
  readonly id: ActionId;
}

/** In the order of the help screen. */
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
