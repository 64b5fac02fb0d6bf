// Variables with awkward values for the tests of expansion.
import { type ExpandOptions, expandWord } from '../../src/dockerfile/expand.ts';
import { PhylloError } from '../../src/lib/errors.ts';

const VALUES: Readonly<Record<string, string>> = {
  NAME: 'phyllo',
  EMPTY: '',
  DIR: '/usr/local/lib',
  FILE: 'app.tar.gz',
  STARS: 'a*b*c',
  SLASHED: 'a\\b',
  BLANKS: ' one  two ',
  LINES: 'one\ntwo',
  LEAF: '葉っぱ',
  PATTERN: '*/',
  HASHES: '##x',
  QUOTED: '"q"',
  DOLLAR: '$NAME',
  größe: 'XL',
  _1: 'under',
  FACE: 'a😀b',
};
export const variables = (name: string) => (Object.hasOwn(VALUES, name) ? VALUES[name] : undefined);
export const BACKSLASH: ExpandOptions = { escape: '\\' };

export function expand(word: string, options = BACKSLASH): string {
  return expandWord(word, variables, options).text;
}

export function errorOf(run: () => unknown): PhylloError {
  try {
    run();
  } catch (error) {
    if (error instanceof PhylloError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
