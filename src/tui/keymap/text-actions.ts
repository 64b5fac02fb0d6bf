// The part of the table of actions that is about text fields and questions.
import { type ActionShape } from './action-shape.ts';
import { TEXT_SCOPES } from './scopes.ts';

export const TEXT_ACTIONS = {
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
