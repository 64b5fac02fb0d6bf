// Directories of this machine that a container is to see: links resolved, and none that phyllo keeps from containers.
import { mkdir, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Mount } from '../engine/container.ts';
import { type ProtectedPath, checkBindSource } from '../engine/mount-spec.ts';
import { isSystemError, toPhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';

/** A source that is not there is made, as docker does. Throws `invalid-argument` for one that no container gets. */
export async function resolveBinds(
  mounts: readonly Mount[],
  places: readonly ProtectedPath[],
): Promise<Mount[]> {
  if (!mounts.some(({ type }) => type === 'bind')) return [...mounts];
  const real = await Promise.all(
    places.map(async ({ path, title }) => ({ path: await realpath(path).catch(() => path), title })),
  );
  return Promise.all(
    mounts.map(async (mount) => {
      if (mount.type !== 'bind') return mount;
      const source = await resolved(mount.source);
      checkBindSource(source, [...places, ...real]);
      await mkdir(source, { recursive: true }).catch((error: unknown) => {
        if (!isSystemError(error, 'EEXIST')) throw toPhylloError(error, `bind ${safeText(mount.source)}`);
      });
      return { ...mount, source };
    }),
  );
}

/** Of a path whose end may not be there yet. */
async function resolved(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isSystemError(error, 'ENOENT') || path === dirname(path)) {
      throw toPhylloError(error, `bind ${safeText(path)}`);
    }
    return join(await resolved(dirname(path)), basename(path));
  }
}
