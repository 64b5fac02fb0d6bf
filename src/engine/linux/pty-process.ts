// A process of a container on a terminal: the runtime runs on a pseudo terminal of ours and passes all through between it
// and the one inside. node-pty is native and optional.
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
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
  /** Its side of the terminal; not part of its interface. */
  readonly _socket?: Socket;
}

interface NodePty {
  spawn(program: string, args: readonly string[], options: Record<string, unknown>): Pty;
}

/** A child that outlives the process may hold the terminal open for ever. */
const DRAIN_MS = 1000;
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
  const isClosing = drainBeforeClose(pty);
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
    // Nobody can hold back what is over: what is left fits into a terminal.
    pause: () => {
      if (!isClosing()) pty.pause();
    },
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

/**
 * 200 ms after its process has ended node-pty closes the terminal, read to its end or not: what somebody slow had held back
 * would be lost. Tells whether it is so far.
 */
function drainBeforeClose({ _socket: socket }: Pty): () => boolean {
  let isClosing = false;
  if (socket === undefined) return () => isClosing;
  const destroy = socket.destroy.bind(socket);
  socket.destroy = (error) => {
    if (error || isClosing || socket.readableEnded) return destroy(error);
    isClosing = true;
    setTimeout(destroy, DRAIN_MS).unref();
    return socket.resume();
  };
  return () => isClosing;
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
