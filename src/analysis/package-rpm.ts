// rpm's databases: SQLite and ndb files hold one header a package, and name and version stand in the header. Berkeley DB
// files, which old systems have, are not read. Pure; linear in the bytes, whatever is in them.
import { type Package, packageOf } from './package.ts';
import { sqliteRows } from './sqlite-rows.ts';

/** Throws a RangeError for a damaged file. */
export function* sqliteRpmPackages(data: Uint8Array): Generator<Package> {
  for (const [, header] of sqliteRows(data, 'Packages')) {
    const found = header instanceof Uint8Array ? headerPackage(header) : undefined;
    if (found) yield found;
  }
}

const NDB_MAGIC = 'RpmP';
const SLOT_MAGIC = 'Slot';
const BLOB_MAGIC = 'BlbS';
const NDB_PAGE = 4096;
const NDB_BLOCK = 16;
/** The file's own header takes the place of the first slots. */
const FIRST_SLOT = 2;

/** ndb: a table of slots at the start, each with the place of one header. Throws a RangeError for a damaged file. */
export function* ndbRpmPackages(data: Uint8Array): Generator<Package> {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (magicAt(data, 0) !== NDB_MAGIC) throw new RangeError('it is no ndb file');
  const slots = (view.getUint32(12, true) * NDB_PAGE) / NDB_BLOCK;
  let left = data.length;
  for (let slot = FIRST_SLOT; slot < slots; slot++) {
    const at = slot * NDB_BLOCK;
    if (magicAt(data, at) !== SLOT_MAGIC) throw new RangeError('a slot of it is damaged');
    if (view.getUint32(at + 4, true) === 0) continue;
    const blob = view.getUint32(at + 8, true) * NDB_BLOCK;
    if (magicAt(data, blob) !== BLOB_MAGIC) throw new RangeError('a package of it is damaged');
    const length = view.getUint32(blob + 12, true);
    // Slots that share a blob would be read again and again.
    left -= length;
    if (left < 0) throw new RangeError('its packages are larger than the file');
    const found = headerPackage(data.subarray(blob + NDB_BLOCK, blob + NDB_BLOCK + length));
    if (found) yield found;
  }
}

function magicAt(data: Uint8Array, at: number): string {
  return Buffer.from(data.subarray(at, at + 4)).toString('latin1');
}

const TAGS: Readonly<Record<number, 'name' | 'version' | 'release' | 'epoch'>> = {
  1000: 'name',
  1001: 'version',
  1002: 'release',
  1003: 'epoch',
};
const INT32 = 4;
const STRING = 6;
const ENTRY_BYTES = 16;
const INTRO_BYTES = 8;

/** A header: how many entries, how many bytes of data, the entries (tag, type, offset, count), the data. */
function headerPackage(header: Uint8Array): Package | undefined {
  if (header.length < INTRO_BYTES) return undefined;
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const entries = view.getUint32(0);
  const start = INTRO_BYTES + entries * ENTRY_BYTES;
  if (start > header.length) return undefined;
  const data = header.subarray(start);
  const found: Partial<Record<'name' | 'version' | 'release' | 'epoch', string>> = {};
  for (let entry = INTRO_BYTES; entry < start; entry += ENTRY_BYTES) {
    const field = TAGS[view.getUint32(entry)];
    if (field !== undefined)
      found[field] ??= fieldText(data, view.getUint32(entry + 4), view.getUint32(entry + 8));
  }
  const { name, version, release, epoch } = found;
  if (version === undefined) return undefined;
  const prefix = epoch === undefined || epoch === '0' ? '' : `${epoch}:`;
  return packageOf('rpm', name, `${prefix}${version}${release === undefined ? '' : `-${release}`}`);
}

const MAX_FIELD = 256;

function fieldText(data: Uint8Array, type: number, offset: number): string | undefined {
  const bytes = data.subarray(offset, offset + MAX_FIELD);
  if (type === INT32) return bytes.length < 4 ? undefined : String(Buffer.from(bytes).readUInt32BE(0));
  if (type !== STRING) return undefined;
  const end = bytes.indexOf(0);
  return end < 0 ? undefined : new TextDecoder().decode(bytes.subarray(0, end));
}
