// What is sent to a process: a line at a time, or all of it.
import { fromBytes } from './byte-names.ts';
import { failure } from './errno.ts';
import type { ProcessIo } from './process-io.ts';

const MAX_INPUT_BYTES = 256 * 1024 * 1024;

export class ProcessInput {
  private readonly io: ProcessIo;
  private held = '';

  constructor(io: ProcessIo) {
    this.io = io;
  }

  /** The next line with its line feed, the last one perhaps without; undefined at the end. */
  async line(): Promise<Uint8Array | undefined> {
    for (;;) {
      const end = this.held.indexOf('\n') + 1;
      const data = end > 0 ? undefined : await this.io.nextInput();
      if (data !== undefined) {
        if (this.held.length + data.length > MAX_INPUT_BYTES) throw failure('EFBIG', '/dev/stdin');
        this.held += fromBytes(data);
        continue;
      }
      const line = end > 0 ? this.held.slice(0, end) : this.held;
      this.held = this.held.slice(line.length);
      return line === '' ? undefined : Buffer.from(line, 'latin1');
    }
  }

  /** All that was not read yet. */
  async rest(): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let total = 0;
    for (let data = await this.io.nextInput(); data !== undefined; data = await this.io.nextInput()) {
      total += data.length;
      if (total > MAX_INPUT_BYTES) throw failure('EFBIG', '/dev/stdin');
      parts.push(data);
    }
    return Buffer.concat(parts);
  }
}
