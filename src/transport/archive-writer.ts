// Writes an archive of named members to a stream, one after the other, with back-pressure.
import { once } from 'node:events';
import { PhylloError, toPhylloError } from '../lib/errors.ts';
import { encodeHeader } from '../layer/tar-writer.ts';
import { BLOCK_BYTES, paddedBytes } from '../layer/tar-fields.ts';

export class ArchiveWriter {
  private readonly output: NodeJS.WritableStream;
  private readonly signal: AbortSignal | undefined;
  private readonly folders = new Set<string>();
  private failure: unknown;

  constructor(output: NodeJS.WritableStream, signal?: AbortSignal) {
    this.output = output;
    this.signal = signal;
    output.on('error', (error) => (this.failure ??= error));
  }

  async add(name: string, data: Uint8Array): Promise<void> {
    return this.addStream(name, data.length, [data]);
  }

  async addStream(
    name: string,
    sizeBytes: number,
    body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<void> {
    await this.addFolders(name);
    await this.write(encodeHeader({ path: Buffer.from(name), type: 'file', mode: 0o644, sizeBytes }));
    let written = 0;
    for await (const chunk of body) {
      written += chunk.length;
      await this.write(chunk);
    }
    if (written !== sizeBytes) {
      throw new PhylloError(
        'size-mismatch',
        `write ${name}: it has ${written} bytes instead of ${sizeBytes}`,
      );
    }
    await this.write(new Uint8Array(paddedBytes(sizeBytes) - sizeBytes));
  }

  private async addFolders(name: string): Promise<void> {
    const parts = name.split('/').slice(0, -1);
    for (let depth = 1; depth <= parts.length; depth++) {
      const folder = parts.slice(0, depth).join('/');
      if (this.folders.has(folder)) continue;
      this.folders.add(folder);
      await this.write(encodeHeader({ path: Buffer.from(folder), type: 'dir', mode: 0o755 }));
    }
  }

  /** Writes the end mark; the stream stays open. */
  async finish(): Promise<void> {
    await this.write(new Uint8Array(2 * BLOCK_BYTES));
  }

  private async write(chunk: Uint8Array): Promise<void> {
    if (this.signal?.aborted) throw new PhylloError('cancelled', 'write archive: cancelled');
    if (this.failure !== undefined) throw toPhylloError(this.failure, 'write archive');
    if (chunk.length === 0 || this.output.write(chunk)) return;
    try {
      await once(this.output, 'drain', { signal: this.signal });
    } catch (error) {
      throw toPhylloError(this.failure ?? error, 'write archive');
    }
  }
}
