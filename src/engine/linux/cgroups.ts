// Control groups as far as we need them: which version is here, and that none of a container's are left over.
import { readdir, rmdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError, toPhylloError } from '../../lib/errors.ts';
import { CGROUP_PARENT } from './oci-bundle.ts';

/** `hybrid`: version 1 with an empty version 2 beside it, at `unified`. */
export type CgroupMode = 'v1' | 'v2' | 'hybrid' | 'none';

const CGROUP2_MAGIC = 0x63677270;
const CGROUP1_MAGIC = 0x27e0eb;
const HOW_OFTEN = 250;
const PAUSE_MS = 2;

export async function cgroupMode(root: string): Promise<CgroupMode> {
  if ((await magic(root)) === CGROUP2_MAGIC) return 'v2';
  if ((await magic(join(root, 'unified'))) === CGROUP2_MAGIC) return 'hybrid';
  const controllers = await readdir(root).catch(() => []);
  const types = await Promise.all(controllers.map((name) => magic(join(root, name))));
  return types.includes(CGROUP1_MAGIC) ? 'v1' : 'none';
}

async function magic(path: string): Promise<number | undefined> {
  return statfs(path).then(
    ({ type }) => type,
    () => undefined,
  );
}

/**
 * Those of a container whose processes have ended. The kernel may take a moment to let go of the last one; what is still
 * in use after that is left, and is no error: the next clean-up finds it.
 */
export async function removeCgroups(root: string, id: string): Promise<void> {
  const groups = (await hierarchies(root)).map((hierarchy) => join(hierarchy, CGROUP_PARENT, id));
  // Side by side: the kernel lets go of them all at about the same time.
  await Promise.all(groups.map(removeGroup));
}

async function hierarchies(root: string): Promise<string[]> {
  if ((await magic(root)) === CGROUP2_MAGIC) return [root];
  const paths = (await readdir(root).catch(() => [])).map((name) => join(root, name));
  const types = await Promise.all(paths.map(magic));
  return paths.filter((_, at) => types[at] === CGROUP1_MAGIC);
}

async function removeGroup(path: string): Promise<void> {
  for (let attempt = 0; attempt < HOW_OFTEN; attempt++) {
    try {
      return await rmdir(path);
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].some((code) => isSystemError(error, code))) return;
      if (!isSystemError(error, 'EBUSY')) throw toPhylloError(error, `remove control group ${path}`);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
