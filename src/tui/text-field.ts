// One line of text being typed. Pure; the caret counts grapheme clusters' UTF-16 units, never inside of a cluster.
import { graphemes } from './width.ts';

export interface TextField {
  readonly text: string;
  readonly caret: number;
}

/** Longer filters and paths than this are a mistake. */
const MAX_LENGTH = 4096;

export function textField(text = ''): TextField {
  return { text, caret: text.length };
}

export function insertText(field: TextField, piece: string): TextField {
  const added = piece.slice(0, MAX_LENGTH - field.text.length);
  return {
    text: field.text.slice(0, field.caret) + added + field.text.slice(field.caret),
    caret: field.caret + added.length,
  };
}

/** The same with a dot for each character: nothing of the text is in it. */
export function masked({ text, caret }: TextField): TextField {
  const dots = (piece: string): string => '•'.repeat(Array.from(graphemes(piece)).length);
  return {
    text: dots(text.slice(0, caret)) + dots(text.slice(caret)),
    caret: dots(text.slice(0, caret)).length,
  };
}

export type TextEdit =
  | 'text.erase'
  | 'text.delete'
  | 'text.erase-word'
  | 'text.clear'
  | 'caret.left'
  | 'caret.right'
  | 'caret.first'
  | 'caret.last';

export function editText(field: TextField, edit: TextEdit): TextField {
  const { text, caret } = field;
  switch (edit) {
    case 'text.erase':
      return cut(field, before(text, caret), caret);
    case 'text.delete':
      return cut(field, caret, after(text, caret));
    case 'text.erase-word':
      return cut(field, text.slice(0, caret).replace(/[^\s/]*[\s/]*$/, '').length, caret);
    case 'text.clear':
      return textField();
    case 'caret.left':
      return { text, caret: before(text, caret) };
    case 'caret.right':
      return { text, caret: after(text, caret) };
    case 'caret.first':
      return { text, caret: 0 };
    case 'caret.last':
      return { text, caret: text.length };
  }
}

export function isTextEdit(id: string): id is TextEdit {
  return /^(?:text|caret)\./.test(id);
}

function cut({ text }: TextField, from: number, to: number): TextField {
  return { text: text.slice(0, from) + text.slice(to), caret: from };
}

function before(text: string, caret: number): number {
  const last = Array.from(graphemes(text.slice(0, caret))).at(-1);
  return caret - (last?.segment.length ?? 0);
}

function after(text: string, caret: number): number {
  for (const { segment } of graphemes(text.slice(caret))) return caret + segment.length;
  return caret;
}
