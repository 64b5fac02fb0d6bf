// Whether a container's program is there at all, looked up as execvp(3) would but never out of the container's root.
// Known before anything is started, the answer is clean: a runtime writes its own into the container's output.
import { Directory } from '../../layer/apply-directory.ts';
import { isPhylloError } from '../../lib/errors.ts';
import type { ProcessSpec } from '../container.ts';
import { programAbsent, programUnusable } from './oci-report.ts';
import { resolveInRoot } from './root-path.ts';
import type { PreparedContainer } from './runtime.ts';

const ANY_EXECUTE = 0o111n;
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Other file systems will be mounted there: what the root has below them says nothing. */
const HIDDEN = /^\/+(dev|proc|sys)(\/|$)/;

/**
 * Throws `not-found` with `data.exitCode` 127 for a program that is not there, `invalid-argument` with 126 for what nobody
 * can run. Says nothing where a mount may bring the program.
 */
export function requireProgram(
  { rootfs, mounts }: Pick<PreparedContainer, 'rootfs' | 'mounts'>,
  process: ProcessSpec,
): void {
  const [program = ''] = process.argv;
  const places = candidates(program, process);
  if (mounts.length > 0 || places.some((place) => HIDDEN.test(place))) return;
  const root = Directory.open(rootfs);
  try {
    const found = places.map((place) => look(root, place));
    if (found.includes('runs')) return;
    throw found.includes('does not run') ? programUnusable(program) : programAbsent(program);
  } finally {
    root.close();
  }
}

function candidates(program: string, { env, workingDir }: ProcessSpec): string[] {
  if (program === '') return [];
  if (program.startsWith('/')) return [program];
  if (program.includes('/')) return [`${workingDir}/${program}`];
  const path =
    env.findLast((variable) => variable.startsWith('PATH='))?.slice('PATH='.length) ?? DEFAULT_PATH;
  return path.split(':').map((folder) => absolute(`${folder === '' ? '.' : folder}/${program}`, workingDir));
}

function absolute(path: string, workingDir: string): string {
  return path.startsWith('/') ? path : `${workingDir}/${path}`;
}

function look(root: Directory, path: string): 'runs' | 'does not run' | 'absent' {
  try {
    const found = resolveInRoot(root, Buffer.from(path), { follow: true });
    found.close();
    const { stat } = found;
    if (stat === undefined) return 'absent';
    return stat.isFile() && (stat.mode & ANY_EXECUTE) !== 0n ? 'runs' : 'does not run';
  } catch (error) {
    if (isPhylloError(error, 'not-found')) return 'absent';
    // A circle of links and its like are for the runtime to tell of.
    return 'runs';
  }
}
