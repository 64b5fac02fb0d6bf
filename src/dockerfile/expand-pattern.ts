// Patterns of `${name#pattern}`, `%` and `/`: `*`, `?` and backslash, nothing else. No regular expressions, no
// backtracking: the set of places that a match can have reached is carried through the text.
import type { ExpandBudget } from './expand-budget.ts';

const ONE = Symbol('?');
const MANY = Symbol('*');
/** A character stands for itself. */
export type PatternToken = string | typeof ONE | typeof MANY;

/** Undefined: a backslash before a character that needs none. */
export function parseExpandPattern(pattern: string): PatternToken[] | undefined {
  const tokens: PatternToken[] = [];
  const characters = Array.from(pattern);
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i]!;
    if (character === '?') tokens.push(ONE);
    else if (character === '*') {
      if (tokens.at(-1) !== MANY) tokens.push(MANY);
    } else if (character === '\\') {
      const escaped = characters[++i];
      if (escaped === undefined || !'*?\\}/'.includes(escaped)) return undefined;
      tokens.push(escaped);
    } else tokens.push(character);
  }
  return tokens;
}

/** `value` without the shortest or the longest match at its start. */
export function trimStart(
  value: string,
  pattern: readonly PatternToken[],
  longest: boolean,
  budget: ExpandBudget,
): string {
  const characters = Array.from(value);
  const ends = new Matcher(pattern, characters, budget).endsFrom(0);
  if (ends === undefined) return value;
  return characters.slice(longest ? ends.longest : ends.shortest).join('');
}

/** `value` without the shortest or the longest match at its end. */
export function trimEnd(
  value: string,
  pattern: readonly PatternToken[],
  longest: boolean,
  budget: ExpandBudget,
): string {
  const characters = Array.from(value).reverse();
  const ends = new Matcher(pattern.toReversed(), characters, budget).endsFrom(0);
  if (ends === undefined) return value;
  return characters
    .slice(longest ? ends.longest : ends.shortest)
    .reverse()
    .join('');
}

/** The first match from the left, the longest there, or all of them, replaced; nothing in `replacement` is special. */
export function replaceMatches(
  value: string,
  pattern: readonly PatternToken[],
  replacement: string,
  all: boolean,
  budget: ExpandBudget,
): string {
  const characters = Array.from(value);
  const matcher = new Matcher(pattern, characters, budget);
  const canStart = matcher.starts();
  const pieces: string[] = [];
  let copied = 0;
  for (let start = 0; start <= characters.length;) {
    const end = canStart[start] ? matcher.endsFrom(start)!.longest : -1;
    // An empty match right behind another is none.
    if (end < 0 || (end === start && start === copied && pieces.length > 0)) {
      start++;
      continue;
    }
    budget.insert(replacement.length);
    pieces.push(characters.slice(copied, start).join(''), replacement);
    copied = end;
    start = Math.max(end, start + 1);
    if (!all) break;
  }
  return pieces.length === 0 ? value : pieces.join('') + characters.slice(copied).join('');
}

class Matcher {
  private readonly tokens: readonly PatternToken[];
  private readonly text: readonly string[];
  private readonly budget: ExpandBudget;
  /** Places that the tokens so far can end at; all 0 between two searches. */
  private readonly reached: Uint8Array;

  constructor(tokens: readonly PatternToken[], text: readonly string[], budget: ExpandBudget) {
    this.tokens = tokens;
    this.text = text;
    this.budget = budget;
    budget.search(text.length);
    this.reached = new Uint8Array(text.length + 2);
  }

  /** Where matches that start at `start` end; undefined: there is none. */
  endsFrom(start: number): { shortest: number; longest: number } | undefined {
    const { reached } = this;
    let [first, last] = [start, start];
    reached[start] = 1;
    for (const token of this.tokens) {
      if (token === MANY) {
        last = this.spread(first, last);
        continue;
      }
      this.budget.search(last - first + 1);
      for (let at = last; at >= first; at--) reached[at + 1] = reached[at] && this.fits(token, at) ? 1 : 0;
      reached[first] = 0;
      last++;
      while (first <= last && !reached[first]) first++;
      if (first > last) return undefined;
      while (!reached[last]) last--;
    }
    reached.fill(0, first, last + 1);
    return { shortest: first, longest: last };
  }

  private spread(first: number, last: number): number {
    const { reached, text } = this;
    let at = first;
    for (; at < text.length; at++) {
      if (reached[at] && this.fits(MANY, at)) reached[at + 1] = 1;
      else if (at >= last) break;
    }
    this.budget.search(at - first + 1);
    return Math.max(at, last);
  }

  /** For each place whether a match starts there. */
  starts(): Uint8Array {
    const length = this.text.length;
    const can = new Uint8Array(length + 1).fill(1);
    for (const token of this.tokens.toReversed()) {
      this.budget.search(length + 1);
      if (token === MANY) {
        for (let at = length - 1; at >= 0; at--) if (can[at + 1] && this.fits(MANY, at)) can[at] = 1;
      } else {
        for (let at = 0; at < length; at++) can[at] = can[at + 1] && this.fits(token, at) ? 1 : 0;
        can[length] = 0;
      }
    }
    return can;
  }

  /** As in BuildKit, a wildcard stands for no line feed. */
  private fits(token: PatternToken, at: number): boolean {
    return typeof token === 'string'
      ? this.text[at] === token
      : at < this.text.length && this.text[at] !== '\n';
  }
}
