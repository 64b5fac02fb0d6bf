// Contents of the R/W layer on the host: plain numbered files that need nothing of the host's file system.
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { join } from 'node:path';
import { toPhylloError } from '../../lib/errors.ts';
import { writeFully } from '../../lib/files.ts';
import type { FileContent } from '../../tree/content.ts';

const CHUNK_BYTES = 256 * 1024;

export class OwnFiles {
  private readonly directory: string;
  private last = 0;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Files that are not among `used` were being written when their process ended. */
  async prepare(used: ReadonlySet<number>): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.directory)) {
      if (!used.has(Number(name))) await rm(join(this.directory, name), { force: true });
    }
    this.last = Math.max(0, ...used);
  }

  pathOf(number: number): string {
    return join(this.directory, String(number));
  }

  /** A new file with these bytes; its number. */
  async write(
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<{ number: number; sizeBytes: number }> {
    const number = ++this.last;
    let sizeBytes = 0;
    try {
      await using file = await open(this.pathOf(number), 'wx', 0o600);
      for await (const chunk of chunks) {
        await writeFully(file, chunk);
        sizeBytes += chunk.length;
      }
      return { number, sizeBytes };
    } catch (error) {
      await this.remove(number);
      throw toPhylloError(error, 'write file of the container');
    }
  }

  /** What lies beyond `sizeBytes` was never recorded: it is written over. */
  async append(number: number, sizeBytes: number, data: Uint8Array): Promise<void> {
    await using file = await open(this.pathOf(number), 'r+');
    await writeFully(file, data, sizeBytes);
  }

  async remove(number: number): Promise<void> {
    await rm(this.pathOf(number), { force: true }).catch(() => undefined);
  }

  content(number: number, sizeBytes: number): FileContent {
    return new OwnContent(this.pathOf(number), sizeBytes);
  }

  /** Bytes on the host. */
  async usedBytes(): Promise<number> {
    const names = await readdir(this.directory).catch(() => []);
    const sizes = await Promise.all(
      names.map((name) =>
        stat(join(this.directory, name)).then(
          (info) => info.size,
          () => 0,
        ),
      ),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  }
}

class OwnContent implements FileContent {
  readonly sizeBytes: number;
  private readonly path: string;

  constructor(path: string, sizeBytes: number) {
    this.path = path;
    this.sizeBytes = sizeBytes;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const start = Math.max(0, offset);
    const count = Math.max(0, Math.min(this.sizeBytes, start + length) - start);
    if (count === 0) return new Uint8Array(0);
    await using file = await this.openFile();
    return readFrom(file, start, count);
  }

  async open(): Promise<Readable> {
    return Readable.from(this.chunks(), { objectMode: false });
  }

  private async *chunks(): AsyncGenerator<Uint8Array> {
    if (this.sizeBytes === 0) return;
    await using file = await this.openFile();
    for (let at = 0; at < this.sizeBytes; at += CHUNK_BYTES) {
      yield await readFrom(file, at, Math.min(CHUNK_BYTES, this.sizeBytes - at));
    }
  }

  private async openFile(): Promise<FileHandle> {
    return open(this.path, 'r').catch((error: unknown) => {
      throw toPhylloError(error, 'read file of the container');
    });
  }
}

/** A file that is shorter than it was recorded (a loss of power) reads as zeros there. */
async function readFrom(file: FileHandle, start: number, count: number): Promise<Buffer> {
  const data = Buffer.alloc(count);
  for (let done = 0; done < count;) {
    const { bytesRead } = await file.read(data, done, count - done, start + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return data;
}
