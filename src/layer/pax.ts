// PAX extended header records: `length key=value\n` (POSIX pax, "pax Extended Header").
import { PhylloError } from '../lib/errors.ts';
import { copyOf } from './tar-fields.ts';

export type PaxRecords = Map<string, Uint8Array>;

const SPACE = 0x20;
const EQUALS = 0x3d;
const NEWLINE = 0x0a;
const ZERO = 0x30;
const NINE = 0x39;
const MAX_RECORDS = 20_000;
const MAX_LENGTH_DIGITS = 10;
const SCHILY = 'SCHILY.xattr.';
const LIBARCHIVE = 'LIBARCHIVE.xattr.';
const SPARSE_OFFSET = 'GNU.sparse.offset';
const SPARSE_LENGTH = 'GNU.sparse.numbytes';

/**
 * The records of the header at `offset`; one with an empty value is as good as none. Throws `invalid-archive`,
 * `limit-exceeded`.
 */
export function readPaxRecords(body: Uint8Array, offset: number): PaxRecords {
  const records: PaxRecords = new Map();
  const sparse: string[] = [];
  let count = 0;
  for (let at = 0; at < body.length;) {
    if (++count > MAX_RECORDS) throw tooMany(offset);
    const space = body.indexOf(SPACE, at);
    const length = space < 0 ? undefined : recordLength(body.subarray(at, space));
    const end = at + (length ?? 0);
    const isWhole = end > space + 1 && end <= body.length && body[end - 1] === NEWLINE;
    if (!isWhole || !addRecord(body.subarray(space + 1, end - 1), records, sparse))
      throw invalid(offset, 'it is malformed');
    at = end;
  }
  // Format 0.0 repeats its records; they are put together as the list that format 0.1 has.
  if (sparse.length > 0) records.set('GNU.sparse.map', Buffer.from(sparse.join(',')));
  return records;
}

/** Decimal digits and nothing else: what JavaScript takes for a number besides would be another length elsewhere. */
function recordLength(digits: Uint8Array): number | undefined {
  if (digits.length === 0 || digits.length > MAX_LENGTH_DIGITS) return undefined;
  let length = 0;
  for (const digit of digits) {
    if (digit < ZERO || digit > NINE) return undefined;
    length = length * 10 + digit - ZERO;
  }
  return length;
}

/** False for what is no record. */
function addRecord(record: Uint8Array, records: PaxRecords, sparse: string[]): boolean {
  const equals = record.indexOf(EQUALS);
  if (equals <= 0) return false;
  const key = latin1(record.subarray(0, equals));
  const value = copyOf(record, equals + 1, record.length);
  const isName = key === 'path' || key === 'linkpath';
  if (key.includes('\0') || (isName && value.includes(0))) return false;
  if (key === SPARSE_OFFSET || key === SPARSE_LENGTH) return addSparse00(key, latin1(value), sparse);
  if (value.length === 0 && !key.startsWith(SCHILY)) records.delete(key);
  else records.set(key, value);
  return true;
}

/** Offsets and lengths take turns. */
function addSparse00(key: string, value: string, sparse: string[]): boolean {
  if (key !== (sparse.length % 2 === 0 ? SPARSE_OFFSET : SPARSE_LENGTH) || value.includes(',')) return false;
  sparse.push(value);
  return true;
}

/** undefined when there is no such record. Throws `invalid-archive` for what is no whole number >= 0. */
export function paxNumber(records: PaxRecords, key: string, offset: number): number | undefined {
  const value = records.get(key);
  if (value === undefined) return undefined;
  const text = latin1(value);
  const number = /^\d{1,19}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw invalid(offset, `${key} is not a number of bytes or an ID`);
  return number;
}

/** Seconds and nanoseconds of a PAX time, also before 1970; undefined when absent. */
export function paxTime(
  records: PaxRecords,
  key: string,
  offset: number,
): { seconds: number; nanos: number } | undefined {
  const value = records.get(key);
  if (value === undefined) return undefined;
  const match = /^(-?)(\d{1,15})(?:\.(\d*))?$/.exec(latin1(value));
  if (!match) throw invalid(offset, `${key} is not a time`);
  const seconds = Number(match[2]);
  const nanos = Number((match[3] ?? '').slice(0, 9).padEnd(9, '0'));
  if (match[1] === '') return { seconds, nanos };
  return nanos === 0
    ? { seconds: 0 - seconds, nanos }
    : { seconds: -seconds - 1, nanos: 1_000_000_000 - nanos };
}

/** Extended attributes by name; libarchive's form is base64 and its names are percent-encoded. */
export function paxXattrs(records: PaxRecords, offset: number): Map<string, Uint8Array> | undefined {
  let xattrs: Map<string, Uint8Array> | undefined;
  for (const [key, value] of records) {
    if (key.startsWith(LIBARCHIVE)) {
      const name = decodePercent(key.slice(LIBARCHIVE.length));
      if (name.includes('\0')) throw invalid(offset, 'the name of an extended attribute has a NUL in it');
      xattrs ??= new Map();
      if (!xattrs.has(name)) xattrs.set(name, Buffer.from(latin1(value), 'base64'));
    } else if (key.startsWith(SCHILY)) {
      (xattrs ??= new Map()).set(key.slice(SCHILY.length), value);
    }
  }
  return xattrs;
}

function decodePercent(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}

function tooMany(offset: number): PhylloError {
  const message = `read pax header at ${offset}: more than ${MAX_RECORDS} records`;
  return new PhylloError('limit-exceeded', message, { data: { offset } });
}

function invalid(offset: number, reason: string): PhylloError {
  return new PhylloError('invalid-archive', `read pax header at ${offset}: ${reason}`, { data: { offset } });
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
