// A process of a container on a terminal: the runtime runs on a pseudo terminal of ours and passes all through between it
// and the one inside. node-pty is native and optional.
import { createRequire } from 'node:module';
import { PhylloError } from '../../lib/errors.ts';
import type { TerminalSize } from '../io.ts';
import { clampedSize, resizeInner } from './pty-size.ts';
import type { Command } from './runtime.ts';
import type { OnOutput, StdioProcess } from './stdio-process.ts';

interface Pty {
  readonly pid: number;
  onData(listener: (data: Buffer) => void): void;
  onExit(listener: (end: { exitCode: number; signal?: number }) => void): void;
  write(data: Buffer): void;
  resize(columns: number, rows: number): void;
  pause(): void;
  resume(): void;
}

interface NodePty {
  spawn(program: string, args: readonly string[], options: Record<string, unknown>): Pty;
}

const DEFAULT_SIZE: TerminalSize = { columns: 80, rows: 24 };

/** Throws `unsupported` where node-pty is not there. */
export function startOnPty(
  command: Command,
  size: TerminalSize = DEFAULT_SIZE,
  onOutput: OnOutput,
): StdioProcess {
  const [program, ...args] = command.argv;
  const { columns, rows } = clampedSize(size);
  const pty = loadNodePty().spawn(program!, args, {
    name: 'xterm',
    cols: columns,
    rows,
    cwd: command.cwd,
    env: { ...command.env },
    encoding: null,
  });
  pty.onData((data) => onOutput('stdout', data));
  let isOver = false;
  const ended = new Promise<number>((resolve) => {
    pty.onExit(({ exitCode, signal }) => {
      isOver = true;
      resolve(signal ? 128 + signal : exitCode);
    });
  });
  return {
    async write(data) {
      if (!isOver) pty.write(Buffer.from(data));
    },
    endInput: () => undefined,
    pause: () => pty.pause(),
    resume: () => pty.resume(),
    async resize(asked) {
      const { columns: width, rows: height } = clampedSize(asked);
      if (isOver) return;
      pty.resize(width, height);
      await resizeInner(pty.pid, { columns: width, rows: height });
    },
    ended,
  };
}

function loadNodePty(): NodePty {
  try {
    return createRequire(import.meta.url)('@lydell/node-pty') as NodePty;
  } catch (error) {
    throw new PhylloError('unsupported', 'open terminal: node-pty is not installed', {
      hint: 'Run without --tty, or install phyllo with its optional dependencies.',
      cause: error,
    });
  }
}
