// What a process starts with: the image's configuration and the command line put together by docker's rules.
import { posix } from 'node:path';
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import type { ExecutionConfig } from '../oci/config.ts';
import type { ContainerConfig, ProcessSpec } from './container.ts';

export const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const DEFAULT_TERM = 'TERM=xterm';

/** What was asked for; what is left out comes from the image, or from the container for one more process. */
export interface ProcessOverrides {
  /** Empty, or one empty text: the image's is dropped. */
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  /** `NAME=value`, later ones win; a `NAME` alone takes the variable away. */
  readonly env?: readonly string[];
  readonly user?: string;
  readonly workingDir?: string;
  readonly tty?: boolean;
  readonly stdin?: boolean;
}

/** How a container's first process is written down: what was asked for, and what comes of it. */
export type ProcessConfig = Pick<ContainerConfig, 'process' | 'entrypoint' | 'command' | 'env'>;

/**
 * The first process of a container. `HOSTNAME` and `HOME` are not in its environment yet: the engine adds the one with
 * `withHostname`, the other with `withHome` from the container's own passwd file. Throws `invalid-argument`.
 */
export function processConfig(image: ExecutionConfig, asked: ProcessOverrides = {}): ProcessConfig {
  const { entrypoint, command } = commandLine(image, asked);
  const env = mergeEnv(asked.env ?? [], image.env);
  const tty = asked.tty ?? false;
  const process = checked({
    argv: [...entrypoint, ...command],
    env: replaceEnv(defaultEnv(undefined, tty), env),
    workingDir: workingDirectory(nonEmpty(asked.workingDir) ?? image.workingDir),
    user: nonEmpty(asked.user) ?? image.user ?? '',
    tty,
    stdin: asked.stdin ?? false,
  });
  return { process, entrypoint, command, env };
}

/** One more process in a container; docker has entry points for the first one alone. Throws `invalid-argument`. */
export function execSpec(
  container: Pick<ContainerConfig, 'process' | 'env' | 'hostname'>,
  asked: Omit<ProcessOverrides, 'entrypoint'>,
): ProcessSpec {
  const { process, env, hostname } = container;
  const tty = asked.tty ?? false;
  return checked({
    argv: asked.command ?? [],
    env: replaceEnv(replaceEnv(defaultEnv(hostname, tty), env), asked.env ?? []),
    workingDir: workingDirectory(nonEmpty(asked.workingDir) ?? process.workingDir),
    user: nonEmpty(asked.user) ?? process.user,
    tty,
    stdin: asked.stdin ?? false,
  });
}

/** Adds `HOSTNAME` where docker has it, unless it was given. */
export function withHostname(process: ProcessSpec, hostname: string): ProcessSpec {
  if (valueOf(process.env, 'HOSTNAME') !== undefined) return process;
  const [path, ...others] = process.env;
  return { ...process, env: [...(path === undefined ? [] : [path]), `HOSTNAME=${hostname}`, ...others] };
}

/** Adds `HOME` from the passwd file, unless it was given. */
export function withHome(process: ProcessSpec, home: string): ProcessSpec {
  if (valueOf(process.env, 'HOME') !== undefined) return process;
  return { ...process, env: [...process.env, `HOME=${home}`] };
}

/** The value of a variable; undefined when it is not there. */
export function valueOf(env: readonly string[], name: string): string | undefined {
  return env.find((variable) => variable.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** An entry point that was asked for drops the image's command as well, even one that only resets. */
function commandLine(
  image: ExecutionConfig,
  asked: ProcessOverrides,
): Pick<ProcessConfig, 'entrypoint' | 'command'> {
  const command = asked.command ?? [];
  if (asked.entrypoint !== undefined) {
    const resets = asked.entrypoint.length === 1 && asked.entrypoint[0] === '';
    return { entrypoint: resets ? [] : asked.entrypoint, command };
  }
  return { entrypoint: image.entrypoint ?? [], command: command.length > 0 ? command : (image.cmd ?? []) };
}

function defaultEnv(hostname: string | undefined, tty: boolean): string[] {
  return [
    DEFAULT_PATH,
    ...(hostname === undefined ? [] : [`HOSTNAME=${hostname}`]),
    ...(tty ? [DEFAULT_TERM] : []),
  ];
}

/** What the user gave comes first, then what the image has besides. */
function mergeEnv(asked: readonly string[], image: readonly string[]): string[] {
  const given = new Set(asked.map(nameOf));
  return [...asked, ...image.filter((variable) => !given.has(nameOf(variable)))];
}

/** Each variable takes the place of the one with its name, or is added; a name alone takes it away. */
function replaceEnv(base: readonly string[], more: readonly string[]): string[] {
  const byName = new Map(base.map((variable) => [nameOf(variable), variable]));
  for (const variable of more) {
    if (variable.includes('=')) byName.set(nameOf(variable), variable);
    else byName.delete(variable);
  }
  return [...byName.values()];
}

function nameOf(variable: string): string {
  const end = variable.indexOf('=');
  return end < 0 ? variable : variable.slice(0, end);
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

/**
 * Descriptors that a launcher has open lead out of the container: a working directory there is how CVE-2024-21626
 * escaped. Nobody has a use for one.
 */
const DESCRIPTORS =
  /^\/(?:proc\/[^/]+\/(?:task\/[^/]+\/)?(?:fd|cwd|root)|dev\/(?:fd|stdin|stdout|stderr))(?:\/|$)/;

/** Absolute and without `.`, `..` and doubled slashes. */
function workingDirectory(asked: string | undefined): string {
  if (asked === undefined) return '/';
  if (!asked.startsWith('/')) {
    throw new PhylloError(
      'invalid-argument',
      `set working directory ${safeText(asked)}: it needs to be an absolute path`,
    );
  }
  const path = posix
    .normalize(asked)
    .replace(/^\/+/, '/')
    .replace(/(?<=.)\/$/, '');
  if (DESCRIPTORS.test(path)) {
    throw new PhylloError(
      'invalid-argument',
      `set working directory ${safeText(path)}: it leads out of the container`,
      { hint: 'Give another one with --workdir.' },
    );
  }
  return path;
}

function checked(process: ProcessSpec): ProcessSpec {
  if (process.argv.length === 0) {
    throw new PhylloError('invalid-argument', 'make container: no command specified', {
      hint: 'The image has none: give one after its name.',
    });
  }
  for (const text of [...process.argv, ...process.env, process.workingDir, process.user]) {
    if (!text.includes('\0')) continue;
    throw new PhylloError('invalid-argument', `make container: a NUL character in ${safeText(text)}`);
  }
  return process;
}
