// What headers say about a sparse file, in each of GNU's four forms: blocks of the old header, PAX 0.0 and 0.1 lists, and
// the PAX 1.0 map, which stands in front of the data. Which form it is follows Go's archive/tar.
import { PhylloError } from '../lib/errors.ts';
import type { SparseChunk } from './entry.ts';
import { type PaxRecords, paxNumber } from './pax.ts';
import {
  MAX_CHUNKS,
  SparseMapReader,
  checkSparse,
  readOldGnuChunks,
  readSparseList,
  tooMany,
} from './sparse.ts';
import { readNumber } from './tar-fields.ts';
import { isGnu } from './tar-name.ts';

const EMPTY: Uint8Array = new Uint8Array(0);

export interface SparseHeader {
  /** Another block has to be given to `add` before the data begins. */
  readonly needsBlock: boolean;
  add(block: Uint8Array): void;
  /** Bytes of the entry's body that the map takes. */
  readonly mapBytes: number;
  readonly realSize: number;
  /** Where data lies, once no block is needed. Throws `invalid-archive` unless it makes up `storedBytes`. */
  chunks(storedBytes: number): SparseChunk[];
}

/** Throws `invalid-archive`. */
export function openOldSparse(block: Uint8Array, offset: number): SparseHeader {
  const realSize = readNumber(block, 483, 12);
  if (!isGnu(block) || realSize === undefined || realSize < 0)
    throw invalid(offset, 'a sparse file has no size, or a header of another format');
  return new OldSparseHeader(block, realSize, offset);
}

/** undefined for what is no sparse file of a form that is known. `bodyBytes` is what the entry has in the tar. */
export function openPaxSparse(pax: PaxRecords, bodyBytes: number, offset: number): SparseHeader | undefined {
  if (pax.size === 0) return undefined;
  const version = sparseVersion(pax);
  if (version === undefined) return undefined;
  const size =
    paxNumber(pax, 'GNU.sparse.size', offset) ?? paxNumber(pax, 'GNU.sparse.realsize', offset) ?? bodyBytes;
  if (version === 1) return new SparseMapHeader(size, bodyBytes, offset);
  return new SparseListHeader(readSparseList(pax.get('GNU.sparse.map') ?? EMPTY, offset), size, offset);
}

/** The first two forms need not give their version. */
function sparseVersion(pax: PaxRecords): 0 | 1 | undefined {
  const part = (key: string): string => Buffer.from(pax.get(key) ?? EMPTY).toString('latin1');
  switch (`${part('GNU.sparse.major')}.${part('GNU.sparse.minor')}`) {
    case '0.0':
    case '0.1':
      return 0;
    case '1.0':
      return 1;
    case '.':
      return pax.has('GNU.sparse.map') ? 0 : undefined;
    default:
      return undefined;
  }
}

class OldSparseHeader implements SparseHeader {
  readonly mapBytes = 0;
  readonly realSize: number;
  needsBlock: boolean;
  private readonly offset: number;
  private readonly list: SparseChunk[];

  constructor(block: Uint8Array, realSize: number, offset: number) {
    this.realSize = realSize;
    this.offset = offset;
    this.list = readOldGnuChunks(block, { at: 386, count: 4, offset });
    this.needsBlock = block[482] !== 0;
  }

  add(block: Uint8Array): void {
    this.list.push(...readOldGnuChunks(block, { at: 0, count: 21, offset: this.offset }));
    if (this.list.length > MAX_CHUNKS) throw tooMany(this.offset);
    this.needsBlock = block[504] !== 0;
  }

  chunks(storedBytes: number): SparseChunk[] {
    return checkSparse(this.list, { sizeBytes: this.realSize, storedBytes, offset: this.offset });
  }
}

class SparseListHeader implements SparseHeader {
  readonly mapBytes = 0;
  readonly needsBlock = false;
  readonly realSize: number;
  private readonly offset: number;
  private readonly list: readonly SparseChunk[];

  constructor(list: readonly SparseChunk[], realSize: number, offset: number) {
    this.list = list;
    this.realSize = realSize;
    this.offset = offset;
  }

  add(): void {}

  chunks(storedBytes: number): SparseChunk[] {
    return checkSparse(this.list, { sizeBytes: this.realSize, storedBytes, offset: this.offset });
  }
}

class SparseMapHeader implements SparseHeader {
  readonly realSize: number;
  private readonly bodyBytes: number;
  private readonly offset: number;
  private readonly map: SparseMapReader;
  private list: readonly SparseChunk[] | undefined;

  constructor(realSize: number, bodyBytes: number, offset: number) {
    this.realSize = realSize;
    this.bodyBytes = bodyBytes;
    this.offset = offset;
    this.map = new SparseMapReader(offset);
  }

  get needsBlock(): boolean {
    return this.list === undefined;
  }

  get mapBytes(): number {
    return this.map.bytes;
  }

  add(block: Uint8Array): void {
    // What lies behind the body is another entry.
    if (this.map.bytes + block.length > this.bodyBytes)
      throw invalid(this.offset, 'a sparse map is longer than its entry');
    this.list = this.map.add(block);
  }

  chunks(storedBytes: number): SparseChunk[] {
    return checkSparse(this.list!, { sizeBytes: this.realSize, storedBytes, offset: this.offset });
  }
}

function invalid(offset: number, reason: string): PhylloError {
  return new PhylloError('invalid-archive', `read tar header at ${offset}: ${reason}`, { data: { offset } });
}
