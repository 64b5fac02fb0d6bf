// Extended headers: PAX records and GNU long names, until the entry that they belong to comes. Where writers disagree,
// Go's archive/tar decides, which the engines use: a PAX header replaces an earlier one, a GNU long name wins over a PAX
// path, and a global header is read past, with all that was told before it.
import { PhylloError } from '../lib/errors.ts';
import { type PaxRecords, readPaxRecords } from './pax.ts';
import { copyOf, readNumber } from './tar-fields.ts';

const MAX_META_BYTES = 1024 * 1024;
/** Meta headers in a row before one entry; writers use two or three. */
const MAX_META_HEADERS = 64;
const META_TYPES = 'xgLKX';

export function isMetaType(typeflag: string): boolean {
  return META_TYPES.includes(typeflag);
}

export class MetaHeaders {
  pax: PaxRecords = new Map();
  longName: Uint8Array | undefined;
  longLink: Uint8Array | undefined;
  private typeflag = '';
  private offset = 0;
  private count = 0;

  /** No header waits for its entry. */
  get isEmpty(): boolean {
    return this.count === 0;
  }

  /** Bytes of the body that follows `block`. A size record of an earlier PAX header says nothing about it. */
  begin(block: Uint8Array, typeflag: string, offset: number): number {
    if (++this.count > MAX_META_HEADERS) throw invalid(offset, 'too many extended headers in a row');
    const bytes = readNumber(block, 124, 12);
    if (bytes === undefined || bytes < 0)
      throw invalid(offset, 'the size of an extended header is not a number');
    if (bytes > MAX_META_BYTES) {
      throw new PhylloError(
        'limit-exceeded',
        `read tar header at ${offset}: an extended header is larger than 1 MiB`,
        { data: { offset } },
      );
    }
    this.typeflag = typeflag;
    this.offset = offset;
    return bytes;
  }

  /** The body of the header that `begin` saw. Throws `invalid-archive`, `limit-exceeded`. */
  take(body: Uint8Array): void {
    switch (this.typeflag) {
      case 'g':
        readPaxRecords(body, this.offset);
        return this.clear();
      case 'L':
        this.longName = untilNul(body);
        return;
      case 'K':
        this.longLink = untilNul(body);
        return;
      default:
        this.pax = readPaxRecords(body, this.offset);
    }
  }

  clear(): void {
    if (this.count === 0) return;
    this.pax = new Map();
    this.longName = undefined;
    this.longLink = undefined;
    this.count = 0;
  }
}

function untilNul(body: Uint8Array): Uint8Array {
  const end = body.indexOf(0);
  return copyOf(body, 0, end < 0 ? body.length : end);
}

function invalid(offset: number, reason: string): PhylloError {
  return new PhylloError('invalid-archive', `read tar header at ${offset}: ${reason}`, { data: { offset } });
}
