// Waits for changes that another process makes to a container's R/W layer.
import { watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FollowedFiles, upperPath } from './container-files.ts';

const DEBOUNCE_MS = 50;
const POLL_MS = 200;

/** True when something changed; false when the container is gone or nobody wants to know any more. */
export async function nextChange(
  directory: string,
  followed: FollowedFiles,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  for (;;) {
    if (signal?.aborted) return false;
    await soon(upperPath(directory), signal);
    if (signal?.aborted || !(await stat(directory).catch(() => undefined))) return false;
    if (await followed.refresh().catch(() => false)) return true;
  }
}

/** A sign from the system that the directory changed, or a while: not every system gives signs. */
async function soon(directory: string, signal: AbortSignal | undefined): Promise<void> {
  const over = new AbortController();
  const ends = signal === undefined ? over.signal : AbortSignal.any([over.signal, signal]);
  const changed = new Promise<void>((resolve) => {
    try {
      watch(directory, { signal: ends, persistent: false }, () => resolve()).on('error', () => undefined);
    } catch {
      // It went away, or signs are not to be had: the while has to do.
    }
  });
  await Promise.race([
    changed.then(() => sleep(DEBOUNCE_MS, undefined, { signal: ends }).catch(() => undefined)),
    sleep(POLL_MS, undefined, { signal: ends }).catch(() => undefined),
  ]);
  over.abort();
}
