// Searching paths: the query as a face states it, and the matcher over every path of a stack. Runs in a worker.
import fuzzysort from 'fuzzysort';
import picomatch from 'picomatch';
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import type { NamedNodes } from './layer-tree.ts';

export type SearchKind = 'substring' | 'glob' | 'regex' | 'fuzzy';

export interface SearchQuery {
  readonly kind: SearchKind;
  readonly text: string;
}

const MAX_QUERY_LENGTH = 1000;
/** Fuzzy matches worse than this (0 to 1) are noise. */
const FUZZY_THRESHOLD = 0.2;

/**
 * The query that a filter line means: `re:` starts a regular expression, glob characters make a glob, anything else
 * is a substring, or with a leading `~` fuzzy.
 */
export function parseQuery(text: string): SearchQuery {
  if (text.startsWith('re:')) return { kind: 'regex', text: text.slice(3) };
  if (text.startsWith('~')) return { kind: 'fuzzy', text: text.slice(1) };
  return { kind: /[*?[{]/.test(text) ? 'glob' : 'substring', text };
}

/** Paths of all nodes, `/`-rooted text (bytes that are not UTF-8 become U+FFFD); made once per stack. */
export function allPaths(nodes: NamedNodes & { readonly count: number }): string[] {
  const decoder = new TextDecoder();
  const paths: string[] = Array.from({ length: nodes.count });
  paths[0] = '';
  for (let node = 1; node < nodes.count; node++) {
    const name = nodes.nameBytes(node);
    // TextDecoder refuses shared memory, so the few name bytes are copied.
    paths[node] = `${paths[nodes.parent[node]!]}/${decoder.decode(name.slice())}`;
  }
  return paths;
}

/** Nodes whose path matches, ascending. Throws `invalid-argument` for a query that cannot be understood. */
export function searchPaths(paths: readonly string[], query: SearchQuery): Int32Array {
  if (query.text.length > MAX_QUERY_LENGTH) {
    throw new PhylloError(
      'invalid-argument',
      `search paths: the query is longer than ${MAX_QUERY_LENGTH} characters`,
    );
  }
  if (query.kind === 'fuzzy') return fuzzy(paths, query.text);
  const matches = matcher(query);
  const found: number[] = [];
  for (let node = 1; node < paths.length; node++) if (matches(paths[node]!)) found.push(node);
  return Int32Array.from(found);
}

function matcher({ kind, text }: SearchQuery): (path: string) => boolean {
  if (kind === 'glob') return globMatcher(text);
  if (kind === 'regex') return regexMatcher(text);
  // As in vim: a query in lower case ignores case.
  if (text !== text.toLowerCase()) return (path) => path.includes(text);
  return (path) => path.toLowerCase().includes(text);
}

/** A pattern without a slash matches the last component, as in .gitignore; with one, the whole path. */
function globMatcher(pattern: string): (path: string) => boolean {
  const isMatch = picomatch(pattern.includes('/') ? pattern.replace(/^\/?/, '/') : pattern, {
    dot: true,
    basename: !pattern.includes('/'),
    nonegate: true,
  });
  return (path) => isMatch(path);
}

function regexMatcher(source: string): (path: string) => boolean {
  let pattern: RegExp;
  try {
    pattern = new RegExp(source, 'u');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PhylloError('invalid-argument', safeText(`read pattern ${JSON.stringify(source)}: ${reason}`), {
      cause: error,
    });
  }
  return (path) => pattern.test(path);
}

function fuzzy(paths: readonly string[], text: string): Int32Array {
  const targets = paths.map((path, node) => ({ path, node }));
  const results = fuzzysort.go(text, targets, { key: 'path', threshold: FUZZY_THRESHOLD });
  return Int32Array.from(results.map(({ obj }) => obj.node)).sort();
}
