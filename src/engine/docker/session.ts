// Somebody's streams tied to a hijacked connection of the engine.
import type { Duplex, Writable } from 'node:stream';
import { frameParts } from '../../docker/frames.ts';
import { brokenError } from '../../docker/errors.ts';
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
  private isDetached = false;

  constructor(options: SessionOptions) {
    this.options = options;
    this.ended = this.run();
    // Whoever never asks how it ended is not told either.
    this.ended.catch(() => undefined);
  }

  resize(size: TerminalSize): void {
    // A process that has just ended has no terminal any more.
    this.options.resize(size).catch(() => undefined);
  }

  detach(): void {
    if (this.isDetached) return;
    this.isDetached = true;
    this.options.connection.destroy();
  }

  private async run(): Promise<SessionEnd> {
    const { connection, io, doing } = this.options;
    connection.on('error', () => undefined);
    const stopSending = this.sendInput();
    try {
      await this.passOutput(io);
    } catch (error) {
      if (!this.isDetached) throw brokenError(error, { doing });
    } finally {
      stopSending();
      connection.destroy();
    }
    if (this.isDetached) return { kind: 'detached' };
    return { kind: 'exited', exitCode: await this.options.exitCode() };
  }

  private async passOutput({ stdout, stderr }: Io): Promise<void> {
    const { connection, tty } = this.options;
    if (tty) {
      for await (const chunk of connection) await writeTo(stdout, chunk as Uint8Array);
      return;
    }
    for await (const { stream, data } of frameParts(connection)) {
      await writeTo(stream === 'stdout' ? stdout : stderr, data);
    }
  }

  /** Closes only our half when the input ends: output goes on. */
  private sendInput(): () => void {
    const { connection, io } = this.options;
    const { stdin } = io;
    if (stdin === undefined) return () => undefined;
    stdin.pipe(connection);
    return () => stdin.unpipe(connection);
  }
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
