// `agent unpack` and `agent remove`: work on folders that belong to the users of the agent's user namespace.
import type { FrameConnection } from '../frame-connection.ts';
import { removeFolder, type UnpackJob, unpackLayer } from '../../snapshot/unpack.ts';
import type { Frames } from './control-server.ts';
import { removeData } from './agent-remove.ts';

export type FolderWork =
  | { readonly kind: 'unpack'; readonly job: UnpackJob }
  | { readonly kind: 'remove-layer'; readonly path: string }
  | { readonly kind: 'remove-data'; readonly path: string };

const PROGRESS_EVERY_MS = 50;

/** When the other side goes, the work is stopped; what it leaves is tidied up by the next one. */
export async function workOnFolder(
  connection: FrameConnection,
  frames: Frames,
  work: FolderWork,
): Promise<void> {
  const left = new AbortController();
  void frames
    .next()
    .catch(() => undefined)
    .finally(() => left.abort());
  await connection.sendJson({ kind: 'done', result: (await perform(work, connection, left.signal)) ?? null });
}

async function perform(work: FolderWork, connection: FrameConnection, signal: AbortSignal): Promise<unknown> {
  if (work.kind === 'remove-data') return removeData(work.path);
  if (work.kind === 'remove-layer') return removeFolder(work.path);
  let last = 0;
  return unpackLayer(work.job, {
    signal,
    onProgress: (progress) => {
      const now = performance.now();
      if (now - last < PROGRESS_EVERY_MS) return;
      last = now;
      void connection.sendJson({ kind: 'progress', progress }).catch(() => undefined);
    },
  });
}
