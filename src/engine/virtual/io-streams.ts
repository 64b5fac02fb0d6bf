// Somebody's streams as those of a process.
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Io } from '../io.ts';
import { InputQueue, type ProcessIo } from './process-io.ts';

export class IoStreams implements ProcessIo {
  private readonly io: Io;
  private readonly input = new InputQueue();
  private readonly stop: () => void;
  private last: Promise<void> = Promise.resolve();

  constructor(io: Io) {
    this.io = io;
    const { stdin } = io;
    if (stdin === undefined) {
      this.input.end();
      this.stop = () => undefined;
      return;
    }
    const onData = (chunk: Uint8Array | string): void => this.input.push(Buffer.from(chunk as Uint8Array));
    const onEnd = (): void => this.input.end();
    stdin.on('data', onData).once('end', onEnd).once('close', onEnd).once('error', onEnd);
    this.stop = () => {
      stdin.off('data', onData).off('end', onEnd).off('close', onEnd).off('error', onEnd);
      stdin.pause();
    };
  }

  output(stream: 'stdout' | 'stderr', data: Uint8Array): Promise<void> {
    const target = this.io[stream];
    this.last = this.last.then(() => write(target, data));
    return this.last;
  }

  nextInput(): Promise<Uint8Array | undefined> {
    return this.input.next();
  }

  /** Leaves the streams to their owner once all was handed over. */
  async close(): Promise<void> {
    this.stop();
    await this.last;
  }
}

async function write(target: Writable, data: Uint8Array): Promise<void> {
  if (target.destroyed || target.writableEnded || target.write(data)) return;
  await Promise.race([once(target, 'drain'), once(target, 'close')]).catch(() => undefined);
}
