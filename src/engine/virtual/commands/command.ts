// How the commands are written that just-bash lacks or does not know the container's truth for.
import { posix } from 'node:path';
import type { CustomCommand, ExecResult, ResolvedCommandContext } from 'just-bash';
import { defineCommand } from 'just-bash';
import { isPhylloError } from '../../../lib/errors.ts';
import { toByteName } from '../byte-names.ts';
import type { ShellFiles } from '../shell-files.ts';
import type { ThreadStart } from '../thread-messages.ts';

export interface Shell {
  readonly files: ShellFiles;
  readonly start: ThreadStart;
  /** Throws when somebody asked the running command to stop. */
  checkInterrupt(): void;
}

export type Context = ResolvedCommandContext;
export type Run = (args: string[], context: Context) => Promise<ExecResult>;

export function output(stdout: string, exitCode = 0): ExecResult {
  return { stdout, stderr: '', exitCode };
}

export function failed(name: string, reason: string, exitCode = 1): ExecResult {
  return { stdout: '', stderr: `${name}: ${reason}\n`, exitCode };
}

/** What the system calls refuse becomes a message, as programs have it. */
export function command(name: string, run: Run): CustomCommand {
  return defineCommand(name, async (args, context) => {
    try {
      return await run(args, context);
    } catch (error) {
      if (!isPhylloError(error)) throw error;
      return failed(name, error.message.replace(/^E[A-Z]+: /, ''));
    }
  });
}

/** A byte path from the root. */
export function absolute(context: Context, path: string): string {
  return toByteName(posix.resolve(context.cwd, path));
}

export interface Options {
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
  readonly rest: readonly string[];
  /** An option that is not known. */
  readonly unknown: string | undefined;
}

/** Short options as getopt reads them (`valued` ones take a value) and long ones by name. */
export function parseOptions(
  args: readonly string[],
  known: string,
  valued = '',
  long: Readonly<Record<string, string>> = {},
): Options {
  const flags = new Set<string>();
  const values = new Map<string, string>();
  const rest: string[] = [];
  let unknown: string | undefined;
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    if (arg === '--') {
      rest.push(...args.slice(index + 1));
      break;
    }
    if (arg.startsWith('--')) {
      const [name, value] = arg.slice(2).split(/=(.*)/s);
      const short = long[name!];
      if (short === undefined) unknown = arg;
      else if (valued.includes(short)) values.set(short, value ?? args[++index] ?? '');
      else flags.add(short);
      continue;
    }
    if (!arg.startsWith('-') || arg === '-') {
      rest.push(arg);
      continue;
    }
    for (let at = 1; at < arg.length; at++) {
      const letter = arg[at]!;
      if (valued.includes(letter)) {
        values.set(letter, arg.length > at + 1 ? arg.slice(at + 1) : (args[++index] ?? ''));
        break;
      }
      if (known.includes(letter)) flags.add(letter);
      else unknown = `-${letter}`;
    }
  }
  return { flags, values, rest, unknown };
}
