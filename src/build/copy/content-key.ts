// What a COPY selects, as parts of its cache key: for each file what it is and holds. No times, no places: only the names
// that end up in the layer count.
import { createHash } from 'node:crypto';
import { PhylloError } from '../../lib/errors.ts';
import { escapeBytes } from '../../lib/text.ts';
import { type KeyPart, cacheKey } from '../cache-key.ts';
import { CAPABILITIES } from '../context/context-options.ts';
import type { FileFacts } from '../file-view.ts';
import { joinPath, nameOf, parentOf, rawBytes } from './raw-path.ts';
import type { CopyRequest, CopySource } from './request.ts';
import { type Match, type Selection, selectSources } from './select.ts';
import { type Walked, walkMatch } from './walk.ts';
import { textToRaw } from '../../dockerfile/runes.ts';

/** Read at a time. */
const BATCH_FILES = 64;
/** Of more files than this each directory is one part. */
const MAX_FILE_PARTS = 20_000;

export type ContentRequest = Pick<CopyRequest, 'sources' | 'files' | 'parents' | 'exclude'>;

export interface ContentOptions {
  readonly signal?: AbortSignal;
  /** Default: 20 000. */
  readonly maxFileParts?: number;
}

/**
 * In the order of the sources. Names are for people too (`content of src/app.ts`), with all that is not UTF-8 escaped;
 * values hold type, mode, owner, size and digest. Throws what `selectSources` does, and what the source throws for a file
 * that cannot be read.
 */
export async function contentParts(
  request: ContentRequest,
  { signal, maxFileParts = MAX_FILE_PARTS }: ContentOptions = {},
): Promise<KeyPart[]> {
  const files: KeyedFile[] = [];
  for (const entries of batches(keyedEntries(request))) {
    if (signal?.aborted) throw new PhylloError('cancelled', 'copy: cancelled');
    files.push(...(await Promise.all(entries.map((entry) => keyed(entry, signal)))));
  }
  for (const { name, content } of request.files) {
    const digest = createHash('sha256').update(content).digest('hex');
    files.push({ path: nameOf(textToRaw(name)), value: `heredoc ${digest}` });
  }
  return partsOfFiles(files.length > maxFileParts ? byDirectory(files) : files);
}

/** The digest of what a path, or more, selects; hex. */
export async function contentDigest(
  from: Omit<CopySource, 'unpacks'>,
  options: ContentOptions = {},
): Promise<string> {
  const sources = [{ ...from, unpacks: false }];
  return cacheKey(await contentParts({ sources, files: [], parents: false, exclude: [] }, options));
}

interface KeyedFile {
  /** As it ends up: a file's own name, or the path within a directory behind that one's name. Raw. */
  readonly path: string;
  readonly value: string;
}

interface KeyedEntry {
  readonly from: CopySource;
  readonly match: Match;
  readonly entry: Walked;
}

function* keyedEntries(request: ContentRequest): Generator<KeyedEntry> {
  for (const selection of selectSources(request)) {
    for (const match of selection.matches) yield* entriesOf(selection, match);
  }
}

/** Of a directory only what is in it: its own mode is not copied. */
function* entriesOf(selection: Selection, match: Match): Generator<KeyedEntry> {
  for (const entry of walkMatch(selection, match)) {
    if (entry.relative === '' && match.facts.type === 'dir') continue;
    yield { from: selection.from, match, entry };
  }
}

async function keyed(
  { from, match, entry }: KeyedEntry,
  signal: AbortSignal | undefined,
): Promise<KeyedFile> {
  const { facts, path } = entry;
  const content = facts.type === 'file' ? await from.source.digest(path, signal) : '';
  return {
    path: joinPath(nameOf(match.path), entry.relative),
    value: [factsText(facts, from.keepsOwners), content].filter((part) => part !== '').join(' '),
  };
}

/** `file 644 0:0 12`; a link with its target, a device with its numbers. */
function factsText(facts: FileFacts, keepsOwners: boolean): string {
  const { type, uid, gid, linkname, devMajor, devMinor, sizeBytes } = facts;
  const capabilities = keepsOwners ? facts.xattrs?.get(CAPABILITIES) : undefined;
  return [
    type,
    type === 'symlink' ? '' : facts.mode.toString(8),
    keepsOwners ? `${uid}:${gid}` : '',
    type === 'file' ? String(sizeBytes) : '',
    linkname === undefined ? '' : `-> ${JSON.stringify(linkname)}`,
    devMajor === undefined ? '' : `${devMajor},${devMinor ?? 0}`,
    capabilities === undefined ? '' : `capability ${Buffer.from(capabilities).toString('hex')}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** Keeps the order of first appearance. */
function byDirectory(files: readonly KeyedFile[]): KeyedFile[] {
  const sums = new Map<string, ReturnType<typeof createHash>>();
  for (const { path, value } of files) {
    const folder = `${parentOf(path)}/`;
    let sum = sums.get(folder);
    if (sum === undefined) sums.set(folder, (sum = createHash('sha256')));
    sum.update(JSON.stringify([path, value]));
  }
  return Array.from(sums, ([path, sum]) => ({ path, value: sum.digest('hex') }));
}

/** Two sources may have files of one name: parts are told apart by their number. */
function partsOfFiles(files: readonly KeyedFile[]): KeyPart[] {
  const seen = new Map<string, number>();
  return files.map(({ path, value }) => {
    const text = escapeBytes(rawBytes(path));
    const count = (seen.get(text) ?? 0) + 1;
    seen.set(text, count);
    return { name: `content of ${text}${count === 1 ? '' : ` (${count})`}`, value };
  });
}

function* batches<Item>(items: Iterable<Item>): Generator<Item[]> {
  let batch: Item[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < BATCH_FILES) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
