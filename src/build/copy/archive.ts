// Archives that ADD unpacks: told by their content, read from front to back, as often as needed and never kept.
import { PhylloError, isPhylloError } from '../../lib/errors.ts';
import { SparsePlaces } from '../../layer/apply-sparse.ts';
import type { TarEntry } from '../../layer/entry.ts';
import { TarParser } from '../../layer/tar-parser.ts';
import type { FileSource } from '../file-view.ts';
import { MAGIC_BYTES, rareForm, unpacked } from './decompress.ts';
import { shownPath } from './raw-path.ts';

export interface Archive {
  readonly source: FileSource;
  readonly path: string;
}

/** A regular file in an archive, by its number among the entries. */
export interface ArchiveFile {
  readonly archive: Archive;
  readonly index: number;
}

export interface ArchiveEntry {
  readonly entry: TarEntry;
  readonly index: number;
  /** Of a regular file, holes filled. To be read, if at all, before the next entry is asked for. */
  readonly body: AsyncIterable<Uint8Array>;
}

const MAX_ENTRIES = 2_000_000;
/** A few bytes of sparse map could ask for a full disk. */
const MAX_HOLE_BYTES = 16 * 1024 ** 3;
const ZEROS = new Uint8Array(64 * 1024);

/** Whether the file is a tar, plain or compressed: its first header is right. */
export async function isArchive(archive: Archive): Promise<boolean> {
  try {
    for await (const event of tarEvents(archive)) if (event.kind === 'entry') return true;
    return false;
  } catch (error) {
    if (isPhylloError(error, 'invalid-archive')) return false;
    throw error;
  }
}

/** Throws `invalid-archive`, `path-escape`, `limit-exceeded`, and what the source throws. */
export async function* readArchive(archive: Archive): AsyncGenerator<ArchiveEntry> {
  const events = tarEvents(archive);
  let index = 0;
  let holeBytes = 0;
  try {
    for (let next = await events.next(); !next.done; next = await events.next()) {
      // Of a body that nobody read to its end.
      if (next.value.kind !== 'entry') continue;
      const { entry } = next.value;
      holeBytes += entry.sparse ? entry.sizeBytes - entry.storedBytes : 0;
      if (index === MAX_ENTRIES) throw tooLarge(archive, `it has more than ${MAX_ENTRIES} entries`);
      if (holeBytes > MAX_HOLE_BYTES) throw tooLarge(archive, 'its sparse files have too many holes');
      yield { entry, index: index++, body: bodyOf(entry, events) };
    }
  } finally {
    await events.return(undefined);
  }
}

type TarEvent =
  | { readonly kind: 'entry'; readonly entry: TarEntry }
  | { readonly kind: 'data'; readonly chunk: Uint8Array }
  | { readonly kind: 'end' };

async function* tarEvents({ source, path }: Archive): AsyncGenerator<TarEvent, void, undefined> {
  const events: TarEvent[] = [];
  const parser = new TarParser({
    entry: (entry) => events.push({ kind: 'entry', entry }),
    data: (chunk) => events.push({ kind: 'data', chunk }),
    endEntry: () => events.push({ kind: 'end' }),
  });
  const form = rareForm(await firstBytes({ source, path }));
  for await (const chunk of unpacked(source.open(path), form)) {
    parser.write(chunk);
    yield* events.splice(0);
  }
  parser.end();
  yield* events.splice(0);
}

async function* bodyOf(
  { sparse, sizeBytes }: TarEntry,
  events: AsyncGenerator<TarEvent, void, undefined>,
): AsyncGenerator<Uint8Array> {
  const places = sparse && new SparsePlaces(sparse);
  let at = 0;
  for (;;) {
    const next = await events.next();
    if (next.done || next.value.kind !== 'data') break;
    const { chunk } = next.value;
    for (const { data, offset } of places?.place(chunk) ?? [{ data: chunk, offset: at }]) {
      yield* zeros(offset - at);
      yield data;
      at = offset + data.length;
    }
  }
  yield* zeros(sizeBytes - at);
}

function* zeros(count: number): Generator<Uint8Array> {
  for (let left = count; left > 0; left -= ZEROS.length) yield ZEROS.subarray(0, left);
}

async function firstBytes({ source, path }: Archive): Promise<Buffer> {
  let head = Buffer.alloc(0);
  for await (const chunk of source.open(path)) {
    head = Buffer.concat([head, chunk as Buffer]);
    if (head.length >= MAGIC_BYTES) break;
  }
  return head;
}

function tooLarge({ path }: Archive, reason: string): PhylloError {
  return new PhylloError('limit-exceeded', `unpack ${shownPath(path)}: ${reason}`);
}
