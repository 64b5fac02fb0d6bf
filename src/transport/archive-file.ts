// A tar archive as a directory of members that are read in place. Archives that are compressed as a whole are inflated
// once into a temporary file.
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PhylloError, toPhylloError } from '../lib/errors.ts';
import { writeFully } from '../lib/files.ts';
import type { ReportProgress } from '../lib/progress.ts';
import { counted, readAll } from '../lib/streams.ts';
import { safeText } from '../lib/text.ts';
import type { BlobLocation } from '../oci/image.ts';
import { sniffCompression } from '../layer/compression.ts';
import { readTarHeaders } from '../layer/tar-positional.ts';
import type { TarEntry } from '../layer/entry.ts';
import { readLocation } from './blob-map.ts';
import { inflated, sniffed } from './inflate.ts';

/** What to say where something else was given. */
export const EXPECTED = 'Expected an archive of docker save, an OCI archive or an OCI layout.';
/** Archives of images have some entries per layer; a million is an attack. */
const MAX_MEMBERS = 1_000_000;
const MAX_LINKS = 40;
const READ_BYTES = 1024 * 1024;

export interface ArchiveOptions {
  /** Where an archive that is compressed as a whole may be inflated to. */
  readonly temporaryDirectory: string;
  /** How much any archive may inflate to; beyond it the ratio decides. Default 4 GiB. */
  readonly alwaysAllowedBytes?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: ReportProgress;
}

type Member =
  | { readonly kind: 'file'; readonly location: BlobLocation }
  /** Its bytes are not in one piece. */
  | { readonly kind: 'sparse' }
  | { readonly kind: 'link'; readonly target: string };

export class ArchiveFile {
  /** The path as given, safe to show. */
  readonly name: string;
  private readonly members: ReadonlyMap<string, Member>;
  private readonly temporary: string | undefined;

  private constructor(name: string, members: ReadonlyMap<string, Member>, temporary: string | undefined) {
    this.name = name;
    this.members = members;
    this.temporary = temporary;
  }

  /** Reads the archive's headers; bodies are skipped. Throws `invalid-archive`, `not-found`, `cancelled`. */
  static async open(path: string, options: ArchiveOptions): Promise<ArchiveFile> {
    const name = safeText(path);
    const compression = sniffCompression(await headOf(path, name));
    if (compression === 'none') return new ArchiveFile(name, await readMembers(path, name), undefined);
    const temporary = await mkdtemp(join(options.temporaryDirectory, 'phyllo-archive-'));
    try {
      const plain = join(temporary, 'archive.tar');
      await inflate(path, plain, options);
      return new ArchiveFile(name, await readMembers(plain, name), temporary);
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      throw error;
    }
  }

  has(member: string): boolean {
    return this.members.has(normal(member));
  }

  names(): Iterable<string> {
    return this.members.keys();
  }

  /** Follows links within the archive. undefined when absent; throws `path-escape` for a name that leads out of it. */
  find(member: string): BlobLocation | undefined {
    let at = normal(member);
    for (let hop = 0; hop < MAX_LINKS; hop++) {
      const found = this.members.get(at);
      if (found === undefined) return undefined;
      if (found.kind === 'file') return found.location;
      if (found.kind === 'sparse') throw this.isSparse(at);
      at = normal(found.target);
    }
    throw new PhylloError(
      'invalid-archive',
      `read ${this.name}: ${safeText(member)} is a chain of links without end`,
    );
  }

  private isSparse(member: string): PhylloError {
    return new PhylloError(
      'unsupported',
      `read ${this.name}: ${safeText(member)} is stored as a sparse file`,
      {
        hint: 'Make the archive again without tar --sparse.',
      },
    );
  }

  /** Throws `invalid-archive` when the member is absent. */
  locate(member: string): BlobLocation {
    const location = this.find(member);
    if (location) return location;
    throw new PhylloError('invalid-archive', `read ${this.name}: ${safeText(member)} is missing`, {
      hint: 'The archive is not whole; save the image again.',
    });
  }

  read(member: string, maxBytes: number): Promise<Buffer> {
    return readAll(readLocation(this.locate(member)), maxBytes, `${this.name}: ${safeText(member)}`);
  }

  async close(): Promise<void> {
    if (this.temporary !== undefined) await rm(this.temporary, { recursive: true, force: true });
  }
}

/** A FIFO would be waited for without end, and none of it can be read by position. */
async function headOf(path: string, name: string): Promise<Buffer> {
  try {
    if (!(await stat(path)).isFile())
      throw new PhylloError('invalid-archive', `open ${name}: it is no regular file`);
    await using file: FileHandle = await open(path, 'r');
    const head = Buffer.alloc(512);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    return head.subarray(0, bytesRead);
  } catch (error) {
    throw toPhylloError(error, `open ${name}`);
  }
}

async function readMembers(path: string, name: string): Promise<Map<string, Member>> {
  const members = new Map<string, Member>();
  const { size } = await stat(path);
  try {
    readTarHeaders({ path, offset: 0, sizeBytes: size }, (entry) => {
      if (members.size >= MAX_MEMBERS)
        throw new PhylloError('limit-exceeded', `read ${name}: too many members`);
      const member = memberOf(entry, path);
      if (member) members.set(Buffer.from(entry.path).toString('utf8'), member);
    });
  } catch (error) {
    const reason = toPhylloError(error, 'read tar');
    throw new PhylloError(reason.code, `read ${name}: ${reason.message}`, {
      // What does not even begin as a tar was never an archive.
      hint: reason.hint ?? (reason.data['offset'] === 0 ? EXPECTED : undefined),
      cause: error,
    });
  }
  return members;
}

function memberOf(entry: TarEntry, path: string): Member | undefined {
  const { dataOffset: offset, storedBytes: sizeBytes } = entry;
  if (entry.sparse !== undefined) return { kind: 'sparse' };
  if (entry.type === 'file') return { kind: 'file', location: { path, offset, sizeBytes } };
  if (entry.type === 'hardlink')
    return { kind: 'link', target: Buffer.from(entry.linkname).toString('utf8') };
  if (entry.type !== 'symlink') return undefined;
  // docker wrote `../OTHER/layer.tar` for a layer that an earlier image of the archive already had.
  const name = Buffer.from(entry.path).toString('utf8');
  return {
    kind: 'link',
    target: `${name.slice(0, name.lastIndexOf('/') + 1)}${Buffer.from(entry.linkname).toString('utf8')}`,
  };
}

/** Resolves `.` and `..` inside the archive. Throws `path-escape` for what leads out of it. */
function normal(member: string): string {
  const parts: string[] = [];
  for (const part of member.split('/')) {
    if (part === '..' && parts.pop() === undefined) {
      throw new PhylloError(
        'path-escape',
        `read archive: the name ${safeText(JSON.stringify(member.slice(0, 200)))} leads out of it`,
      );
    }
    if (part !== '' && part !== '.' && part !== '..') parts.push(part);
  }
  return parts.join('/');
}

async function inflate(
  path: string,
  plain: string,
  { signal, onProgress, alwaysAllowedBytes }: ArchiveOptions,
): Promise<void> {
  const { size: totalBytes } = await stat(path);
  const input = createReadStream(path, { highWaterMark: READ_BYTES, signal });
  const report = (doneBytes: number): void => onProgress?.({ item: safeText(path), doneBytes, totalBytes });
  try {
    await using file = await open(plain, 'wx', 0o600);
    for await (const chunk of inflated(await sniffed(counted(input, report)), alwaysAllowedBytes)) {
      if (signal?.aborted) throw new PhylloError('cancelled', 'read archive: cancelled');
      await writeFully(file, chunk);
    }
  } catch (error) {
    throw toPhylloError(error, `read ${safeText(path)}`);
  }
}
