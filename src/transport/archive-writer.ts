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

  /** Writes the end mark and waits until the stream has handed it on; the stream stays open. */
  async finish(): Promise<void> {
    this.checkOutput();
    await new Promise<void>((resolve, reject) => {
      this.output.write(new Uint8Array(2 * BLOCK_BYTES), (error) =>
        error ? reject(toPhylloError(error, 'write archive')) : resolve(),
      );
    });
  }

  private async write(chunk: Uint8Array): Promise<void> {
    this.checkOutput();
    if (chunk.length === 0 || this.output.write(chunk)) return;
    this.checkOutput();
    const stop = new AbortController();
    const signal = this.signal ? AbortSignal.any([this.signal, stop.signal]) : stop.signal;
    try {
      // A stream that is destroyed without an error never drains.
      await Promise.race([once(this.output, 'drain', { signal }), once(this.output, 'close', { signal })]);
    } catch (error) {
      throw toPhylloError(this.failure ?? error, 'write archive');
    } finally {
      stop.abort();
    }
    this.checkOutput();
  }

  private checkOutput(): void {
    if (this.signal?.aborted) throw new PhylloError('cancelled', 'write archive: cancelled');
    if (this.failure !== undefined) throw toPhylloError(this.failure, 'write archive');
    if (!this.output.writable) throw new PhylloError('io', 'write archive: the output was closed');
  }
}
