// The header logic that both tar readers share: takes 512-byte blocks and meta bodies, gives entries. Folds PAX, GNU
// long names and sparse maps into the entry they belong to. Sizes follow Go's archive/tar, which the engines use: links,
// directories and devices have no body whatever their size field says.
import { PhylloError } from '../lib/errors.ts';
import { safeBytes, safeText } from '../lib/text.ts';
import type { EntryType, TarEntry } from './entry.ts';
import { paxNumber, paxTime, paxXattrs } from './pax.ts';
import { type SparseHeader, openOldSparse, openPaxSparse } from './sparse-header.ts';
import { BLOCK_BYTES, copyOf, hasValidChecksum, isZeroBlock, readNumber, readText } from './tar-fields.ts';
import { MetaHeaders, isMetaType } from './tar-meta.ts';
import { headerName } from './tar-name.ts';
import { checkLink, cleanPath } from './tar-path.ts';

export type Step =
  /** Give the next 512-byte block. */
  | { readonly kind: 'block' }
  /** Give `bytes` of body to `meta` (its padding is skipped by the reader). */
  | { readonly kind: 'meta'; readonly bytes: number }
  /** An entry; `bodyBytes` of body (without padding) follow here, at `entry.dataOffset`. */
  | { readonly kind: 'entry'; readonly entry: TarEntry; readonly bodyBytes: number }
  | { readonly kind: 'end' };

/** User and group IDs have 32 bits; a larger one would come out as another user. */
const MAX_ID = 0xffff_ffff;
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

/** A header block whose entry is being put together. */
interface Header {
  readonly block: Uint8Array;
  readonly offset: number;
  readonly type: EntryType;
  readonly path: Uint8Array;
  readonly sparse: SparseHeader | undefined;
  readonly bodyBytes: number;
}

export class TarHeaders {
  private readonly extended = new MetaHeaders();
  private zeroBlocks = 0;
  /** A sparse file whose map goes on in further blocks. */
  private pending: Header | undefined;

  /** `offset` is where the block lies in the tar. Throws `invalid-archive` and what `cleanPath` throws. */
  block(block: Uint8Array, offset: number): Step {
    if (this.pending) return this.continueSparse(this.pending, block, offset);
    if (isZeroBlock(block)) return ++this.zeroBlocks === 2 ? { kind: 'end' } : NEXT_BLOCK;
    if (this.zeroBlocks > 0) throw invalid(offset, 'there is data after a zero block');
    if (!hasValidChecksum(block)) throw invalid(offset, 'the header checksum does not match');
    const typeflag = String.fromCharCode(block[156]!);
    if (isMetaType(typeflag)) return { kind: 'meta', bytes: this.extended.begin(block, typeflag, offset) };
    return this.beginEntry(block, typeflag, offset);
  }

  /** The body of the meta header that `block` announced. */
  meta(body: Uint8Array): void {
    this.extended.take(body);
  }

  /** True where the tar may stop without its closing zero blocks. */
  atBoundary(): boolean {
    return this.pending === undefined && this.extended.isEmpty;
  }

  private beginEntry(block: Uint8Array, typeflag: string, offset: number): Step {
    const type = TYPES[typeflag];
    if (type === undefined) throw invalid(offset, `unknown entry type ${safeText(JSON.stringify(typeflag))}`);
    const { pax } = this.extended;
    const size = paxNumber(pax, 'size', offset) ?? readNumber(block, 124, 12);
    if (size === undefined || size < 0) throw invalid(offset, 'the size is not a number of bytes');
    const path = this.rawPath(block);
    // In the oldest format a directory is a file whose name ends in a slash.
    const isDirectory = type === 'dir' || (typeflag === '\0' && path.at(-1) === SLASH);
    const hasBody = (type === 'file' && !isDirectory) || typeflag === 'D';
    const bodyBytes = hasBody ? size : 0;
    const sparse = typeflag === 'S' ? openOldSparse(block, offset) : openPaxSparse(pax, bodyBytes, offset);
    if (sparse && (type !== 'file' || isDirectory))
      throw invalid(offset, 'a sparse map for something else than a file');
    const header: Header = { block, offset, type: isDirectory ? 'dir' : type, path, sparse, bodyBytes };
    if (!sparse?.needsBlock) return this.finish(header, offset + BLOCK_BYTES);
    this.pending = { ...header, block: copyOf(block, 0, BLOCK_BYTES) };
    return NEXT_BLOCK;
  }

  private rawPath(block: Uint8Array): Uint8Array {
    const { longName, pax } = this.extended;
    return longName?.length ? longName : (pax.get('path') ?? headerName(block));
  }

  private continueSparse(header: Header, block: Uint8Array, offset: number): Step {
    header.sparse!.add(block);
    if (header.sparse!.needsBlock) return NEXT_BLOCK;
    this.pending = undefined;
    return this.finish(header, offset + BLOCK_BYTES);
  }

  private finish(header: Header, dataOffset: number): Step {
    const bodyBytes = header.bodyBytes - (header.sparse?.mapBytes ?? 0);
    const entry = this.makeEntry(header, bodyBytes, dataOffset);
    this.extended.clear();
    return { kind: 'entry', entry, bodyBytes };
  }

  private makeEntry(header: Header, bodyBytes: number, dataOffset: number): TarEntry {
    const { block, offset, type, sparse } = header;
    const { pax } = this.extended;
    const isFile = type === 'file';
    const isDevice = type === 'char' || type === 'block';
    const time = paxTime(pax, 'mtime', offset);
    return {
      path: cleanPath((sparse && pax.get('GNU.sparse.name')) ?? header.path),
      type,
      mode: field(block, 100, 8, 'mode', offset) & 0o7777,
      uid: ownerID(paxNumber(pax, 'uid', offset) ?? field(block, 108, 8, 'uid', offset), offset),
      gid: ownerID(paxNumber(pax, 'gid', offset) ?? field(block, 116, 8, 'gid', offset), offset),
      sizeBytes: isFile ? (sparse?.realSize ?? bodyBytes) : 0,
      mtimeSeconds: time?.seconds ?? field(block, 136, 12, 'time', offset),
      mtimeNanos: time?.nanos ?? 0,
      linkname: this.linkname(block, type),
      devMajor: isDevice ? field(block, 329, 8, 'device number', offset) : 0,
      devMinor: isDevice ? field(block, 337, 8, 'device number', offset) : 0,
      xattrs: paxXattrs(pax, offset),
      dataOffset: isFile ? dataOffset : -1,
      storedBytes: isFile ? bodyBytes : 0,
      sparse: sparse?.chunks(bodyBytes),
    };
  }

  private linkname(block: Uint8Array, type: EntryType): Uint8Array {
    if (type !== 'symlink' && type !== 'hardlink') return EMPTY;
    const { longLink, pax } = this.extended;
    const link = longLink?.length ? longLink : (pax.get('linkpath') ?? readText(block, 157, 100));
    return type === 'hardlink' ? cleanPath(link) : checkLink(link);
  }
}

function field(block: Uint8Array, at: number, length: number, what: string, offset: number): number {
  const value = readNumber(block, at, length);
  if (value !== undefined) return value;
  throw invalid(offset, `the ${what} of ${safeBytes(headerName(block))} is not a number`);
}

function ownerID(id: number, offset: number): number {
  if (id >= 0 && id <= MAX_ID) return id;
  throw invalid(offset, 'the owner is not an ID of 32 bits');
}

function invalid(offset: number, reason: string): PhylloError {
  return new PhylloError('invalid-archive', `read tar header at ${offset}: ${reason}`, { data: { offset } });
}
