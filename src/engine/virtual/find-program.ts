// Where a program of the image lies: PATH as a kernel and a C library read it, links followed inside the container.
import { PhylloError } from '../../lib/errors.ts';
import { safeText } from '../../lib/text.ts';
import { NodeType } from '../../tree/layer-tree.ts';
import type { ProcessSpec } from '../container.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { valueOf } from '../process-spec.ts';
import { toByteName } from './byte-names.ts';
import { errnoOf } from './errno.ts';
import { type Credentials, MAY, isAllowed, resolvePlace } from './resolve.ts';
import { SHELLS } from './shell-names.ts';
import type { VirtualFiles } from './virtual-files.ts';

/**
 * The image's shell, a name or a path: in PATH, or where every system has it (whoever sets another PATH has not taken it
 * away).
 */
export function shellOf(files: VirtualFiles, { env }: ProcessSpec, who: Credentials): string | undefined {
  const isThere = (path: string): boolean => lookAt(files, path, who) === true;
  const inPath = (valueOf(env, 'PATH') ?? '').split(':');
  const name = [...SHELLS].find((shell) => inPath.some((directory) => isThere(`${directory}/${shell}`)));
  if (name !== undefined) return name;
  return [...SHELLS].flatMap((shell) => [`/bin/${shell}`, `/usr/bin/${shell}`]).find(isThere);
}

/** Throws when it is there and cannot be run. */
export function findProgram(
  files: VirtualFiles,
  argument: string,
  spec: ProcessSpec,
  who: Credentials,
): string | undefined {
  const candidates = argument.includes('/')
    ? [argument.startsWith('/') ? argument : `${spec.workingDir}/${argument}`]
    : (valueOf(spec.env, 'PATH') ?? '').split(':').map((directory) => `${directory}/${argument}`);
  let refused = false;
  for (const path of argument === '' ? [] : candidates) {
    const found = lookAt(files, path, who);
    if (found === undefined) continue;
    if (found) return path;
    refused = true;
  }
  if (refused) throw cannotRun(argument, 'permission denied');
  return undefined;
}

/** May it be run? Undefined when it is not there. */
function lookAt(files: VirtualFiles, path: string, who: Credentials): boolean | undefined {
  try {
    const { name } = resolvePlace(files.tree, toByteName(path), who, true);
    if (name === undefined) return undefined;
    const { inode } = name;
    return inode.type === NodeType.file && (inode.mode & 0o111) !== 0 && isAllowed(inode, who, MAY.execute);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

export function cannotRun(program: string, reason: string): PhylloError {
  return new PhylloError('invalid-argument', `run ${safeText(program)}: cannot run here: ${reason}`, {
    data: { exitCode: EXIT_CODES.notExecutable },
  });
}
