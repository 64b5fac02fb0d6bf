// Writes to a stream that may be slow or gone: waits for it to take what it was given, and passes on its error.
import { isSystemError } from '../lib/errors.ts';
import type { CliOutput } from './io.ts';

/** Lines are gathered to this size: a write a line would cost a system call a line. */
const CHUNK_CHARACTERS = 64 * 1024;

export class Output {
  readonly stream: CliOutput;

  constructor(stream: CliOutput) {
    this.stream = stream;
  }

  /** Resolves when the stream took it; rejects with the stream's error, EPIPE when nobody reads any more. */
  write(data: string | Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.stream.write(data, (error) => (error ? reject(error) : resolve()));
    });
  }

  line(text: string): Promise<void> {
    return this.write(`${text}\n`);
  }

  /** However many there are, only a piece is in memory at a time. */
  async lines(lines: Iterable<string> | AsyncIterable<string>): Promise<void> {
    let gathered = '';
    for await (const line of lines) {
      gathered += `${line}\n`;
      if (gathered.length < CHUNK_CHARACTERS) continue;
      await this.write(gathered);
      gathered = '';
    }
    if (gathered !== '') await this.write(gathered);
  }
}

/** The reader went away (`| head -1`), or the terminal was closed: there is nobody to tell. */
export function isReaderGone(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (['EPIPE', 'EIO', 'ERR_STREAM_DESTROYED'].some((code) => isSystemError(at, code))) return true;
  }
  return false;
}
