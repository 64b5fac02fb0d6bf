// A layer's table of contents as entries, and where the bytes of its files lie in the blob. Pure. Whoever made the layer
// wrote the table, so nothing in it is believed: what does not add up makes all of it useless.
import { PhylloError } from '../lib/errors.ts';
import { digestHex, isDigest } from '../oci/digest.ts';
import { type JsonObject, isJsonObject } from '../oci/json.ts';
import type { EntryType, TarEntry } from './entry.ts';
import { checkLink, cleanPath } from './tar-path.ts';
import { ChunkList, type ChunkTable, wholeNumber } from './toc-chunks.ts';

export interface TocEntry {
  /** `dataOffset` of a file is its first chunk's place in the table. */
  readonly entry: TarEntry;
  /** Of the content, 32 bytes. */
  readonly digest: Uint8Array | undefined;
}

export interface TocContents {
  readonly entries: readonly TocEntry[];
  readonly chunks: ChunkTable;
}

const TYPES: ReadonlyMap<string, EntryType> = new Map([
  ['reg', 'file'],
  ['dir', 'dir'],
  ['symlink', 'symlink'],
  ['hardlink', 'hardlink'],
  ['char', 'char'],
  ['block', 'block'],
  ['fifo', 'fifo'],
]);
const EMPTY_FILE = Buffer.from('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'hex');
const EMPTY: Uint8Array = new Uint8Array(0);
const MAX_ID = 0xffff_ffff;
const MODE_BITS = 0o7777;
/** What a writer puts for bytes that are no UTF-8: the name itself is lost. */
const REPLACEMENT = '\ufffd';

/**
 * `contentEnd`: contents lie before it. `own` is the entry of the table itself, where it is a file of the layer. Throws
 * `invalid-image`, `path-escape`, `limit-exceeded`.
 */
export function readToc(json: Uint8Array, contentEnd: number, own?: JsonObject): TocContents {
  const entries = [...entriesOf(json), ...(own === undefined ? [] : [own])];
  const chunks = new ChunkList(contentEnd);
  const found: TocEntry[] = [];
  for (let at = 0; at < entries.length;) {
    const first = entries[at++]!;
    const rest: JsonObject[] = [];
    while (entries[at]?.['type'] === 'chunk') rest.push(entries[at++]!);
    found.push(tocEntry(first, rest, chunks));
  }
  return { entries: found, chunks: chunks.finish() };
}

function entriesOf(json: Uint8Array): JsonObject[] {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch (error) {
    throw new PhylloError('invalid-image', 'read table of contents: it is not JSON', { cause: error });
  }
  const { version, entries } = isJsonObject(value) ? value : {};
  if (version !== 1 || !Array.isArray(entries) || !entries.every(isJsonObject))
    throw invalid('it has no entries of version 1');
  return entries;
}

function tocEntry(fields: JsonObject, rest: readonly JsonObject[], chunks: ChunkList): TocEntry {
  const name = textOf(fields, 'name');
  const type = TYPES.get(textOf(fields, 'type'));
  if (type === undefined) throw invalid(`an entry of type ${JSON.stringify(fields['type'])} came`);
  if (rest.some((chunk) => chunk['name'] !== name)) throw invalid('a chunk belongs to no file');
  const sizeBytes = type === 'file' ? wholeNumber(fields, 'size') : 0;
  if (type !== 'file' && rest.length > 0) throw invalid('what is no file has chunks');
  const dataOffset = type === 'file' ? chunks.addFile(sizeBytes, [fields, ...rest]) : -1;
  const { mtimeSeconds, mtimeNanos } = timeOf(fields['modtime']);
  const entry: TarEntry = {
    path: cleanPath(Buffer.from(name)),
    type,
    mode: wholeNumber(fields, 'mode') & MODE_BITS,
    uid: wholeNumber(fields, 'uid', MAX_ID),
    gid: wholeNumber(fields, 'gid', MAX_ID),
    sizeBytes,
    mtimeSeconds,
    mtimeNanos,
    linkname: linkOf(fields, type),
    devMajor: wholeNumber(fields, 'devMajor', MAX_ID),
    devMinor: wholeNumber(fields, 'devMinor', MAX_ID),
    xattrs: xattrsOf(fields['xattrs']),
    dataOffset,
    storedBytes: sizeBytes,
    sparse: undefined,
  };
  return { entry, digest: type === 'file' ? contentDigest(fields, sizeBytes, rest.length) : undefined };
}

function contentDigest(fields: JsonObject, sizeBytes: number, more: number): Uint8Array | undefined {
  if (sizeBytes === 0) return EMPTY_FILE;
  const digest = fields['digest'] ?? (more === 0 ? fields['chunkDigest'] : undefined);
  return isDigest(digest) && digest.startsWith('sha256:') ? Buffer.from(digestHex(digest), 'hex') : undefined;
}

function linkOf(fields: JsonObject, type: EntryType): Uint8Array {
  if (type === 'symlink') return checkLink(Buffer.from(textOf(fields, 'linkName')));
  return type === 'hardlink' ? cleanPath(Buffer.from(textOf(fields, 'linkName'))) : EMPTY;
}

function xattrsOf(value: unknown): Map<string, Uint8Array> | undefined {
  if (!isJsonObject(value)) return undefined;
  const all = Object.entries(value).map(([key, text]): [string, Uint8Array] => {
    if (typeof text !== 'string' || key.includes(REPLACEMENT))
      throw invalid('an extended attribute is no text');
    return [key, Buffer.from(text, 'base64')];
  });
  return all.length === 0 ? undefined : new Map(all);
}

function textOf(fields: JsonObject, key: string): string {
  const text = fields[key];
  if (typeof text !== 'string') throw invalid(`an entry has no ${key}`);
  if (text.includes(REPLACEMENT)) throw invalid(`a ${key} was not UTF-8`);
  return text;
}

/** RFC 3339, with up to nine digits of a second. */
function timeOf(value: unknown): { mtimeSeconds: number; mtimeNanos: number } {
  if (value === undefined || value === null || value === '') return { mtimeSeconds: 0, mtimeNanos: 0 };
  const [, base, digits = '', zone] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(
      typeof value === 'string' ? value : '',
    ) ?? [];
  const ms = Date.parse(`${base}${zone}`);
  if (Number.isNaN(ms)) throw invalid('the time of an entry is none');
  return { mtimeSeconds: ms / 1000, mtimeNanos: Number(digits.padEnd(9, '0')) };
}

function invalid(reason: string): PhylloError {
  return new PhylloError('invalid-image', `read table of contents: ${reason}`);
}
