// The header logic that both tar readers share: takes 512-byte blocks and meta bodies, gives entries. Folds PAX, GNU
// long names and sparse maps into the entry they belong to. Sizes follow Go's archive/tar, which the engines use: links,
// directories and devices have no body whatever their size field says.
import { PhylloError } from '../lib/errors.ts';
import { safeBytes } from '../lib/text.ts';
import type { EntryType, SparseChunk, TarEntry } from './entry.ts';
import { type PaxRecords, paxNumber, paxTime, paxXattrs, readPaxRecords } from './pax.ts';
import { SparseMapReader, checkSparse, readOldGnuChunks, readSparseList } from './sparse.ts';
import { hasValidChecksum, isZeroBlock, readNumber, readText } from './tar-fields.ts';
import { cleanPath } from './tar-path.ts';

export type Step =
  /** Give the next 512-byte block. */
  | { readonly kind: 'block' }
  /** Give `bytes` of body to `meta` (its padding is skipped by the reader). */
  | { readonly kind: 'meta'; readonly bytes: number }
  /** An entry; `bodyBytes` of body (without padding) follow here, at `entry.dataOffset`. */
  | { readonly kind: 'entry'; readonly entry: TarEntry; readonly bodyBytes: number }
  | { readonly kind: 'end' };

const MAX_META_BYTES = 1024 * 1024;
/** Meta headers in a row before one entry; writers use two or three. */
const MAX_META_HEADERS = 64;
const EMPTY: Uint8Array = new Uint8Array(0);
const NEXT_BLOCK: Step = { kind: 'block' };
const SLASH = 0x2f;

const TYPES: Readonly<Record<string, EntryType>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  S: 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'char',
  '4': 'block',
  '5': 'dir',
  D: 'dir',
  '6': 'fifo',
};

interface Pending {
  readonly block: Uint8Array;
  readonly type: EntryType;
  readonly typeflag: string;
  readonly headerOffset: number;
  chunks: SparseChunk[];
  realSize: number | undefined;
  bodyBytes: number;
  map: SparseMapReader | undefined;
}

export class TarHeaders {
  private readonly globalPax: PaxRecords = new Map();
  private pax: PaxRecords = new Map();
  private longName: Uint8Array | undefined;
  private longLink: Uint8Array | undefined;
  private metaType = '';
  private metaCount = 0;
  private zeroBlocks = 0;
  private pending: Pending | undefined;

  /** `offset` is where the block lies in the tar. Throws `invalid-archive` and what `cleanPath` throws. */
  block(block: Uint8Array, offset: number): Step {
    if (this.pending) return this.continuePending(block, offset);
    if (isZeroBlock(block)) return ++this.zeroBlocks === 2 ? { kind: 'end' } : NEXT_BLOCK;
    if (this.zeroBlocks > 0) throw invalid(offset, 'there is data after a zero block');
    if (!hasValidChecksum(block)) throw invalid(offset, 'the header checksum does not match');
    const typeflag = String.fromCharCode(block[156]!);
    return 'xgLKX'.includes(typeflag)
      ? this.beginMeta(block, typeflag, offset)
      : this.beginEntry(block, typeflag, offset);
  }

  /** True where the tar may stop without its closing zero blocks. */
  atBoundary(): boolean {
    return this.pending === undefined && this.metaCount === 0;
  }

  private beginMeta(block: Uint8Array, typeflag: string, offset: number): Step {
    if (++this.metaCount > MAX_META_HEADERS) throw invalid(offset, 'too many extended headers in a row');
    const bytes = readNumber(block, 124, 12);
    if (bytes === undefined || bytes < 0)
      throw invalid(offset, 'the size of an extended header is not a number');
    if (bytes > MAX_META_BYTES) {
      throw new PhylloError(
        'limit-exceeded',
        `read tar header at ${offset}: an extended header is larger than 1 MiB`,
      );
    }
    this.metaType = typeflag;
    return { kind: 'meta', bytes };
  }

  /** The body of the meta header that `block` announced. */
  meta(body: Uint8Array): void {
    switch (this.metaType) {
      case 'g':
        this.metaCount = 0;
        return readPaxRecords(body, this.globalPax);
      case 'L':
        this.longName = untilNul(body);
        return;
      case 'K':
        this.longLink = untilNul(body);
        return;
      default:
        readPaxRecords(body, this.pax);
    }
  }

  private beginEntry(block: Uint8Array, typeflag: string, offset: number): Step {
    const type = TYPES[typeflag];
    if (type === undefined) throw invalid(offset, `unknown entry type ${JSON.stringify(typeflag)}`);
    if (this.globalPax.size > 0) this.pax = new Map([...this.globalPax, ...this.pax]);
    const size = paxNumber(this.pax, 'size') ?? readNumber(block, 124, 12);
    if (size === undefined || size < 0) throw invalid(offset, 'the size is not a number of bytes');
    const bodyBytes = type === 'file' || typeflag === 'D' ? size : 0;
    this.pending = {
      block: block.slice(),
      type,
      typeflag,
      headerOffset: offset,
      chunks: [],
      realSize: undefined,
      bodyBytes,
      map: undefined,
    };
    return this.beginSparse(this.pending, offset);
  }

  private beginSparse(pending: Pending, offset: number): Step {
    const { block, typeflag } = pending;
    if (typeflag === 'S') {
      pending.chunks = readOldGnuChunks(block, 386, 4);
      pending.realSize = readNumber(block, 483, 12);
      return block[482] === 0 ? this.finish(offset + 512) : NEXT_BLOCK;
    }
    const realSize = paxNumber(this.pax, 'GNU.sparse.realsize') ?? paxNumber(this.pax, 'GNU.sparse.size');
    if (pending.type !== 'file' || realSize === undefined) return this.finish(offset + 512);
    pending.realSize = realSize;
    if (this.pax.has('GNU.sparse.major')) {
      pending.map = new SparseMapReader();
      return NEXT_BLOCK;
    }
    pending.chunks = readSparseList(this.pax.get('GNU.sparse.map') ?? EMPTY);
    return this.finish(offset + 512);
  }

  private continuePending(block: Uint8Array, offset: number): Step {
    const pending = this.pending!;
    if (pending.map === undefined) {
      pending.chunks.push(...readOldGnuChunks(block, 0, 21));
      if (pending.chunks.length > 1_000_000) throw invalid(offset, 'a sparse file has too many chunks');
      return block[504] === 0 ? this.finish(offset + 512) : NEXT_BLOCK;
    }
    const chunks = pending.map.add(block);
    if (pending.map.bytes > pending.bodyBytes + 511)
      throw invalid(offset, 'a sparse map is longer than its entry');
    if (chunks === undefined) return NEXT_BLOCK;
    pending.chunks = chunks;
    pending.bodyBytes = Math.max(0, pending.bodyBytes - pending.map.bytes);
    return this.finish(offset + 512);
  }

  private finish(dataOffset: number): Step {
    const pending = this.pending!;
    const entry = this.makeEntry(pending, dataOffset);
    this.pending = undefined;
    this.pax = new Map();
    this.longName = undefined;
    this.longLink = undefined;
    this.metaCount = 0;
    return { kind: 'entry', entry, bodyBytes: pending.bodyBytes };
  }

  private makeEntry(
    { block, type, headerOffset, chunks, realSize, bodyBytes }: Pending,
    dataOffset: number,
  ): TarEntry {
    const rawPath =
      this.pax.get('GNU.sparse.name') ?? this.pax.get('path') ?? this.longName ?? ustarName(block);
    // In the oldest format a directory is a file whose name ends in a slash.
    const isDirectory = type === 'dir' || (type === 'file' && bodyBytes === 0 && rawPath.at(-1) === SLASH);
    const link = this.pax.get('linkpath') ?? this.longLink ?? readText(block, 157, 100);
    const path = cleanPath(rawPath);
    const isFile = type === 'file' && !isDirectory;
    const sparse = realSize === undefined || !isFile ? undefined : checkSparse(chunks, realSize, bodyBytes);
    const time = paxTime(this.pax, 'mtime') ?? {
      seconds: this.number(block, 136, 12, 'time', headerOffset),
      nanos: 0,
    };
    const isDevice = type === 'char' || type === 'block';
    return {
      path,
      type: isDirectory ? 'dir' : type,
      mode: this.number(block, 100, 8, 'mode', headerOffset) & 0o7777,
      uid: paxNumber(this.pax, 'uid') ?? this.number(block, 108, 8, 'uid', headerOffset),
      gid: paxNumber(this.pax, 'gid') ?? this.number(block, 116, 8, 'gid', headerOffset),
      sizeBytes: isFile ? (sparse === undefined ? bodyBytes : realSize!) : 0,
      mtimeSeconds: time.seconds,
      mtimeNanos: time.nanos,
      linkname: type === 'symlink' ? link : type === 'hardlink' ? cleanPath(link) : EMPTY,
      devMajor: isDevice ? this.number(block, 329, 8, 'device number', headerOffset) : 0,
      devMinor: isDevice ? this.number(block, 337, 8, 'device number', headerOffset) : 0,
      xattrs: paxXattrs(this.pax),
      dataOffset: isFile ? dataOffset : -1,
      storedBytes: isFile ? bodyBytes : 0,
      sparse,
    };
  }

  private number(block: Uint8Array, at: number, length: number, what: string, offset: number): number {
    const value = readNumber(block, at, length);
    if (value === undefined)
      throw invalid(offset, `the ${what} of ${safeBytes(ustarName(block))} is not a number`);
    return value;
  }
}

function ustarName(block: Uint8Array): Uint8Array {
  const name = readText(block, 0, 100);
  // GNU's own format has other fields where ustar has the prefix.
  const isUstar = block[257] === 0x75 && block[262] === 0 && block[263] === 0x30;
  if (!isUstar || block[345] === 0) return name;
  return Buffer.concat([readText(block, 345, 155), Buffer.from('/'), name]);
}

function untilNul(body: Uint8Array): Uint8Array {
  const end = body.indexOf(0);
  return (end < 0 ? body : body.subarray(0, end)).slice();
}

function invalid(offset: number, reason: string): PhylloError {
  return new PhylloError('invalid-archive', `read tar header at ${offset}: ${reason}`, { data: { offset } });
}
