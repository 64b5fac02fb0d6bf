// A process of a container as the agent sees it: the command of a runtime, on real pipes or on a terminal of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { toPhylloError } from '../../lib/errors.ts';
import { exitCodeOfSignal } from '../exit-codes.ts';
import type { TerminalSize } from '../io.ts';
import type { Command } from './runtime.ts';
import { type PipeOptions, openPipes } from './stdio-pipes.ts';

export type OutputStream = 'stdout' | 'stderr';
export type OnOutput = (stream: OutputStream, data: Uint8Array) => void;

export interface StdioProcess {
  /** Resolves when it takes more, or never will again. */
  write(data: Uint8Array): Promise<void>;
  /** Its standard input ends. A terminal's does not. */
  endInput(): void;
  pause(): void;
  resume(): void;
  /** Resolves when the process has it: what it reads after that was typed after that. */
  resize(size: TerminalSize): Promise<void>;
  /** Exit code, after all output was handed over. */
  readonly ended: Promise<number>;
}

/** A child that outlives the process may hold its streams open for ever. */
const DRAIN_MS = 1000;

/** `onOutput` is called from the first byte on. */
export async function startOnPipes(
  command: Command,
  options: PipeOptions,
  onOutput: OnOutput,
): Promise<StdioProcess> {
  const pipes = await openPipes(options);
  const outputs = [pipes.stdout, pipes.stderr];
  pipes.stdin?.on('error', () => undefined);
  pipes.stdout.on('data', (data: Buffer) => onOutput('stdout', data));
  pipes.stderr.on('data', (data: Buffer) => onOutput('stderr', data));
  const child = spawnOn(command, pipes.fds);
  pipes.handOver();
  return {
    write: (data) => writeInput(pipes.stdin, data),
    endInput: () => pipes.stdin?.end(),
    pause: () => outputs.forEach((output) => output.pause()),
    resume: () => outputs.forEach((output) => output.resume()),
    resize: async () => undefined,
    ended: untilEnded(child, outputs, pipes.stdin),
  };
}

function spawnOn(command: Command, fds: readonly (number | 'ignore')[]): ChildProcess {
  const [program, ...args] = command.argv;
  return spawn(program!, args, { cwd: command.cwd, env: { ...command.env }, stdio: [...fds] });
}

async function writeInput(stdin: Socket | undefined, data: Uint8Array): Promise<void> {
  if (stdin === undefined || !stdin.writable || stdin.write(data)) return;
  await new Promise<void>((resolve) => {
    const ready = (): void => {
      stdin.off('drain', ready).off('close', ready);
      resolve();
    };
    stdin.on('drain', ready).on('close', ready);
  });
}

async function untilEnded(
  child: ChildProcess,
  outputs: readonly Socket[],
  stdin: Socket | undefined,
): Promise<number> {
  const drained = Promise.all(outputs.map(closed));
  try {
    const exitCode = await exitOf(child);
    stdin?.destroy();
    // Nobody can hold back what is over: what is left fits into a pipe.
    for (const output of outputs) output.resume();
    await Promise.race([drained, sleep(DRAIN_MS, undefined, { ref: false })]);
    return exitCode;
  } finally {
    for (const output of outputs) output.destroy();
  }
}

async function closed(output: Socket): Promise<void> {
  if (!output.closed) await once(output, 'close');
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(toPhylloError(error, 'start runtime')));
    child.once('exit', (code, signal) => resolve(code ?? exitCodeOfSignal(signal!)));
  });
}
