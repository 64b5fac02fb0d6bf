// Wildcards in the sources of COPY and ADD: Go's filepath.Match, name by name.
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import { PathPattern, type PathToken, parsePathPattern } from './path-pattern.ts';
import { rawRunes, runesToRaw } from './runes.ts';

export interface GlobComponent {
  /** `deep` is `**`: any number of directories, none included. */
  readonly kind: 'literal' | 'pattern' | 'deep';
  /** Of a literal the raw name, escapes gone; else the pattern as written. */
  readonly text: string;
  /** Whether a raw name matches; of a `deep` one every name does. */
  matchComponent(name: string): boolean;
}

export interface Glob {
  readonly components: readonly GlobComponent[];
  /** No wildcards: `components` are the names of one path. */
  readonly isLiteral: boolean;
  /** A raw path without leading slash. */
  matches(path: string): boolean;
}

export interface GlobOptions {
  /** `**` as a whole name stands for directories, as `COPY --parents` has it; else it is the same as `*`. */
  readonly doubleStar?: boolean;
}

/**
 * A pattern as it is written in a Dockerfile after expansion; slashes at its ends and doubled ones do not count, dots
 * are names like others. Throws `invalid-argument` for a `[` that is not closed and for a backslash at the end.
 */
export function compileGlob(pattern: string, { doubleStar = false }: GlobOptions = {}): Glob {
  const components = pattern
    .split('/')
    .filter((part) => part !== '')
    .map((part) => compileComponent(part, doubleStar));
  return {
    components,
    isLiteral: components.every(({ kind }) => kind === 'literal'),
    matches: (path) => matchNames(components, path === '' ? [] : path.split('/')),
  };
}

/** Whether a raw path matches; see `compileGlob`. */
export function matchGlob(pattern: string, path: string, options?: GlobOptions): boolean {
  return compileGlob(pattern, options).matches(path);
}

function compileComponent(part: string, doubleStar: boolean): GlobComponent {
  if (doubleStar && part === '**') return { kind: 'deep', text: part, matchComponent: () => true };
  const tokens = parse(part);
  const literal = literalOf(tokens);
  if (literal !== undefined) {
    return { kind: 'literal', text: literal, matchComponent: (name) => name === literal };
  }
  const compiled = new PathPattern(tokens);
  return {
    kind: 'pattern',
    text: part,
    matchComponent: (name) => compiled.isMatch(compiled.advance(compiled.start, rawRunes(name))),
  };
}

function parse(part: string): PathToken[] {
  const runes = Array.from(part, (character) => character.codePointAt(0)!);
  return parsePathPattern(runes, false, (reason) => {
    const shown = safeText(JSON.stringify(part.slice(0, 60)));
    return new PhylloError('invalid-argument', `read pattern ${shown}: ${reason}`);
  });
}

function literalOf(tokens: readonly PathToken[]): string | undefined {
  const runes: number[] = [];
  for (const token of tokens) {
    if (token.kind !== 'literal') return undefined;
    runes.push(token.rune);
  }
  return runesToRaw(runes);
}

/** For each number of components whether they match the names so far. */
function matchNames(components: readonly GlobComponent[], names: readonly string[]): boolean {
  let reached = skipDeep(components, new Set([0]));
  for (const name of names) {
    const next = new Set<number>();
    for (const place of reached) {
      const component = components[place];
      if (component?.matchComponent(name)) next.add(component.kind === 'deep' ? place : place + 1);
    }
    reached = skipDeep(components, next);
  }
  return reached.has(components.length);
}

/** Adds the places behind each `**`: it also stands for no directory at all. A Set that grows is walked to its new end. */
function skipDeep(components: readonly GlobComponent[], places: Set<number>): Set<number> {
  for (const place of places) if (components[place]?.kind === 'deep') places.add(place + 1);
  return places;
}
