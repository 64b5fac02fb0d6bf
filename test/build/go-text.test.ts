import { expect, test } from 'vitest';
import { goList, goQuoted, goQuotedList } from '../../src/build/go-text.ts';

test.each([
  ['', '""'],
  ['a b', '"a b"'],
  ['a"b\\c', '"a\\"b\\\\c"'],
  ['\u0007\b\f\n\r\t\v', '"\\a\\b\\f\\n\\r\\t\\v"'],
  ['\u0000\u001b\u007f', '"\\x00\\x1b\\x7f"'],
  ['é日\u{1f600}', '"é日\u{1f600}"'],
  ['\u0085\u00a0\u00ad\u202e\ufeff', '"\\u0085\\u00a0\\u00ad\\u202e\\ufeff"'],
  ['\u{e0001}', '"\\U000e0001"'],
  ['a\u0301', '"a\u0301"'],
  ["it's `$x`", '"it\'s `$x`"'],
])('%%q of %j', (text, expected) => {
  expect(goQuoted(text)).toBe(expected);
});

test('lists have blanks between, no commas', () => {
  expect(goQuotedList(['a', 'b c'])).toBe('["a" "b c"]');
  expect(goList(['a', 'b c'])).toBe('[a b c]');
  expect([goQuotedList([]), goList([])]).toEqual(['[]', '[]']);
});
