// Somebody's streams tied to a hijacked connection of the engine.
import type { Socket } from 'node:net';
import { type Duplex, Transform, type Writable } from 'node:stream';
import { frameParts } from '../../docker/frames.ts';
import { brokenError } from '../../docker/errors.ts';
import { isSystemError } from '../../lib/errors.ts';
import type { Io, Session, SessionEnd, TerminalSize } from '../io.ts';

export interface SessionOptions {
  readonly connection: Duplex;
  readonly io: Io;
  /** With a terminal, output is no frames but the terminal's own bytes. */
  readonly tty: boolean;
  /** `verb object`. */
  readonly doing: string;
  /** Asked for once all output is here. */
  exitCode(): Promise<number>;
  resize(size: TerminalSize): Promise<void>;
}

export class HijackedSession implements Session {
  readonly ended: Promise<SessionEnd>;
  private readonly options: SessionOptions;
  private readonly left = Promise.withResolvers<SessionEnd>();
  private isDetached = false;
  private resizing: Promise<unknown> = Promise.resolve();

  constructor(options: SessionOptions) {
    this.options = options;
    this.ended = Promise.race([this.run(), this.left.promise]);
    // Whoever never asks how it ended is not told either.
    this.ended.catch(() => undefined);
  }

  resize(size: TerminalSize): void {
    // A process that has just ended has no terminal any more.
    this.resizing = Promise.all([this.resizing, this.options.resize(size).catch(() => undefined)]);
  }

  /**
   * Without a terminal the engine takes a closed connection for the end of the input. So it is kept, and what comes is
   * dropped, for as long as this program lives.
   */
  detach(): void {
    if (this.isDetached) return;
    this.isDetached = true;
    const { connection, tty, io } = this.options;
    this.left.resolve({ kind: 'detached' });
    const isFeeding = !tty && io.stdin !== undefined && !connection.writableEnded;
    if (isFeeding) (connection as Partial<Socket>).unref?.();
    else connection.destroy();
  }

  private async run(): Promise<SessionEnd> {
    const { connection, doing } = this.options;
    connection.on('error', () => undefined);
    const stopSending = this.sendInput();
    void this.left.promise.then(stopSending);
    try {
      await this.passOutput();
    } catch (error) {
      // A process may end while something is still sent to it: its exit code tells whether all is well.
      if (!this.isDetached && !isClosed(error)) throw brokenError(error, { doing });
    } finally {
      stopSending();
      connection.destroy();
    }
    return { kind: 'exited', exitCode: await this.options.exitCode() };
  }

  private async passOutput(): Promise<void> {
    const { connection, tty, io } = this.options;
    if (tty) {
      for await (const chunk of connection) await this.pass(io.stdout, chunk as Uint8Array);
      return;
    }
    for await (const { stream, data } of frameParts(connection)) {
      await this.pass(stream === 'stdout' ? io.stdout : io.stderr, data);
    }
  }

  private async pass(output: Writable, data: Uint8Array): Promise<void> {
    if (!this.isDetached) await Promise.race([writeTo(output, data), this.left.promise]);
  }

  private async afterResize(send: () => void): Promise<void> {
    await this.resizing;
    send();
  }

  /** Closes only our half when the input ends: output goes on. What is typed after a resize comes after it. */
  private sendInput(): () => void {
    const { connection, io } = this.options;
    const { stdin } = io;
    if (stdin === undefined) return () => undefined;
    const gate = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        void this.afterResize(() => done(null, chunk));
      },
    });
    stdin.pipe(gate).pipe(connection);
    return () => {
      stdin.unpipe(gate);
      gate.unpipe(connection);
    };
  }
}

function isClosed(error: unknown): boolean {
  return isSystemError(error, 'EPIPE') || isSystemError(error, 'ECONNRESET');
}

/** A reader that went away (EPIPE) does not stop the process: what it writes is dropped. */
async function writeTo(output: Writable, data: Uint8Array): Promise<void> {
  if (output.destroyed || output.writableEnded || output.write(data)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      output.off('drain', done).off('close', done).off('error', done);
      resolve();
    };
    output.on('drain', done).on('close', done).on('error', done);
  });
}
