// A session of a container that a test plays: what was typed into it is kept, what it prints is printed by hand.
import type { Io, Session, SessionEnd, TerminalSize } from '../../src/engine/io.ts';

export class FakeSession implements Session {
  readonly command: readonly string[];
  readonly ended: Promise<SessionEnd>;
  /** What was typed into it, one character a byte. */
  input = '';
  readonly sizes: TerminalSize[] = [];
  detached = false;
  private readonly io: Io;
  private readonly resolve: (end: SessionEnd) => void;

  constructor(io: Io, command: readonly string[]) {
    this.io = io;
    this.command = command;
    const { promise, resolve } = Promise.withResolvers<SessionEnd>();
    this.ended = promise;
    this.resolve = resolve;
    io.stdin?.on('data', (chunk: Buffer) => (this.input += chunk.toString('latin1')));
  }

  /** Resolves when it was taken. */
  print(data: string | Uint8Array): Promise<void> {
    return new Promise((done) => this.io.stdout.write(Buffer.from(data as string), () => done()));
  }

  resize(size: TerminalSize): void {
    this.sizes.push(size);
  }

  detach(): void {
    this.detached = true;
    this.resolve({ kind: 'detached' });
  }

  end(exitCode: number): void {
    this.resolve({ kind: 'exited', exitCode });
  }
}
