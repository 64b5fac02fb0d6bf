// A path pattern as tokens, and where a path can have got in it. All ways through the pattern are followed at once, so
// time is at most the length of the path times that of the pattern; nothing is ever tried again.
type Range = readonly [first: number, last: number];

/**
 * `any`: one character but `/`; `name`: any number of them; `all`: any number of all characters; `folders`: nothing, or
 * what follows it, `inside`: anything that ends with `/`.
 */
export type PathToken =
  | { readonly kind: 'literal'; readonly rune: number }
  | { readonly kind: 'class'; readonly isNegated: boolean; readonly ranges: readonly Range[] }
  | { readonly kind: 'any' | 'name' | 'all' | 'folders' | 'inside' };

const SLASH = 0x2f;
const STAR = 0x2a;
const QUESTION = 0x3f;
const BACKSLASH = 0x5c;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const DASH = 0x2d;
const CARET = 0x5e;
const MAX_PATTERN_LENGTH = 4096;

/** The error to be thrown for a pattern that cannot be read. */
type Refuse = (reason: string) => Error;

/**
 * Go's filepath.Match: `*`, `?`, `[a-z]`, `[^a]` and backslash. With `doubleStar` `**` is what .dockerignore makes of it,
 * else it is `*` twice.
 */
export function parsePathPattern(runes: readonly number[], doubleStar: boolean, refuse: Refuse): PathToken[] {
  if (runes.length > MAX_PATTERN_LENGTH) throw refuse(`it is longer than ${MAX_PATTERN_LENGTH} characters`);
  const tokens: PathToken[] = [];
  for (let at = 0; at < runes.length;) {
    const rune = runes[at]!;
    if (rune === STAR && doubleStar && runes[at + 1] === STAR) {
      at += runes[at + 2] === SLASH ? 3 : 2;
      if (at === runes.length) tokens.push({ kind: 'all' });
      else tokens.push({ kind: 'folders' }, { kind: 'inside' });
    } else if (rune === STAR) {
      if (tokens.at(-1)?.kind !== 'name') tokens.push({ kind: 'name' });
      at++;
    } else if (rune === OPEN) {
      at = parseClass(runes, at + 1, tokens, refuse);
    } else if (rune === QUESTION) {
      tokens.push({ kind: 'any' });
      at++;
    } else {
      if (rune === BACKSLASH) at++;
      tokens.push({ kind: 'literal', rune: escapable(runes, at, refuse) });
      at++;
    }
  }
  if (doubleStar && isSuffix(runes)) tokens.splice(0, 2, { kind: 'all' });
  return tokens;
}

/** `**name`, without other wildcards, is the end of any path, not only of a whole name. */
function isSuffix(runes: readonly number[]): boolean {
  if (runes[0] !== STAR || runes[1] !== STAR || runes[2] === SLASH) return false;
  return !runes.slice(2).some((rune) => [STAR, QUESTION, BACKSLASH, OPEN, CLOSE].includes(rune));
}

/** Returns the place after `]`. */
function parseClass(runes: readonly number[], start: number, tokens: PathToken[], refuse: Refuse): number {
  const isNegated = runes[start] === CARET;
  const ranges: Range[] = [];
  let at = isNegated ? start + 1 : start;
  const next = (): number => {
    const rune = runes[at];
    if (rune === undefined) throw refuse('a [ is not closed');
    if (rune === DASH || rune === CLOSE) throw refuse('a [ ] is empty or has a - or ] out of place');
    if (rune === BACKSLASH) at++;
    return escapable(runes, at++, refuse);
  };
  do {
    const first = next();
    let last = first;
    if (runes[at] === DASH) {
      at++;
      last = next();
    }
    ranges.push([first, last]);
  } while (runes[at] !== CLOSE);
  tokens.push({ kind: 'class', isNegated, ranges });
  return at + 1;
}

function escapable(runes: readonly number[], at: number, refuse: Refuse): number {
  const rune = runes[at];
  if (rune === undefined) throw refuse('it ends with a backslash');
  return rune;
}

/** Places in a pattern that a path can have got to, none twice. Empty: nothing that begins so can match. */
export type Places = readonly number[];

const NOWHERE: Places = [];

export class PathPattern {
  /** Before the first character. */
  readonly start: Places;
  private readonly tokens: readonly PathToken[];
  /** For each place the number of the character that it was last reached with: keeps places single. */
  private readonly reachedAt: Float64Array;
  private characters = 0;

  constructor(tokens: readonly PathToken[]) {
    this.tokens = tokens;
    this.reachedAt = new Float64Array(tokens.length + 1);
    const start: number[] = [];
    this.characters++;
    this.enter(0, start);
    this.start = start;
  }

  /** The places after more characters. */
  advance(from: Places, runes: readonly number[]): Places {
    let places = from;
    for (const rune of runes) {
      if (places.length === 0) return NOWHERE;
      places = this.step(places, rune);
    }
    return places;
  }

  /** Whether what was read so far is a match. */
  isMatch(places: Places): boolean {
    return places.includes(this.tokens.length);
  }

  private step(from: Places, rune: number): Places {
    const places: number[] = [];
    this.characters++;
    for (const place of from) {
      const token = this.tokens[place];
      if (token === undefined) continue;
      if (token.kind === 'all' || (token.kind === 'name' && rune !== SLASH)) this.enter(place, places);
      else if (token.kind === 'inside') {
        this.enter(place, places);
        if (rune === SLASH) this.enter(place + 1, places);
      } else if (fits(token, rune)) this.enter(place + 1, places);
    }
    return places;
  }

  /** The place itself and what can be reached from it with no character. */
  private enter(place: number, places: number[]): void {
    for (let at = place; this.isNew(at); at++) {
      const kind = this.tokens[at]?.kind;
      if (kind === 'folders') {
        at++;
        if (this.isNew(at)) places.push(at);
        continue;
      }
      places.push(at);
      if (kind !== 'name' && kind !== 'all') return;
    }
  }

  private isNew(place: number): boolean {
    if (this.reachedAt[place] === this.characters) return false;
    this.reachedAt[place] = this.characters;
    return true;
  }
}

function fits(token: PathToken, rune: number): boolean {
  switch (token.kind) {
    case 'literal':
      return token.rune === rune;
    case 'any':
      return rune !== SLASH;
    case 'class':
      return token.ranges.some(([first, last]) => rune >= first && rune <= last) !== token.isNegated;
    default:
      return false;
  }
}
