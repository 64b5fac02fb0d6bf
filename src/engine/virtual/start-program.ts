// What the arguments of a process mean to an engine that runs no program: a shell to type into, a script, or a command that
// we simulate. What cannot be run is refused before anything starts, as a kernel would.
import { PhylloError } from '../../lib/errors.ts';
import { safeText } from '../../lib/text.ts';
import type { ProcessSpec } from '../container.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { toByteName } from './byte-names.ts';
import { errnoOf } from './errno.ts';
import { kindOfProgram } from './program-kind.ts';
import { cannotRun, findProgram } from './find-program.ts';
import type { Credentials } from './resolve.ts';
import { SHELLS } from './shell-names.ts';
import { SIMULATED } from './simulated-names.ts';
import type { StartProgram } from './thread-messages.ts';
import type { VirtualFiles } from './virtual-files.ts';

const HEAD_BYTES = 4096;
const MAX_SCRIPT_BYTES = 16 * 1024 * 1024;

/** Throws `not-found` (127), `invalid-argument` (126). */
export async function startProgram(
  files: VirtualFiles,
  { spec, who, hasShell }: { spec: ProcessSpec; who: Credentials; hasShell: boolean },
): Promise<StartProgram> {
  const [argument = '', ...args] = spec.argv;
  const name = argument.slice(argument.lastIndexOf('/') + 1);
  const path = findProgram(files, argument, spec, who);
  if (path === undefined) {
    // An image without a shell can be looked into all the same.
    if (hasShell || !isStandardPlace(argument)) throw notFound(argument);
    if (SHELLS.has(name)) return shell(files, name, args, spec, who);
    if (SIMULATED.has(name)) return { kind: 'command', path: `/usr/bin/${name}`, name, args };
    throw notFound(argument);
  }
  if (SHELLS.has(name)) return shell(files, name, args, spec, who);
  if (name === 'busybox' && args[0] !== undefined) {
    if (SHELLS.has(args[0])) return shell(files, args[0], args.slice(1), spec, who);
  }
  const content = await files.content(path, who).catch((error: unknown) => {
    throw cannotRun(argument, errnoOf(error) === 'EACCES' ? 'permission denied' : 'it cannot be read');
  });
  const kind = kindOfProgram(await content.read(0, HEAD_BYTES));
  if (kind.kind === 'script' && content.sizeBytes > 0) {
    const source = await readScript(content, argument);
    return { kind: 'script', source, name: argument, args };
  }
  if (!SIMULATED.has(name)) {
    const what =
      kind.kind === 'native' && kind.interpreter !== undefined
        ? `a script for ${safeText(kind.interpreter)}`
        : 'a native program';
    throw cannotRun(name, `${safeText(path)} is ${what} (the virtual engine simulates)`);
  }
  return { kind: 'command', path, name, args };
}

async function shell(
  files: VirtualFiles,
  name: string,
  args: readonly string[],
  spec: ProcessSpec,
  who: Credentials,
): Promise<StartProgram> {
  let options = '';
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    if (/^-[a-z]*c[a-z]*$/.test(arg)) {
      const [source, zero, ...rest] = args.slice(index + 1);
      if (source === undefined) break;
      const flags = `${options}${arg.slice(1).replace('c', '')}`.replace(/[il]/g, '');
      return { kind: 'script', source: withFlags(source, flags), name: zero ?? name, args: rest };
    }
    if (arg.startsWith('-')) {
      options += arg.startsWith('--') ? '' : arg.slice(1).replace(/[ils]/g, '');
      continue;
    }
    const path = arg.startsWith('/') ? arg : `${spec.workingDir}/${arg}`;
    const content = await files.content(toByteName(path), who).catch(() => undefined);
    if (content === undefined)
      return { kind: 'script', source: `echo "${name}: can't open file" >&2; exit 2`, name, args: [] };
    return {
      kind: 'script',
      source: withFlags(await readScript(content, arg), options),
      name: arg,
      args: args.slice(index + 1),
    };
  }
  return { kind: 'interactive' };
}

function withFlags(source: string, flags: string): string {
  return flags === '' ? source : `set -${flags}\n${source}`;
}

async function readScript(
  content: { sizeBytes: number; read(offset: number, length: number): Promise<Uint8Array> },
  name: string,
): Promise<string> {
  if (content.sizeBytes > MAX_SCRIPT_BYTES) throw cannotRun(name, 'the script is too large');
  return Buffer.from(await content.read(0, content.sizeBytes)).toString('utf8');
}

/** A name alone, or where programs are on every system. */
function isStandardPlace(argument: string): boolean {
  return !argument.includes('/') || /^(?:\/usr)?\/s?bin\/[^/]+$/.test(argument);
}

function notFound(program: string): PhylloError {
  return new PhylloError('not-found', `run ${safeText(program)}: there is no such program in the container`, {
    data: { exitCode: EXIT_CODES.notFound },
    hint: 'The virtual engine simulates a shell and common commands, no other programs.',
  });
}
