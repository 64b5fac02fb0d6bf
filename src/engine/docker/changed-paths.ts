// The list of paths that a container changed, as the engine tells it.
import type { DockerClient } from '../../docker/client.ts';

export type ChangeKind = 'changed' | 'added' | 'deleted';

export interface ChangedPath {
  /** No leading slash. Bytes that are not UTF-8 were lost on the way: such a path cannot be asked for. */
  readonly path: string;
  readonly kind: ChangeKind;
}

const KINDS: readonly ChangeKind[] = ['changed', 'added', 'deleted'];
const MAX_PATHS = 200_000;

/** Sorted so that a directory comes before what is in it. Throws `not-found`. */
export async function changedPaths(
  client: DockerClient,
  base: string,
  signal: AbortSignal | undefined,
): Promise<ChangedPath[]> {
  const found = await client.list({ path: `${base}/changes`, doing: 'list changes', signal });
  const paths = found.slice(0, MAX_PATHS).flatMap((change): ChangedPath[] => {
    const kind = KINDS[change.integer('Kind')];
    const path = change.text('Path').replace(/^\/+|\/+$/g, '');
    return kind === undefined || path === '' || !isPlain(path) ? [] : [{ path, kind }];
  });
  return paths.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** An engine has no reason to send anything else. */
function isPlain(path: string): boolean {
  return (
    !path.includes('\0') && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  );
}
