// Runs store-child.ts as processes, plain or under strace. It is bundled first: a process then starts fast enough to be
// killed a hundred times.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, execPath } from 'node:process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { ChildResult } from './store-child.ts';

export interface ChildProgram {
  readonly script: string;
  remove(): Promise<void>;
}

export interface Ended extends ChildResult {
  readonly killed: boolean;
}

/** Without `native` it cannot find koffi, so that locks come from flock(1). */
export async function bundleChild({ native = true }: { native?: boolean } = {}): Promise<ChildProgram> {
  const directory = await mkdtemp(join(tmpdir(), 'phyllo-child-'));
  const script = join(directory, 'child.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('./store-child.ts', import.meta.url))],
    outfile: script,
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['koffi'],
    logLevel: 'error',
  });
  const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));
  if (native) await symlink(modules, join(directory, 'node_modules'));
  return { script, remove: () => rm(directory, { recursive: true }) };
}

/** `through` is a program, with its arguments, that runs the one that follows: strace, unshare, setpriv. */
export function startChild(
  { script }: ChildProgram,
  args: readonly string[],
  through: readonly string[] = [],
): ChildProcess {
  const [program, ...all] = [...through, execPath, '--no-warnings', script, ...args];
  // One thread for files: strace counts calls by thread.
  return spawn(program!, all, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...env, UV_THREADPOOL_SIZE: '1' },
  });
}

export async function endOf(child: ChildProcess): Promise<Ended> {
  child.stdin!.end();
  const [output, errors, [status, signal]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'exit') as Promise<[number | null, string | null]>,
  ]);
  if (signal === 'SIGKILL' || status === 137) return { killed: true };
  const line = output.trimEnd().split('\n').at(-1)!;
  if (status !== 0 || !line.startsWith('{'))
    throw new Error(`child ended with ${status ?? signal}: ${errors}`);
  return { killed: false, ...(JSON.parse(line) as ChildResult) };
}

export function runChild(
  program: ChildProgram,
  args: readonly string[],
  through: readonly string[] = [],
): Promise<Ended> {
  return endOf(startChild(program, args, through));
}

/** Resolves when a child with `hold` or `lock` has what it wants. */
export async function untilHolding(child: ChildProcess): Promise<void> {
  await once(child.stdout!, 'data');
}

/** strace that lets `injection` happen at the calls of `syscall`, and writes down in `log` what it did. */
export function injecting(syscall: string, injection: string, log: string): string[] {
  const inject = `inject=${syscall}:${injection}`;
  return ['strace', '-f', '-qq', '-o', log, '-e', `trace=${syscall}`, '-e', inject];
}
