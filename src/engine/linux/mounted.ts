// A container's root: its image's layers and its upperdir as one overlay, mounted in the agent's own mount namespace.
import { execFile, spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { PhylloError } from '../../lib/errors.ts';
import { safeText } from '../../lib/text.ts';
import { overlayOptions } from '../../snapshot/overlay-options.ts';
import type { AgentOrder } from './control-protocol.ts';

const run = promisify(execFile);
/** How flock(1) ends when another holds the lock, as we ask it to. */
const HELD = 75;
/** One shell for both: the lock is on the open file that it inherits, and stays with us. */
const LOCK_AND_MOUNT =
  'flock -x -n -E 75 3 || exit; [ $# -eq 0 ] || exec mount -t overlay -o "$1" overlay "$2"';
const LOCK_PATIENCE_MS = 10_000;
const LOCK_PAUSE_MS = 50;

export interface ContainerPaths {
  readonly upper: string;
  readonly work: string;
  readonly merged: string;
  readonly empty: string;
  readonly runtime: string;
  readonly lock: string;
  readonly socket: string;
}

/** All below the container's own folder. */
export function containerPaths(directory: string): ContainerPaths {
  return {
    upper: join(directory, 'upper'),
    work: join(directory, 'work'),
    merged: join(directory, 'merged'),
    empty: join(directory, 'empty'),
    runtime: join(directory, 'runtime'),
    lock: join(directory, 'lock'),
    socket: join(directory, 'ctl.sock'),
  };
}

/**
 * Locks the container until the result is called or this process ends, and mounts its root. `isTaken` is asked whenever another process
 * has the lock: one that runs it keeps it, one that only works on its files soon lets go.
 * Throws `already-exists` when it runs, `locked`, `io`.
 */
export async function lockAndMount(order: AgentOrder, isTaken: () => Promise<boolean>): Promise<() => void> {
  const { lock, merged } = containerPaths(order.directory);
  const fd = openSync(lock, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  try {
    const until = performance.now() + LOCK_PATIENCE_MS;
    while (!(await tryLockAndMount(fd, order, merged))) {
      if (await isTaken()) throw new PhylloError('already-exists', 'start container: it is already running');
      if (performance.now() > until)
        throw new PhylloError('locked', 'use container: another process works on it');
      await sleep(LOCK_PAUSE_MS);
    }
    return () => closeSync(fd);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

async function tryLockAndMount(fd: number, order: AgentOrder, merged: string): Promise<boolean> {
  const child = spawn('sh', ['-c', LOCK_AND_MOUNT, 'sh', mountOptions(order, true), merged], {
    cwd: layersFolder(order),
    stdio: ['ignore', 'ignore', 'pipe', fd],
  });
  let said = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(0, 2000)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (code === HELD) return false;
  if (code === 0) return true;
  throw mountFailed(said);
}

/** Mounts the root without a way to change it, which needs no lock. */
export async function mountReadOnly(order: AgentOrder): Promise<void> {
  const { merged } = containerPaths(order.directory);
  try {
    await run('mount', ['-t', 'overlay', '-o', mountOptions(order, false), 'overlay', merged], {
      cwd: layersFolder(order),
    });
  } catch (error) {
    throw mountFailed((error as { stderr?: string }).stderr ?? '');
  }
}

/** What still uses it keeps it until it ends. */
export async function unmount(directory: string): Promise<void> {
  await run('umount', ['-l', containerPaths(directory).merged]).catch(() => undefined);
}

function layersFolder({ storeRoot }: AgentOrder): string {
  return join(storeRoot, 'layers');
}

/** Device nodes that an image or a process brings are no devices: `nodev`. */
function mountOptions(order: AgentOrder, writable: boolean): string {
  const { upper, work, empty } = containerPaths(order.directory);
  const form = order.idMap === 'root' ? 'trusted' : 'user';
  // An overlay needs something below, also where the image has no layers.
  const lowers = order.lowers.length === 0 ? [empty] : order.lowers;
  const stack = writable ? { lowers, upper, work } : { lowers: [...lowers, upper] };
  return `nodev,${overlayOptions({ from: layersFolder(order), form, ...stack })}`;
}

function mountFailed(said: string): PhylloError {
  return new PhylloError(
    'engine-unavailable',
    `mount layers of container: ${safeText(said.trim()) || 'refused'}`,
    {
      hint: 'phyllo info tells what this machine lacks; the system log may say why.',
    },
  );
}
