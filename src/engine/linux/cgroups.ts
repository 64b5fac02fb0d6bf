// Control groups as far as we need them: which version is here, and that none of a container's are left over.
import { readdirSync, rmdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { isSystemError, toPhylloError } from '../../lib/errors.ts';
import { CGROUP_PARENT } from './oci-bundle.ts';

/** `hybrid`: version 1 with an empty version 2 beside it, at `unified`. */
export type CgroupMode = 'v1' | 'v2' | 'hybrid' | 'none';

const CGROUP2_MAGIC = 0x63677270;
const CGROUP1_MAGIC = 0x27e0eb;
const HOW_OFTEN = 250;
const PAUSE_MS = 2;

export function cgroupMode(root: string): CgroupMode {
  if (magic(root) === CGROUP2_MAGIC) return 'v2';
  if (magic(join(root, 'unified')) === CGROUP2_MAGIC) return 'hybrid';
  return hierarchies(root).length > 0 ? 'v1' : 'none';
}

function magic(path: string): number | undefined {
  try {
    return statfsSync(path).type;
  } catch {
    return undefined;
  }
}

/**
 * Those of a container whose processes have ended. The kernel may take a moment to let go of the last one; what is still
 * in use after that is left, and is no error: the next clean-up finds it.
 */
export async function removeCgroups(root: string, id: string): Promise<void> {
  const groups = hierarchies(root).map((hierarchy) => join(hierarchy, CGROUP_PARENT, id));
  // Side by side: the kernel lets go of them all at about the same time.
  await Promise.all(groups.map(removeGroup));
}

/** Where groups are made. */
function hierarchies(root: string): string[] {
  if (magic(root) === CGROUP2_MAGIC) return [root];
  return namesIn(root)
    .map((name) => join(root, name))
    .filter((path) => magic(path) === CGROUP1_MAGIC);
}

function namesIn(root: string): string[] {
  try {
    return readdirSync(root);
  } catch {
    return [];
  }
}

async function removeGroup(path: string): Promise<void> {
  for (let attempt = 0; attempt < HOW_OFTEN; attempt++) {
    try {
      return rmdirSync(path);
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].some((code) => isSystemError(error, code))) return;
      if (!isSystemError(error, 'EBUSY')) throw toPhylloError(error, `remove control group ${path}`);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
