// .dockerignore and `COPY --exclude`: which paths of a tree are left out. The last pattern that matches a path or a
// directory above it decides; `!` takes back.
import { posix } from 'node:path';
import { PhylloError } from '../lib/errors.ts';
import { safeBytes } from '../lib/text.ts';
import { PathPattern, type Places, parsePathPattern } from './path-pattern.ts';
import { rawRunes, textToRaw } from './runes.ts';

const MAX_PATTERNS = 10_000;
const SLASH = [0x2f];

/** What the patterns know of one path; given by `root` and `descend`. */
export interface IgnoreState {
  /** The path itself is left out. */
  readonly isIgnored: boolean;
  /** Something below may be kept. Where not, a walk need not go in. */
  readonly mayContain: boolean;
  /** For each pattern: where the path has got to in it; undefined: the path, or one above, matched. */
  readonly places: readonly (Places | undefined)[];
  readonly isRoot: boolean;
}

interface Rule {
  readonly pattern: PathPattern;
  readonly isException: boolean;
}

/** Compiled once. Paths and names are raw, without a leading slash. */
export class IgnorePatterns {
  /** No path is ever left out. */
  readonly isEmpty: boolean;
  /** At least one pattern with `!`. */
  readonly hasExceptions: boolean;
  /** The state of the root of the tree, which is never left out. */
  readonly root: IgnoreState;
  private readonly rules: readonly Rule[];

  constructor(rules: readonly Rule[]) {
    this.rules = rules;
    this.isEmpty = rules.every(({ isException }) => isException);
    this.hasExceptions = rules.some(({ isException }) => isException);
    const places = rules.map(({ pattern }) => pattern.start);
    this.root = { isIgnored: false, mayContain: true, places, isRoot: true };
  }

  /** The state of the entry `name` in the directory with the state `parent`: a walk asks once for each entry. */
  descend(parent: IgnoreState, name: string): IgnoreState {
    const runes = parent.isRoot ? rawRunes(name) : [...SLASH, ...rawRunes(name)];
    let isIgnored = false;
    const places = this.rules.map(({ pattern, isException }, i) => {
      const before = parent.places[i];
      const after = before && pattern.advance(before, runes);
      if (after && !pattern.isMatch(after)) return after;
      isIgnored = !isException;
      return undefined;
    });
    return { isIgnored, mayContain: !isIgnored || this.mayTakeBack(places), places, isRoot: false };
  }

  /** An exception behind all rules that hold for the directory can still match something in it. */
  private mayTakeBack(places: readonly (Places | undefined)[]): boolean {
    for (let i = this.rules.length - 1; i >= 0; i--) {
      const { pattern, isException } = this.rules[i]!;
      const at = places[i];
      if (at === undefined && !isException) return false;
      if (at !== undefined && isException && pattern.advance(at, SLASH).length > 0) return true;
    }
    return false;
  }

  /** Whether the path is left out. */
  matches(path: string): boolean {
    return this.state(path).isIgnored;
  }

  /** Whether something below the directory may be kept. */
  mayContain(path: string): boolean {
    return this.state(path).mayContain;
  }

  private state(path: string): IgnoreState {
    let state = this.root;
    for (const name of path.split('/')) if (name !== '') state = this.descend(state, name);
    return state;
  }
}

/**
 * A .dockerignore file. Throws `invalid-argument` with `data.line` (from 1) for a `!` alone and for a pattern that
 * cannot be read, `limit-exceeded` for more than 10 000 patterns.
 */
export function parseIgnore(content: string | Uint8Array): IgnorePatterns {
  const raw = typeof content === 'string' ? textToRaw(content) : Buffer.from(content).toString('latin1');
  const rules: Rule[] = [];
  for (const [i, line] of raw
    .replace(/^\xef\xbb\xbf/, '')
    .split('\n')
    .entries()) {
    if (line.startsWith('#')) continue;
    const text = trimBlanks(line);
    if (text === '') continue;
    const isException = text.startsWith('!');
    const path = clean(isException ? trimBlanks(text.slice(1)) : text);
    addRule(rules, isException, path.replace(/^\/(?=.)/, ''), i + 1);
  }
  return new IgnorePatterns(rules);
}

/** The values of `--exclude`, in their order. Unlike in a file a leading slash stays, and then nothing matches. */
export function excludePatterns(patterns: readonly string[]): IgnorePatterns {
  const rules: Rule[] = [];
  for (const pattern of patterns) {
    const text = trimBlanks(textToRaw(pattern));
    if (text === '') continue;
    const isException = text.startsWith('!');
    addRule(rules, isException, clean(isException ? text.slice(1) : text));
  }
  return new IgnorePatterns(rules);
}

function addRule(rules: Rule[], isException: boolean, path: string, line?: number): void {
  const where = line === undefined ? 'read --exclude' : `read ignore patterns: line ${line}`;
  const refuse = (reason: string) =>
    new PhylloError('invalid-argument', `${where}: ${quote(path)}: ${reason}`, {
      data: line === undefined ? {} : { line },
    });
  if (isException && (path === '' || path === '/')) throw refuse('a ! needs a pattern');
  if (rules.length === MAX_PATTERNS) {
    throw new PhylloError('limit-exceeded', `${where}: there are more than ${MAX_PATTERNS} patterns`);
  }
  rules.push({ isException, pattern: new PathPattern(parsePathPattern(rawRunes(path), true, refuse)) });
}

function quote(path: string): string {
  return `"${safeBytes(Buffer.from(path.slice(0, 60), 'latin1'))}"`;
}

/** Go's filepath.Clean, but the empty path stays empty. */
function clean(path: string): string {
  if (path === '') return '';
  const normal = posix.normalize(path);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}

function trimBlanks(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}
