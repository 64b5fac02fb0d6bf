// PAX extended header records: `length key=value\n` (POSIX pax, "pax Extended Header").
import { PhylloError } from '../lib/errors.ts';

export type PaxRecords = Map<string, Uint8Array>;

const SPACE = 0x20;
const EQUALS = 0x3d;
const NEWLINE = 0x0a;
const MAX_RECORDS = 20_000;

/** Adds the records of one header to `records`; an empty value takes a record back. Throws `invalid-archive`. */
export function readPaxRecords(body: Uint8Array, records: PaxRecords): void {
  let count = 0;
  for (let at = 0; at < body.length;) {
    if (++count > MAX_RECORDS)
      throw new PhylloError('limit-exceeded', `read pax header: more than ${MAX_RECORDS} records`);
    const space = body.indexOf(SPACE, at);
    const length = space < 0 || space - at > 10 ? Number.NaN : Number(latin1(body.subarray(at, space)));
    const end = at + length;
    if (!Number.isInteger(length) || end > body.length || end <= space + 1 || body[end - 1] !== NEWLINE)
      throw malformed();
    addRecord(body.subarray(space + 1, end - 1), records);
    at = end;
  }
}

function addRecord(record: Uint8Array, records: PaxRecords): void {
  const equals = record.indexOf(EQUALS);
  if (equals <= 0) throw malformed();
  const key = latin1(record.subarray(0, equals));
  const value = record.slice(equals + 1);
  if (key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes') return addSparse00(value, records);
  if (value.length === 0 && !key.startsWith('SCHILY.xattr.')) records.delete(key);
  else records.set(key, value);
}

/** Format 0.0 repeats its records; they are put together as the list that format 0.1 has. */
function addSparse00(value: Uint8Array, records: PaxRecords): void {
  const list = records.get('GNU.sparse.map');
  records.set('GNU.sparse.map', list === undefined ? value : Buffer.concat([list, Buffer.from(','), value]));
}

/** undefined when there is no such record. Throws `invalid-archive` for what is no whole number >= 0. */
export function paxNumber(records: PaxRecords, key: string): number | undefined {
  const value = records.get(key);
  if (value === undefined) return undefined;
  const text = latin1(value);
  const number = /^\d{1,19}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(number)) {
    throw new PhylloError('invalid-archive', `read pax header: ${key} is not a number of bytes or an ID`);
  }
  return number;
}

/** Seconds and nanoseconds of a PAX time, also before 1970; undefined when absent. */
export function paxTime(records: PaxRecords, key: string): { seconds: number; nanos: number } | undefined {
  const value = records.get(key);
  if (value === undefined) return undefined;
  const match = /^(-?)(\d{1,15})(?:\.(\d*))?$/.exec(latin1(value));
  if (!match) throw new PhylloError('invalid-archive', `read pax header: ${key} is not a time`);
  const seconds = Number(match[2]);
  const nanos = Number((match[3] ?? '').slice(0, 9).padEnd(9, '0'));
  if (match[1] === '') return { seconds, nanos };
  return nanos === 0 ? { seconds: -seconds, nanos } : { seconds: -seconds - 1, nanos: 1_000_000_000 - nanos };
}

const SCHILY = 'SCHILY.xattr.';
const LIBARCHIVE = 'LIBARCHIVE.xattr.';

/** Extended attributes by name; libarchive's form is base64 and its names are percent-encoded. */
export function paxXattrs(records: PaxRecords): Map<string, Uint8Array> | undefined {
  let xattrs: Map<string, Uint8Array> | undefined;
  for (const [key, value] of records) {
    if (key.startsWith(LIBARCHIVE)) {
      const name = decodePercent(key.slice(LIBARCHIVE.length));
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

function malformed(): PhylloError {
  return new PhylloError('invalid-archive', 'read pax header: it is malformed');
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
