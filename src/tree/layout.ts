// Columns of typed arrays packed into one SharedArrayBuffer: the form in which trees and stacks live in memory,
// travel between threads and lie on disk. Header: JSON of names and element types, then 8-byte aligned columns.
import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { PhylloError } from '../lib/errors.ts';

interface ColumnArrays {
  f64: Float64Array;
  u32: Uint32Array;
  i32: Int32Array;
  u16: Uint16Array;
  u8: Uint8Array;
}
export type ColumnType = keyof ColumnArrays;
export type ColumnArray = ColumnArrays[ColumnType];
interface ColumnConstructor {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: SharedArrayBuffer, offset: number, length: number): ColumnArray;
}
const CONSTRUCTORS: Readonly<Record<ColumnType, ColumnConstructor>> = {
  f64: Float64Array,
  u32: Uint32Array,
  i32: Int32Array,
  u16: Uint16Array,
  u8: Uint8Array,
};
export type ColumnSpec = readonly (readonly [name: string, type: ColumnType, length: number])[];

const MAGIC = 0x4c594850; // "PHYL"
const HEADER_BYTES = 24;
/** Facts are small but for trees full of devices, sparse files or odd xattrs. */
const MAX_FACTS_BYTES = 256 * 1024 * 1024;
const align = (bytes: number): number => (bytes + 7) & ~7;

/**
 * File layout (little endian): magic u32, version u32, checksum u32 (crc32 of all that follows the fixed header),
 * JSON bytes u32, total bytes f64; then the JSON (`{columns, ...facts}`), then the columns.
 */
export class ColumnBuffer<Facts extends object> {
  readonly buffer: SharedArrayBuffer;
  readonly facts: Facts;
  private readonly columns: ReadonlyMap<string, ColumnArray>;

  private constructor(buffer: SharedArrayBuffer, facts: Facts, columns: ReadonlyMap<string, ColumnArray>) {
    this.buffer = buffer;
    this.facts = facts;
    this.columns = columns;
  }

  static allocate<Facts extends object>(
    version: number,
    spec: ColumnSpec,
    facts: Facts,
  ): ColumnBuffer<Facts> {
    const json = new TextEncoder().encode(JSON.stringify({ columns: spec, facts }));
    const start = align(HEADER_BYTES + json.length);
    const total = spec.reduce(
      (sum, [, type, length]) => sum + align(length * CONSTRUCTORS[type].BYTES_PER_ELEMENT),
      start,
    );
    const buffer = new SharedArrayBuffer(total);
    const view = new DataView(buffer);
    view.setUint32(0, MAGIC, true);
    view.setUint32(4, version, true);
    view.setUint32(12, json.length, true);
    view.setFloat64(16, total, true);
    new Uint8Array(buffer).set(json, HEADER_BYTES);
    return new ColumnBuffer(buffer, facts, mapColumns(buffer, spec, start));
  }

  /** Throws `invalid-archive` for another version, a wrong size or, with `verify`, a wrong checksum. */
  static from<Facts extends object>(
    buffer: SharedArrayBuffer,
    version: number,
    verify: boolean,
  ): ColumnBuffer<Facts> {
    if (buffer.byteLength < HEADER_BYTES) throw damaged('it is too short');
    const view = new DataView(buffer);
    if (view.getUint32(0, true) !== MAGIC) throw damaged('it has another format');
    if (view.getUint32(4, true) !== version) throw damaged('it has another version');
    const jsonLength = view.getUint32(12, true);
    if (view.getFloat64(16, true) !== buffer.byteLength || HEADER_BYTES + jsonLength > buffer.byteLength) {
      throw damaged('its size is wrong');
    }
    if (verify && view.getUint32(8, true) !== checksum(buffer)) throw damaged('its checksum is wrong');
    const json = Buffer.from(buffer, HEADER_BYTES, jsonLength).toString('utf8');
    const { columns, facts } = JSON.parse(json) as { columns: ColumnSpec; facts: Facts };
    return new ColumnBuffer(buffer, facts, mapColumns(buffer, columns, align(HEADER_BYTES + jsonLength)));
  }

  /** Stamps the checksum; call before writing the buffer to disk. */
  seal(): Uint8Array {
    new DataView(this.buffer).setUint32(8, checksum(this.buffer), true);
    return new Uint8Array(this.buffer);
  }

  column<Type extends ColumnType>(name: string, type: Type): ColumnArrays[Type] {
    const column = this.columns.get(name);
    if (!(column instanceof CONSTRUCTORS[type])) throw damaged(`column ${name} is missing`);
    return column as ColumnArrays[Type];
  }
}

/** The facts alone, from the head of a file; the columns are neither read nor verified. */
export async function readFacts<Facts extends object>(file: FileHandle, version: number): Promise<Facts> {
  const head = Buffer.alloc(HEADER_BYTES);
  await file.read(head, 0, HEADER_BYTES, 0);
  if (head.readUInt32LE(0) !== MAGIC || head.readUInt32LE(4) !== version)
    throw damaged('it has another format');
  const json = Buffer.alloc(Math.min(head.readUInt32LE(12), MAX_FACTS_BYTES));
  await file.read(json, 0, json.length, HEADER_BYTES);
  try {
    return (JSON.parse(json.toString('utf8')) as { facts: Facts }).facts;
  } catch {
    throw damaged('its facts are not JSON');
  }
}

function mapColumns(buffer: SharedArrayBuffer, spec: ColumnSpec, start: number): Map<string, ColumnArray> {
  const columns = new Map<string, ColumnArray>();
  let offset = start;
  for (const [name, type, length] of spec) {
    const constructor = CONSTRUCTORS[type];
    const bytes = length * constructor.BYTES_PER_ELEMENT;
    if (offset + bytes > buffer.byteLength) throw damaged('a column lies outside of it');
    columns.set(name, new constructor(buffer, offset, length));
    offset += align(bytes);
  }
  return columns;
}

function checksum(buffer: SharedArrayBuffer): number {
  // The types of crc32 do not know shared buffers; Node reads them all the same.
  return crc32(Buffer.from(buffer, 12) as Uint8Array as Buffer);
}

function damaged(reason: string): PhylloError {
  return new PhylloError('invalid-archive', `read index: ${reason}`);
}
