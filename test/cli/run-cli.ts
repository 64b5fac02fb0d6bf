// Runs `main` in this process over a store of its own, with streams that remember what they were given.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { main } from '../../src/cli/main.ts';

export class TestOutput extends Writable {
  readonly isTTY: boolean;
  readonly columns: number;
  private readonly chunks: Buffer[] = [];

  constructor(isTTY: boolean, columns = 80) {
    super();
    this.columns = columns;
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error) => void): void {
    this.chunks.push(chunk);
    done();
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

export interface RunOptions {
  readonly stdin?: string | Uint8Array | Readable;
  /** Which ends are a terminal. */
  readonly tty?: { readonly stdin?: boolean; readonly stdout?: boolean; readonly stderr?: boolean };
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly bytes: Buffer;
}

/** A store in a temporary folder, and phyllo over it. */
export class CliBench {
  readonly folder = mkdtempSync(join(tmpdir(), 'phyllo-cli-'));
  readonly root = join(this.folder, 'store');

  path(name: string): string {
    return join(this.folder, name);
  }

  async run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    const { tty = {}, stdin = '', env, signal } = options;
    const stdout = new TestOutput(tty.stdout ?? false);
    const stderr = new TestOutput(tty.stderr ?? false);
    const input =
      stdin instanceof Readable ? stdin : Readable.from(stdin.length > 0 ? [Buffer.from(stdin)] : []);
    const code = await main(args, {
      stdout,
      stderr,
      stdin: Object.assign(input, { isTTY: tty.stdin ?? false }),
      env: { PHYLLO_ROOT: this.root, PHYLLO_CONFIG: join(this.folder, 'config.json'), ...env },
      ...(signal && { signal }),
    });
    return { code, out: stdout.bytes.toString(), err: stderr.bytes.toString(), bytes: stdout.bytes };
  }

  /** Standard output of a run that has to go well. */
  async out(...args: readonly string[]): Promise<string> {
    const { code, out, err } = await this.run(args);
    if (code !== 0) throw new Error(`phyllo ${args.join(' ')} gave ${code}: ${err}`);
    return out;
  }

  async json(...args: readonly string[]): Promise<Record<string, unknown>> {
    return JSON.parse(await this.out(...args)) as Record<string, unknown>;
  }

  remove(): void {
    // What an agent that was started ahead keeps of its compiled code may come late.
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }
}
