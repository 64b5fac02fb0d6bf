// Which files of its sources a COPY takes: patterns and links on the way are followed here, once for the key and the layer.
import { compileGlob } from '../../dockerfile/glob.ts';
import { type IgnorePatterns, excludePatterns } from '../../dockerfile/ignore.ts';
import { textToRaw } from '../../dockerfile/runes.ts';
import { PhylloError } from '../../lib/errors.ts';
import { nearest } from '../../lib/nearest.ts';
import { safeBytes, safeText } from '../../lib/text.ts';
import type { FileFacts, FileView } from '../file-view.ts';
import { cleanPath, joinPath, partsOf, rawBytes } from './raw-path.ts';
import type { CopyRequest, CopySource } from './request.ts';
import { resolvePath } from './resolve.ts';

/** A file or directory that is taken. */
export interface Match {
  /** As it was asked for; its last name is that of a file in a directory. */
  readonly path: string;
  /** Where it is, links followed. */
  readonly place: string;
  readonly facts: FileFacts;
}

/** What one word of the instruction takes. */
export interface Selection {
  readonly from: CopySource;
  /** The word itself, text. */
  readonly word: string;
  readonly matches: readonly Match[];
  /** `--parents`: what of a match is taken, by paths within it. */
  readonly include: IgnorePatterns | undefined;
  readonly exclude: IgnorePatterns | undefined;
  /** The path of which something has to be taken. */
  readonly required: string | undefined;
}

/**
 * One for each word, in their order; one whose pattern meets nothing has no matches. Throws `not-found` for a path
 * without wildcards that is not there, `invalid-argument` for links in circles and for broken patterns.
 */
export function selectSources(request: Pick<CopyRequest, 'sources' | 'parents' | 'exclude'>): Selection[] {
  const exclude = request.exclude.length === 0 ? undefined : excludePatterns(request.exclude);
  return request.sources.flatMap((from) =>
    from.paths.map((word) => {
      const { top, include, required } = request.parents && !from.isLiteral ? splitParents(word) : only(word);
      return { from, word, matches: findMatches(from, top), include, exclude, required };
    }),
  );
}

interface WordParts {
  readonly top: string;
  readonly include: IgnorePatterns | undefined;
  readonly required: string | undefined;
}

function only(word: string): WordParts {
  return { top: word, include: undefined, required: undefined };
}

/** What stands before `/./` is where paths begin to count. */
function splitParents(word: string): WordParts {
  const pivot = word.indexOf('/./');
  const top = pivot < 0 ? '/' : word.slice(0, pivot);
  const pattern = cleanPath(pivot < 0 ? word : word.slice(pivot + 3));
  const isRequired = !hasWildcards(top) && !hasWildcards(pattern);
  return {
    top,
    // The place itself: all of it.
    include: pattern === '' ? undefined : excludePatterns([pattern]),
    required: isRequired ? textToRaw(cleanPath(`${top}/${pattern}`)) : undefined,
  };
}

/** Go's reading: a backslash makes the next character plain. */
function hasWildcards(text: string): boolean {
  return /^(?:[^\\]|\\[^])*?[*?[]/.test(text);
}

function findMatches({ source, isLiteral }: CopySource, word: string): Match[] {
  const parts = partsOf(cleanPath(word));
  const wildAt = isLiteral ? -1 : parts.findIndex(hasWildcards);
  const names = parts.slice(0, wildAt < 0 ? parts.length : wildAt).map(textToRaw);
  if (wildAt < 0) return [follow(source, names.join('/'), isLiteral)];
  const { place } = follow(source, names.join('/'));
  const pattern = parts.slice(wildAt).join('/');
  return expand(source, place, pattern).map((path) => follow(source, path));
}

/** Paths that match; a link on the way is no directory. */
function expand(source: FileView, top: string, pattern: string): string[] {
  let paths = [top];
  for (const component of compileGlob(pattern).components) {
    paths = paths.flatMap((folder) =>
      source
        .children(folder)
        .filter((name) => component.matchComponent(name))
        .map((name) => joinPath(folder, name)),
    );
  }
  return paths;
}

function follow(source: FileView, path: string, isLiteral = false): Match {
  const place = isLiteral ? path : resolvePath(source, path);
  const facts = source.lookup(place);
  if (facts === undefined) throw notThere(source, path);
  return { path, place, facts };
}

export function notThere(source: FileView, path: string): PhylloError {
  const isLink = source.lookup(path)?.type === 'symlink';
  const near = isLink ? undefined : nearPath(source, path);
  const reason = isLink ? 'it is a link to what is not there' : 'there is no such file or directory';
  return new PhylloError('not-found', `copy ${shown(path)}: ${reason}`, {
    ...(near !== undefined && { hint: `Did you mean ${shown(near)}?` }),
    data: { path },
  });
}

/** With the first name that is not there put right. */
function nearPath(source: FileView, path: string): string | undefined {
  const names = partsOf(path);
  let folder = '';
  for (const [i, name] of names.entries()) {
    const next = resolvePath(source, joinPath(folder, name));
    if (source.lookup(next) !== undefined) {
      folder = next;
      continue;
    }
    const known = source.children(folder);
    const other = known.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
    const near = other ?? nearest(name, known);
    return near && [...names.slice(0, i), near, ...names.slice(i + 1)].join('/');
  }
  return undefined;
}

function shown(path: string): string {
  return safeBytes(rawBytes(path));
}

/** For words that meet nothing: classic docker stops there, BuildKit says nothing. */
export function selectionWarnings(selections: readonly Selection[]): string[] {
  return selections
    .filter(({ matches }) => matches.length === 0)
    .map(({ word }) => `copy ${safeText(word)}: the pattern matches nothing`);
}
