// Podman answers 500 to what Docker answers 409: the container's state tells what was wrong.
import type { DockerClient } from '../../docker/client.ts';
import { PhylloError, isPhylloError } from '../../lib/errors.ts';
import { statusOf } from './container-record.ts';

/** `invalid-argument` when the container does not run, else the error itself. */
export async function notRunningError(
  client: DockerClient,
  base: string,
  { error, doing }: { readonly error: unknown; readonly doing: string },
): Promise<unknown> {
  if (!isPhylloError(error, 'io')) return error;
  const inspected = await client.fields({ path: `${base}/json`, doing: 'inspect container' });
  if (statusOf(inspected.fields('State')) === 'running') return error;
  return new PhylloError('invalid-argument', `${doing}: the container does not run`, { cause: error });
}
