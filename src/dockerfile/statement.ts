// A logical line taken apart: keyword, flags, the rest.
import type { Range } from './instruction.ts';
import { meantKeyword } from './keywords.ts';
import type { LogicalLine } from './lines.ts';
import { type Word, isSpace } from './words.ts';

/** All offsets are in `line.text`. */
export interface Statement {
  readonly line: LogicalLine;
  readonly escape: string;
  /** As written. */
  readonly keyword: Word;
  /** `keyword` in upper case. */
  readonly name: string;
  /** `name`, or the keyword that it was meant to be. */
  readonly meant: string | undefined;
  /** Words that start with `--`, quotes removed. */
  readonly flags: readonly Word[];
  /** Without blanks around it. */
  readonly rest: string;
  readonly restFrom: number;
  /** Without blanks. */
  readonly to: number;
}

export function keywordRange({ line, keyword }: Statement): Range {
  return line.range(keyword.from, keyword.to);
}

/** Of what stands in the line from offset `start`; that is not blank. */
export function splitStatement(line: LogicalLine, start: number, escape: string): Statement {
  const { text } = line;
  const to = text.trimEnd().length;
  const from = skipSpace(text, start);
  const blank = /[\t\v\f\r ]/g;
  blank.lastIndex = from;
  const keywordTo = Math.min(blank.exec(text)?.index ?? to, to);
  const keyword = { text: text.slice(from, keywordTo), from, to: keywordTo };
  const { flags, end } = scanFlags(text, keywordTo, to, escape);
  const restFrom = Math.min(skipSpace(text, end), to);
  const rest = text.slice(restFrom, to);
  const name = keyword.text.toUpperCase();
  return { line, escape, keyword, name, meant: meantKeyword(name), flags, rest, restFrom, to };
}

/** A lone `--` ends them and is none itself. */
function scanFlags(
  text: string,
  start: number,
  to: number,
  escape: string,
): { readonly flags: readonly Word[]; readonly end: number } {
  const flags: Word[] = [];
  let at = start;
  for (;;) {
    at = skipSpace(text, at);
    if (at >= to || !text.startsWith('--', at)) return { flags, end: at };
    const word = flagWord(text, at, to, escape);
    at = word.to;
    if (word.text === '--') return { flags, end: at };
    flags.push(word);
  }
}

function flagWord(text: string, from: number, to: number, escape: string): Word {
  let word = '';
  let quote = '';
  let at = from;
  for (; at < to; at++) {
    const character = text[at]!;
    if (character === escape) {
      at++;
      if (at < to) word += text[at]!;
    } else if (quote !== '') {
      if (character === quote) quote = '';
      else word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
    } else if (isSpace(character)) {
      break;
    } else {
      word += character;
    }
  }
  return { text: word, from, to: Math.min(at, to) };
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && isSpace(text[at]!)) at++;
  return at;
}
