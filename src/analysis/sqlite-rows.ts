// The rows of a table of an SQLite file, read as data: enough of the format for a package database. The file may be
// anything; every page is read at most once and no more bytes are handed out than the file has. Pure.

const HEADER = 'SQLite format 3\0';
const TABLE_INTERIOR = 0x05;
const TABLE_LEAF = 0x0d;
const FILE_HEADER_BYTES = 100;

/** A column of a row: integers other than the row's own number and floats are of no use here. */
export type SqliteValue = Uint8Array | number | null;

/** Throws a RangeError for a file that is none, or is damaged. */
export function* sqliteRows(data: Uint8Array, table: string): Generator<readonly SqliteValue[]> {
  const file = new SqliteFile(data);
  for (const [type, name, , root] of file.rows(1)) {
    if (textOf(type) !== 'table' || textOf(name) !== table || typeof root !== 'number') continue;
    yield* file.rows(root);
    return;
  }
  throw new RangeError(`there is no table ${table}`);
}

function textOf(value: SqliteValue | undefined): string {
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : '';
}

class SqliteFile {
  private readonly data: Uint8Array;
  private readonly view: DataView;
  private readonly pageBytes: number;
  /** Without what is reserved at the end of each page. */
  private readonly usable: number;
  private readonly seen: Uint8Array;
  /** Bytes of rows that may still come: rows that lie over each other would be read again and again. */
  private left: number;

  constructor(data: Uint8Array) {
    this.data = data;
    this.view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    if (data.length < FILE_HEADER_BYTES || Buffer.from(data.subarray(0, 16)).toString('latin1') !== HEADER)
      throw new RangeError('it is no SQLite file');
    const size = this.view.getUint16(16);
    this.pageBytes = size === 1 ? 65536 : size;
    this.usable = this.pageBytes - data[20]!;
    if (this.pageBytes < 512 || this.usable < 480) throw new RangeError('its page size is wrong');
    this.left = data.length;
    this.seen = new Uint8Array(Math.ceil(data.length / this.pageBytes) + 1);
  }

  /** Rows of the table whose B-tree begins at a page; pages count from 1. */
  *rows(root: number): Generator<SqliteValue[]> {
    const pending = [root];
    for (let page = pending.pop(); page !== undefined; page = pending.pop()) {
      const start = this.enter(page);
      const at = page === 1 ? FILE_HEADER_BYTES : start;
      const type = this.data[at];
      const cells = this.view.getUint16(at + 3);
      const pointers = at + (type === TABLE_INTERIOR ? 12 : 8);
      if (type === TABLE_INTERIOR) {
        pending.push(this.view.getUint32(at + 8));
        for (let cell = cells - 1; cell >= 0; cell--)
          pending.push(this.view.getUint32(start + this.view.getUint16(pointers + 2 * cell)));
      } else if (type === TABLE_LEAF) {
        for (let cell = 0; cell < cells; cell++)
          yield this.record(this.payload(start + this.view.getUint16(pointers + 2 * cell)));
      } else throw new RangeError('a page of it is damaged');
    }
  }

  /** Where a page begins. Throws when it was read already: then the file goes round in circles. */
  private enter(page: number): number {
    if (page < 1 || page >= this.seen.length) throw new RangeError('it points beyond its end');
    if (this.seen[page]) throw new RangeError('its pages go round in circles');
    this.seen[page] = 1;
    return (page - 1) * this.pageBytes;
  }

  /** A cell's bytes, those on overflow pages included. */
  private payload(at: number): Uint8Array {
    const [length, afterLength] = this.varint(this.data, at);
    const [, start] = this.varint(this.data, afterLength);
    this.left -= length + 1;
    if (this.left < 0) throw new RangeError('its rows are larger than the file');
    const local = this.localBytes(length);
    const parts = [this.data.subarray(start, start + local)];
    let left = length - local;
    let next = left > 0 ? this.view.getUint32(start + local) : 0;
    while (left > 0) {
      const page = this.enter(next);
      const count = Math.min(left, this.usable - 4);
      parts.push(this.data.subarray(page + 4, page + 4 + count));
      left -= count;
      next = this.view.getUint32(page);
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  /** How much of a row is in its cell (file format, "Cell Payload Overflow Pages"). */
  private localBytes(length: number): number {
    if (length <= this.usable - 35) return length;
    const least = Math.floor(((this.usable - 12) * 32) / 255) - 23;
    const local = least + ((length - least) % (this.usable - 4));
    return local <= this.usable - 35 ? local : least;
  }

  private record(payload: Uint8Array): SqliteValue[] {
    const [headerBytes, first] = this.varint(payload, 0);
    const values: SqliteValue[] = [];
    let at = headerBytes;
    for (let next = first; next < headerBytes;) {
      const [type, after] = this.varint(payload, next);
      next = after;
      const length = serialBytes(type);
      values.push(serialValue(type, payload.subarray(at, at + length)));
      at += length;
    }
    return values;
  }

  private varint(data: Uint8Array, start: number): [value: number, end: number] {
    let value = 0;
    for (let count = 0; count < 9; count++) {
      const byte = data[start + count];
      if (byte === undefined) throw new RangeError('it ends too early');
      if (count === 8) return [value * 256 + byte, start + 9];
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) return [value, start + count + 1];
    }
    throw new RangeError('a number of it is damaged');
  }
}

const INTEGER_BYTES = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0];

function serialBytes(type: number): number {
  return type < 12 ? INTEGER_BYTES[type]! : Math.floor((type - 12) / 2);
}

function serialValue(type: number, bytes: Uint8Array): SqliteValue {
  if (type === 0) return null;
  if (type === 8 || type === 9) return type - 8;
  if (type >= 12) return bytes;
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}
