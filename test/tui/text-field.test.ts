import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type TextEdit,
  type TextField,
  editText,
  insertText,
  isTextEdit,
  masked,
  textField,
} from '../../src/tui/text-field.ts';

/** `ab|c` */
function field(text: string): TextField {
  const caret = text.indexOf('|');
  return { text: text.replace('|', ''), caret };
}

const shown = ({ text, caret }: TextField): string => `${text.slice(0, caret)}|${text.slice(caret)}`;

test.each<[TextEdit, string, string]>([
  ['text.erase', 'ab|c', 'a|c'],
  ['text.erase', '|abc', '|abc'],
  ['text.erase', 'ae\u0301|b', 'a|b'],
  ['text.erase', '👩‍💻|', '|'],
  ['text.delete', 'a|bc', 'a|c'],
  ['text.delete', 'abc|', 'abc|'],
  ['text.delete', '|👩‍💻x', '|x'],
  ['text.erase-word', '/usr/local/bi|n', '/usr/local/|n'],
  ['text.erase-word', '/usr/local/|', '/usr/|'],
  ['text.erase-word', 'one two  |', 'one |'],
  ['text.clear', 'ab|c', '|'],
  ['caret.left', 'a中|b', 'a|中b'],
  ['caret.right', 'a|中b', 'a中|b'],
  ['caret.left', '|a', '|a'],
  ['caret.right', 'a|', 'a|'],
  ['caret.first', 'ab|c', '|abc'],
  ['caret.last', 'a|bc', 'abc|'],
])('%s makes %s to %s', (edit, before, after) => {
  expect(shown(editText(field(before), edit))).toBe(after);
});

describe('typing', () => {
  test('puts text at the caret', () => {
    expect(shown(insertText(field('a|d'), 'bc'))).toBe('abc|d');
    expect(shown(insertText(textField('start'), '!'))).toBe('start!|');
  });

  test('ends at 4096 characters', () => {
    const long = insertText(textField('x'.repeat(4090)), 'y'.repeat(1_000_000));
    expect(long.text).toHaveLength(4096);
    expect(long.caret).toBe(4096);
  });
});

test('whatever is done, the caret stays within the text and between characters', () => {
  const EDITS = [
    'text.erase',
    'text.delete',
    'text.erase-word',
    'caret.left',
    'caret.right',
    'caret.first',
  ] as const;
  const step = fc.oneof(fc.constantFrom(...EDITS), fc.string({ unit: 'grapheme', maxLength: 3 }));
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let now = textField();
      for (const one of steps) {
        now = isTextEdit(one) ? editText(now, one) : insertText(now, one);
        expect(now.caret).toBeLessThanOrEqual(now.text.length);
        expect(now.text.slice(0, now.caret).isWellFormed()).toBe(true);
      }
    }),
  );
});

test.each([
  ['ab|c', '••|•'],
  ['|', '|'],
  ['👩‍💻e\u0301|x', '••|•'],
])('of %s only the number of characters is seen', (text, dots) => {
  expect(shown(masked(field(text)))).toBe(dots);
});
