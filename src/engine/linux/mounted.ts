// A container's root: its image's layers and its upperdir as one overlay, mounted in the agent's own mount namespace.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PhylloError } from '../../lib/errors.ts';
import type { NativeCalls } from '../../lib/native.ts';
import { overlayOptions } from '../../snapshot/overlay-options.ts';
import type { AgentOrder } from './control-protocol.ts';
import type { MountCall, MountCalls } from './mount-calls.ts';

/** How flock(1) ends when another holds the lock, as we ask it to. */
const HELD = 75;
const LOCK_PATIENCE_MS = 10_000;
const LOCK_PAUSE_MS = 50;

/** What the agent has of the system: loaded once, before its order comes. */
export interface AgentSystem {
  readonly native: NativeCalls | undefined;
  readonly mounts: MountCalls;
}

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

/** `nothing`: its R/W layer goes with the container, so that the disk need never see it. */
export type Keeps = 'changes' | 'nothing';

/**
 * Locks the container until the result is called or this process ends, and mounts its root. `isTaken` is asked whenever another process
 * has the lock: one that runs it keeps it, one that only works on its files soon lets go.
 * Throws `already-exists` when it runs, `locked`, `io`.
 */
export async function lockAndMount(
  order: AgentOrder,
  system: AgentSystem,
  isTaken: () => Promise<boolean>,
  keeps: Keeps = 'changes',
): Promise<() => void> {
  const { lock } = containerPaths(order.directory);
  const fd = openSync(lock, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  try {
    const until = performance.now() + LOCK_PATIENCE_MS;
    while (!(await tryLock(fd, system))) {
      if (await isTaken()) throw new PhylloError('already-exists', 'start container: it is already running');
      if (performance.now() > until)
        throw new PhylloError('locked', 'use container: another process works on it');
      await sleep(LOCK_PAUSE_MS);
    }
    await mountWritable(order, system, keeps);
    return () => closeSync(fd);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

async function mountWritable(order: AgentOrder, { mounts }: AgentSystem, keeps: Keeps): Promise<void> {
  // Kernels before 5.10 do not know how to leave the disk alone: they take the time that it costs.
  const isQuick = keeps === 'nothing' && (await mounts.mount(rootMount(order, 'volatile')).then(yes, no));
  if (!isQuick) await mounts.mount(rootMount(order, 'writable'));
}

/** False when another has it. */
async function tryLock(fd: number, { native }: AgentSystem): Promise<boolean> {
  if (native) return native.tryLock(fd, 'exclusive');
  // The lock is on the open file that the program inherits, and stays with us.
  const child = spawn('flock', ['-x', '-n', '-E', String(HELD), '3'], {
    stdio: ['ignore', 'ignore', 'ignore', fd],
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === 0 || code === HELD) return code === 0;
  throw new PhylloError('unsupported', `lock container: flock ended with ${code}`);
}

/** Mounts the root without a way to change it, which needs no lock. */
export async function mountReadOnly(order: AgentOrder, { mounts }: AgentSystem): Promise<void> {
  await mounts.mount(rootMount(order, 'readonly'));
}

function layersFolder({ storeRoot }: AgentOrder): string {
  return join(storeRoot, 'layers');
}

/** Device nodes that an image or a process brings are no devices. */
function rootMount(order: AgentOrder, how: 'readonly' | 'writable' | 'volatile'): MountCall {
  const { upper, work, empty, merged } = containerPaths(order.directory);
  const from = layersFolder(order);
  const form = order.idMap === 'root' ? 'trusted' : 'user';
  // An overlay needs something below, also where the image has no layers.
  const lowers = order.lowers.length === 0 ? [empty] : order.lowers;
  const stack =
    how === 'readonly'
      ? { lowers: [...lowers, upper] }
      : { lowers, upper, work, volatile: how === 'volatile' };
  const options = overlayOptions({ from, form, ...stack });
  return { type: 'overlay', target: merged, options, noDevices: true, from };
}

const yes = (): boolean => true;
const no = (): boolean => false;
