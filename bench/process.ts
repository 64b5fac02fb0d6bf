// Starts processes and times them from start to end.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { env, execPath } from 'node:process';
import { PhylloError } from '../src/lib/errors.ts';
import type { BlobLocation } from '../src/oci/image.ts';

export interface RunOptions {
  readonly root?: string;
  /** Only on the first processor. */
  readonly pinned?: boolean;
}

interface Ended {
  readonly ms: number;
  readonly output: string;
}

export async function timeShell(script: string, options: RunOptions = {}): Promise<number> {
  return (await run('sh', ['-c', script], options)).ms;
}

export async function timeNode(args: readonly string[], options: RunOptions = {}): Promise<number> {
  return (await run(execPath, args, options)).ms;
}

/** A bundled child: what it answered, and the time of the whole process. */
export async function runChild<Facts>(
  path: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Facts & { readonly wallMs: number }> {
  const { ms, output } = await run(execPath, [path, ...args], options);
  return { ...(JSON.parse(output) as Facts), wallMs: ms };
}

async function run(command: string, args: readonly string[], { root, pinned }: RunOptions): Promise<Ended> {
  const [program, ...rest] = pinned ? ['taskset', '-c', '0', command, ...args] : [command, ...args];
  const start = performance.now();
  const child = spawn(program!, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...env, ...(root !== undefined && { PHYLLO_ROOT: root, XDG_CONFIG_HOME: root }) },
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const [code] = (await once(child, 'close')) as [number | null];
  const ms = performance.now() - start;
  if (code === 0) return { ms, output };
  throw new PhylloError('io', `run ${program}: it ended with ${code}: ${errors.trim().slice(-2000)}`);
}

/** A shell command that writes the bytes at `location` to its output. */
export function bytesAt({ path, offset, sizeBytes }: BlobLocation): string {
  if (offset === 0) return `cat ${quoted(path)}`;
  return `tail -c +${offset + 1} ${quoted(path)} | head -c ${sizeBytes}`;
}

export function quoted(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}
