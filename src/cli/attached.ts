// Ties the terminal, or the pipes, that phyllo was started with to the process of a container.
import { PassThrough } from 'node:stream';
import { DEFAULT_DETACH_KEYS, DetachFilter, parseDetachKeys } from '../engine/detach-keys.ts';
import type { Io, Session, SessionEnd, TerminalSize } from '../engine/io.ts';
import type { Context } from './context.ts';
import type { CliIo } from './io.ts';
import { usageError } from './usage.ts';

export interface AttachOptions {
  /** The process has a terminal. */
  readonly tty: boolean;
  /** It gets our standard input. */
  readonly stdin: boolean;
  readonly detachKeys?: string;
  /** Where signals that we get go to; absent: they end us, as ever. */
  readonly onSignal?: (name: string, session: Session) => void;
}

/** The terminal is gone, or wants to stop us: this is between it and us. */
const OUR_OWN: ReadonlySet<string> = new Set(['SIGHUP']);

/** Until the process ends or is left. The terminal is as it was before when this resolves. */
export async function attached(
  { io }: Context,
  options: AttachOptions,
  open: (io: Io) => Promise<Session>,
): Promise<SessionEnd> {
  const { stdin, stdout, stderr } = io;
  const isRaw = options.tty && options.stdin && stdin.isTTY === true;
  const leaving = new AbortController();
  const keys = parseDetachKeys(options.detachKeys ?? DEFAULT_DETACH_KEYS);
  const filter = isRaw ? new DetachFilter(keys, () => leaving.abort()) : new PassThrough();
  const input = options.stdin ? stdin.pipe(filter) : undefined;
  if (isRaw) stdin.setRawMode?.(true);
  const undo: (() => void)[] = [];
  try {
    const session = await open({ stdin: input, stdout, stderr, size: options.tty ? sizeOf(io) : undefined });
    leaving.signal.addEventListener('abort', () => session.detach());
    if (leaving.signal.aborted) session.detach();
    const leave = io.onSignal?.((name) => {
      if (options.onSignal && !OUR_OWN.has(name)) options.onSignal(name, session);
      else session.detach();
    });
    if (leave) undo.push(leave);
    if (options.tty) undo.push(followSize(io, session));
    return await session.ended;
  } finally {
    for (const each of undo) each();
    if (isRaw) stdin.setRawMode?.(false);
    if (input) stdin.unpipe();
    stdin.pause();
  }
}

/** `-t` makes no sense where our input is no terminal: docker says so too. */
export function mustBeTerminal(
  { io }: Context,
  verb: string,
  options: { tty: boolean; stdin: boolean },
): void {
  if (options.tty && options.stdin && !io.stdin.isTTY) {
    throw usageError(verb, 'the input device is not a terminal; leave -t out');
  }
}

function sizeOf({ stdout }: CliIo): TerminalSize | undefined {
  return stdout.columns && stdout.rows ? { columns: stdout.columns, rows: stdout.rows } : undefined;
}

function followSize(io: CliIo, session: Session): () => void {
  const resize = (): void => {
    const size = sizeOf(io);
    if (size) session.resize(size);
  };
  io.stdout.on('resize', resize);
  return () => io.stdout.off('resize', resize);
}
