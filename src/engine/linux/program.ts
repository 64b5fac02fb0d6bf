// Whether a container's program is there at all, looked up as execvp(3) would but never out of the container's root.
// Known before anything is started, the answer is clean: a runtime writes its own into the container's output.
import { Directory } from '../../layer/apply-directory.ts';
import { isPhylloError } from '../../lib/errors.ts';
import type { ProcessSpec } from '../container.ts';
import { programAbsent } from './oci-report.ts';
import { resolveInRoot } from './root-path.ts';
import type { PreparedContainer } from './runtime.ts';

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Other file systems will be mounted there: what the root has below them says nothing. */
const HIDDEN = /^\/+(dev|proc|sys)(\/|$)/;

/** Throws `not-found` with `data.exitCode` 127. Says nothing where a mount may bring the program. */
export function requireProgram(
  { rootfs, mounts }: Pick<PreparedContainer, 'rootfs' | 'mounts'>,
  process: ProcessSpec,
): void {
  const [program = ''] = process.argv;
  const places = candidates(program, process);
  if (mounts.length > 0 || places.some((place) => HIDDEN.test(place))) return;
  const root = Directory.open(rootfs);
  try {
    if (!places.some((place) => isThere(root, place))) throw programAbsent(program);
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

function isThere(root: Directory, path: string): boolean {
  try {
    const found = resolveInRoot(root, Buffer.from(path), { follow: true });
    found.close();
    return found.stat !== undefined;
  } catch (error) {
    // A circle of links leads to no program either; the rest is for the runtime to tell.
    return !isPhylloError(error, 'not-found');
  }
}
