// What is mounted over the root of a container: folders of the machine, volumes of ours, memory. A volume that is empty
// is filled with what the image has in its place, as docker does.
import { mkdirSync, readdirSync, realpathSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import { PhylloError, isPhylloError } from '../../lib/errors.ts';
import { safeText } from '../../lib/text.ts';
import { Directory } from '../../layer/apply-directory.ts';
import { applyLayer } from '../../layer/apply.ts';
import { readDirectory } from '../../layer/make.ts';
import { writeTar } from '../../layer/tar-writer.ts';
import type { ContainerConfig, Mount } from '../container.ts';
import { resolveInRoot } from './root-path.ts';
import type { ReadyMount } from './runtime.ts';

const VOLUME_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/;

export interface VolumePlaces {
  /** `$PHYLLO_ROOT`, which no container may have mounted. */
  readonly storeRoot: string;
  /** `$PHYLLO_ROOT/volumes`. */
  readonly volumes: string;
}

/** A volume of the container alone is the n-th of its mounts. */
export function volumePath(places: VolumePlaces, config: ContainerConfig, index: number): string {
  const mount = config.mounts[index];
  if (mount?.type === 'volume' && mount.name !== undefined) {
    if (VOLUME_NAME.test(mount.name)) return join(places.volumes, mount.name);
    throw new PhylloError(
      'invalid-argument',
      `mount volume ${safeText(mount.name)}: the name is not allowed`,
      {
        hint: 'A name has letters, digits, "_", "." and "-"; a folder of the machine begins with "/".',
      },
    );
  }
  return join(places.volumes, `${config.id}-${index}`);
}

/** Paths of the volumes that belong to the container alone. */
export function ownVolumes(places: VolumePlaces, config: ContainerConfig): string[] {
  return config.mounts.flatMap((mount, index) =>
    mount.type === 'volume' && mount.name === undefined ? [volumePath(places, config, index)] : [],
  );
}

/** Throws `invalid-argument` for what may never be mounted into a container. */
export function checkMounts(places: VolumePlaces, mounts: readonly Mount[]): void {
  for (const mount of mounts) {
    if (!posix.isAbsolute(mount.target) || posix.normalize(mount.target) === '/') {
      throw new PhylloError(
        'invalid-argument',
        `mount at ${safeText(mount.target)}: it needs to be an absolute path other than /`,
      );
    }
    if (mount.type === 'bind') checkBind(places.storeRoot, mount.source);
  }
}

function checkBind(storeRoot: string, source: string): void {
  const isInside = (inner: string, outer: string): boolean => {
    const way = relative(outer, inner);
    return way === '' || (way !== '..' && !way.startsWith(`..${sep}`));
  };
  if (!posix.isAbsolute(source) || isInside(storeRoot, source) || isInside(source, storeRoot)) {
    throw new PhylloError(
      'invalid-argument',
      `mount ${safeText(source)}: a container must not reach the store of its own image`,
      { hint: 'Give a folder that neither has the store in it nor lies in it.' },
    );
  }
}

/** `rootfs` is the mounted root. Throws `not-found` for a folder of the machine that is not there. */
export async function prepareMounts(
  places: VolumePlaces,
  config: ContainerConfig,
  rootfs: string,
): Promise<ReadyMount[]> {
  const ready: ReadyMount[] = [];
  for (const [index, mount] of config.mounts.entries()) {
    if (mount.type === 'tmpfs') ready.push(mount);
    else if (mount.type === 'bind') ready.push(readyBind(places, mount));
    else {
      const source = volumePath(places, config, index);
      if (mount.noCopy) mkdirSync(source, { recursive: true, mode: 0o755 });
      else await fillVolume(source, rootfs, mount.target);
      ready.push({ type: 'bind', source, target: mount.target, readOnly: mount.readOnly });
    }
  }
  return ready;
}

/**
 * What a container is made with has no links in its path: those that are there now were put there since, maybe by a
 * container that has the folder above, and lead to what nobody gave.
 */
function readyBind(
  places: VolumePlaces,
  mount: Extract<Mount, { type: 'bind' }>,
): Extract<Mount, { type: 'bind' }> {
  try {
    const source = realpathSync(mount.source);
    checkBind(realpathSync(places.storeRoot), source);
    if (source === posix.normalize(mount.source).replace(/(?<=.)\/$/, '')) return { ...mount, source };
    throw new PhylloError(
      'invalid-argument',
      `mount ${safeText(mount.source)}: there is a link in its path`,
      { hint: 'Make a new container with the folder that is meant.' },
    );
  } catch (error) {
    if (error instanceof PhylloError) throw error;
    throw new PhylloError(
      'not-found',
      `mount ${safeText(mount.source)}: there is no such file or directory`,
      {
        cause: error,
      },
    );
  }
}

async function fillVolume(volume: string, rootfs: string, target: string): Promise<void> {
  mkdirSync(volume, { recursive: true, mode: 0o755 });
  if (readdirSync(volume).length > 0) return;
  const root = Directory.open(rootfs);
  try {
    const found = resolveInRoot(root, Buffer.from(target), { follow: true });
    const source = found.name === '' ? undefined : found.parent.child(found.name);
    try {
      if (source === undefined) return;
      const tar = writeTar(readDirectory(source.inside.toString()));
      await applyLayer(tar, volume, { owners: true, privileges: true });
    } finally {
      source?.close();
      found.close();
    }
  } catch (error) {
    if (!isPhylloError(error, 'not-found')) throw error;
  } finally {
    root.close();
  }
}
