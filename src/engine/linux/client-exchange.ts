// One request to an agent and its answer, as the engine has them.
import { PhylloError } from '../../lib/errors.ts';
import { FrameConnection, errorOf, jsonOf } from '../frame-connection.ts';
import type { Frame } from '../frames.ts';
import type { Reply, Request } from './control-protocol.ts';
import type { Duplex } from 'node:stream';

/** How to tell that the agent went away without an answer. */
export type Vanished = () => PhylloError;

export class Exchange {
  readonly connection: FrameConnection;
  readonly frames: AsyncGenerator<Frame>;
  private readonly vanished: Vanished;

  constructor(stream: Duplex, vanished: Vanished = lost) {
    this.connection = new FrameConnection(stream);
    this.frames = this.connection.frames();
    this.vanished = vanished;
  }

  /** A broken connection is told by `next`, with what the agent said before. */
  send(message: object): void {
    this.connection.sendJson(message).catch(() => undefined);
  }

  /** Throws what the agent failed with, or that it vanished. */
  async next(): Promise<Frame> {
    const next = await this.frames.next().catch(() => undefined);
    if (next === undefined || next.done) throw this.vanished();
    if (next.value.type === 'error') throw errorOf(next.value);
    return next.value;
  }

  async reply(): Promise<Reply> {
    for (;;) {
      const frame = await this.next();
      if (frame.type === 'json') return jsonOf(frame) as unknown as Reply;
    }
  }

  /** Answer of `request`; the connection is done with afterwards. */
  async ask(request: Request): Promise<Reply> {
    this.send(request);
    try {
      return await this.reply();
    } finally {
      this.close();
    }
  }

  /** Bytes of a `data` answer. Leaving it closes the connection. */
  async *receive(request: Request): AsyncGenerator<Buffer> {
    this.send(request);
    yield* this.data();
  }

  async *data(): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        const frame = await this.next();
        if (frame.type === 'end') return;
        if (frame.type === 'data') yield frame.payload;
      }
    } finally {
      this.close();
    }
  }

  /** By the other side; whatever it says until then. */
  async untilClosed(): Promise<void> {
    try {
      for await (const frame of this.frames) void frame;
    } catch {
      // However it ended, it did.
    }
    this.close();
  }

  close(): void {
    this.connection.destroy();
  }
}

function lost(): PhylloError {
  return new PhylloError('io', 'reach container: the process that holds it ended');
}
