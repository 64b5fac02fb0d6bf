// Frames both ways over a socket or a pair of pipes, with back-pressure: whoever sends waits until there is room.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Duplex, Readable, Writable } from 'node:stream';
import { type ErrorCode, PhylloError, toPhylloError } from '../lib/errors.ts';
import { type JsonObject, isJsonObject, parseJsonObject } from '../oci/json.ts';
import { type Frame, FrameDecoder, type FrameType, encodeFrames } from './frames.ts';

export class FrameConnection {
  private readonly input: Readable;
  private readonly output: Writable;
  private last: Promise<void> = Promise.resolve();
  private failure: unknown;
  /** Resolves when the other side is gone, or what it sent was read to its end. */
  readonly left: Promise<void>;

  constructor(input: Duplex);
  constructor(input: Readable, output: Writable);
  constructor(input: Readable, output: Writable = input as Duplex) {
    this.input = input;
    this.output = output;
    // Without a listener a connection that breaks while nobody waits for it would end the process.
    for (const stream of [input, output]) stream.on('error', (error) => (this.failure ??= error));
    this.left = new Promise((resolve) => input.once('end', resolve).once('close', resolve));
  }

  /** Resolves when there is room for more. Frames keep the order of the calls. Throws `io` when the connection is gone. */
  send(type: FrameType, payload: Uint8Array = Buffer.alloc(0)): Promise<void> {
    const sent = this.last.then(() => this.write(type, payload));
    this.last = sent.catch(() => undefined);
    return sent;
  }

  sendJson(value: object): Promise<void> {
    return this.send('json', Buffer.from(JSON.stringify(value)));
  }

  sendError(error: unknown): Promise<void> {
    return this.send('error', Buffer.from(JSON.stringify(errorJson(error))));
  }

  /** Frames until the other side ended; one iteration at a time. Leaving it closes the connection. */
  async *frames(): AsyncGenerator<Frame> {
    const decoder = new FrameDecoder();
    try {
      for await (const chunk of this.input) yield* decoder.push(chunk as Uint8Array);
    } catch (error) {
      throw toPhylloError(error, 'read from connection');
    }
    decoder.end();
  }

  /** Nothing more is sent; the other side may still send. Resolves when all was handed over. */
  async end(): Promise<void> {
    await this.last;
    if (this.output.destroyed || this.output.writableEnded) return;
    await new Promise<void>((resolve) => {
      this.output.once('close', resolve);
      this.output.end(resolve);
    });
  }

  /** At once, whatever is on its way. */
  destroy(): void {
    this.input.destroy();
    this.output.destroy();
  }

  private async write(type: FrameType, payload: Uint8Array): Promise<void> {
    for (const piece of encodeFrames(type, payload)) {
      if (this.output.destroyed || this.output.writableEnded) throw this.gone();
      if (!this.output.write(piece)) await this.room();
    }
  }

  private async room(): Promise<void> {
    const ending = new AbortController();
    const { signal } = ending;
    try {
      await Promise.race([
        once(this.output, 'drain', { signal }),
        once(this.output, 'close', { signal }).then(() => {
          throw this.gone();
        }),
      ]);
    } catch (error) {
      throw toPhylloError(error, 'write to connection');
    } finally {
      ending.abort();
    }
  }

  private gone(): PhylloError {
    return new PhylloError('io', 'write to connection: it is closed', { cause: this.failure });
  }
}

/** How long whoever has the answer may take to go. */
const DRAIN_MS = 2000;

/**
 * After the answer: to close on what was not read would take the answer away from who has not read it yet. The other
 * side closes when it has it.
 */
export async function untilRead(frames: AsyncGenerator<Frame>): Promise<void> {
  await Promise.race([drain(frames), sleep(DRAIN_MS, undefined, { ref: false })]);
}

async function drain(frames: AsyncGenerator<Frame>): Promise<void> {
  try {
    while (!(await frames.next()).done);
  } catch {
    // It went without a word.
  }
}

/** Of a frame of type `json`. Throws `invalid-argument`. */
export function jsonOf(frame: Frame): JsonObject {
  return parseJsonObject(frame.payload, 'message');
}

/** The error that a frame of type `error` brings. */
export function errorOf(frame: Frame): PhylloError {
  const { code, message, hint, data } = jsonOf(frame);
  return new PhylloError(
    typeof code === 'string' ? (code as ErrorCode) : 'io',
    typeof message === 'string' ? message : 'run container: its agent failed',
    {
      ...(typeof hint === 'string' && { hint }),
      ...(isJsonObject(data) && { data }),
    },
  );
}

function errorJson(error: unknown): object {
  const { code, message, hint, data } = toPhylloError(error, 'run container');
  return { code, message, hint, data };
}
