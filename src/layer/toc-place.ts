// Where a layer says that its table of contents lies: eStargz (the last gzip member but one, found by the footer) and
// zstd:chunked (a skippable frame that annotations point to). Only tables whose digest the manifest names are of use: all
// that is read by them rests on it.
import { PhylloError, toPhylloError } from '../lib/errors.ts';
import { readAll } from '../lib/streams.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, isDigest } from '../oci/digest.ts';
import type { BlobReader, Range } from '../oci/image.ts';

export type TocForm = 'estargz' | 'zstd:chunked';

export interface PackedToc {
  readonly form: TocForm;
  /** As it lies in the blob. */
  readonly data: Uint8Array;
  /** eStargz: of the JSON; zstd:chunked: of `data`. */
  readonly digest: Digest;
  /** Where it begins in the blob: contents end there. */
  readonly offset: number;
}

const ESTARGZ_DIGEST = 'containerd.io/snapshot/stargz/toc.digest';
/** The second is what early writers called it. */
const CHUNKED = ['io.github.containers.zstd-chunked', 'io.containers.zstd-chunked'] as const;
const FOOTER_BYTES = 51;
/** gzip header without a name and time, 26 bytes of extra field: S, G, 22 bytes: 16 hex digits and the word. */
const FOOTER =
  /^\u001f\u008b\u0008\u0004.{6}\u001a\u0000SG\u0016\u0000([0-9a-f]{16})STARGZ\u0001\u0000\u0000\u00ff\u00ff\u0000{8}$/s;
/** Asked for at first: small tables are in it with their footer. */
const TAIL_BYTES = 256 * 1024;
const MAX_PACKED_TOC_BYTES = 32 * 1024 * 1024;
/** A skippable frame begins with these. */
const FRAME_HEADER_BYTES = 8;

/** Whether it is worth a question. */
export function claimsToc(descriptor: Descriptor): boolean {
  return estargzDigest(descriptor) !== undefined || chunkedPlace(descriptor) !== undefined;
}

/** Undefined where there is none that can be verified. Throws `invalid-image`, `limit-exceeded` for one that cannot be. */
export async function fetchToc(
  blobs: BlobReader,
  descriptor: Descriptor,
  signal?: AbortSignal,
): Promise<PackedToc | undefined> {
  const read = (range: Range): Promise<Buffer> => readRange(blobs, descriptor, range, signal);
  const chunked = chunkedPlace(descriptor);
  if (chunked) {
    const { offset, length, digest } = chunked;
    return {
      form: 'zstd:chunked',
      data: await read({ offset, length }),
      digest,
      offset: offset - FRAME_HEADER_BYTES,
    };
  }
  const digest = estargzDigest(descriptor);
  return digest === undefined
    ? undefined
    : { form: 'estargz', digest, ...(await estargzToc(descriptor, read)) };
}

async function estargzToc(
  { size }: Descriptor,
  read: (range: Range) => Promise<Buffer>,
): Promise<{ data: Uint8Array; offset: number }> {
  const tailAt = Math.max(0, size - TAIL_BYTES);
  const tail = await read({ offset: tailAt, length: size - tailAt });
  const end = size - FOOTER_BYTES;
  const offset = footerOffset(tail.subarray(Math.max(0, tail.length - FOOTER_BYTES)));
  if (offset === undefined || offset >= end) throw invalid('its footer is not one of eStargz');
  mustFit(end - offset);
  if (offset >= tailAt) return { data: tail.subarray(offset - tailAt, end - tailAt), offset };
  const head = await read({ offset, length: tailAt - offset });
  return { data: Buffer.concat([head, tail.subarray(0, end - tailAt)]), offset };
}

/** Where the table begins, as the footer has it. */
export function footerOffset(footer: Uint8Array): number | undefined {
  const hex = FOOTER.exec(Buffer.from(footer).toString('latin1'))?.[1];
  const offset = Number.parseInt(hex ?? '', 16);
  return Number.isSafeInteger(offset) ? offset : undefined;
}

function estargzDigest({ annotations }: Descriptor): Digest | undefined {
  const digest = annotations?.[ESTARGZ_DIGEST];
  return isDigest(digest) ? digest : undefined;
}

/** `OFFSET:BYTES:BYTES OF THE JSON:1`. A place outside of the blob is none. */
function chunkedPlace({ annotations, size }: Descriptor): (Range & { digest: Digest }) | undefined {
  for (const prefix of CHUNKED) {
    const digest = annotations?.[`${prefix}.manifest-checksum`];
    const [, at, bytes] =
      /^(\d{1,15}):(\d{1,15}):\d{1,15}:1$/.exec(annotations?.[`${prefix}.manifest-position`] ?? '') ?? [];
    const [offset, length] = [Number(at), Number(bytes)];
    const isInside = offset >= FRAME_HEADER_BYTES && length > 0 && offset + length <= size;
    if (isDigest(digest) && isInside && length <= MAX_PACKED_TOC_BYTES) return { offset, length, digest };
  }
  return undefined;
}

async function readRange(
  blobs: BlobReader,
  descriptor: Descriptor,
  range: Range,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const input = await blobs.open(descriptor, range);
  const stop = (): void => void input.destroy(new DOMException('', 'AbortError'));
  signal?.addEventListener('abort', stop, { once: true });
  try {
    signal?.throwIfAborted();
    const data = await readAll(input as AsyncIterable<Uint8Array>, range.length, 'table of contents');
    if (data.length === range.length) return data;
    throw invalid(`only ${data.length} of ${range.length} bytes came`);
  } catch (error) {
    throw toPhylloError(error, 'read table of contents');
  } finally {
    signal?.removeEventListener('abort', stop);
    input.destroy();
  }
}

function mustFit(bytes: number): void {
  if (bytes > MAX_PACKED_TOC_BYTES)
    throw new PhylloError('limit-exceeded', `read table of contents: it has ${bytes} bytes`);
}

function invalid(reason: string): PhylloError {
  return new PhylloError('invalid-image', `read table of contents: ${reason}`);
}
