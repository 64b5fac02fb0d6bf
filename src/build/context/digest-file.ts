// Digests of a context on disk, so that an unchanged file is not read again. A record counts for the path, size, inode and
// times that it was made for. The file is a cache: damaged or absent it is as good as empty.
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { toPhylloError } from '../../lib/errors.ts';
import { makeDirectory, writeAtomically } from '../../lib/files.ts';
import { Breath } from '../../snapshot/upper-breath.ts';
import { refuseCancelled } from './context-options.ts';

/** What a digest is true for. No field holds a space, and no path a NUL. */
export interface DigestKey {
  readonly sizeBytes: number;
  readonly inode: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

export interface DigestRecord {
  /** Hex. */
  readonly digest: string;
  /** As `keyText` writes it. */
  readonly key: string;
  readonly path: string;
}

const HEADER = /^phyllo digests 1 ([0-9a-f]{64})\n/;
const HEADER_BYTES = 82;
/** Two million files with long paths. */
const MAX_BYTES = 400 * 1024 * 1024;
const RECORD = /^([0-9a-f]{64}) (\d+ \d+ -?\d+ -?\d+) (.+)$/s;

export function keyText({ sizeBytes, inode, mtimeNs, ctimeNs }: DigestKey): string {
  return `${sizeBytes} ${inode} ${mtimeNs} ${ctimeNs}`;
}

/** Calls back for each record. Throws `cancelled` only. */
export async function readDigests(
  path: string,
  onRecord: (record: DigestRecord) => void,
  signal?: AbortSignal,
): Promise<void> {
  const data = await readWhole(path).catch(() => undefined);
  if (data === undefined) return;
  const head = HEADER.exec(data.toString('latin1', 0, HEADER_BYTES));
  const body = data.subarray(HEADER_BYTES);
  if (head?.[1] !== createHash('sha256').update(body).digest('hex')) return;
  const breath = new Breath();
  for (let at = 0; at < body.length;) {
    refuseCancelled(signal);
    if (breath.isDue) await breath.take();
    const end = body.indexOf(0, at);
    if (end < 0) return;
    const [, digest, key, name] = RECORD.exec(body.toString('latin1', at, end)) ?? [];
    if (digest !== undefined) onRecord({ digest, key: key!, path: name! });
    at = end + 1;
  }
}

async function readWhole(path: string): Promise<Buffer | undefined> {
  await using file: FileHandle = await open(path, 'r');
  const { size } = await file.stat();
  return size > MAX_BYTES ? undefined : file.readFile();
}

/** Replaces the file as a whole; too many records for one file are no error, but not kept. */
export async function writeDigests(path: string, records: Iterable<DigestRecord>): Promise<void> {
  const breath = new Breath();
  const parts: Buffer[] = [];
  const hash = createHash('sha256');
  let bytes = HEADER_BYTES;
  for (const { digest, key, path: name } of records) {
    if (breath.isDue) await breath.take();
    const part = Buffer.from(`${digest} ${key} ${name}\0`, 'latin1');
    bytes += part.length;
    if (bytes > MAX_BYTES) break;
    hash.update(part);
    parts.push(part);
  }
  const header = Buffer.from(`phyllo digests 1 ${hash.digest('hex')}\n`);
  try {
    await makeDirectory(dirname(path));
    await writeAtomically(path, Buffer.concat([header, ...parts]));
  } catch (error) {
    throw toPhylloError(error, 'write digests of the context');
  }
}
