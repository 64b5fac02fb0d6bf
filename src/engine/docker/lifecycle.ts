// The engine's calls that begin and end containers, with what their statuses mean.
import type { DockerClient } from '../../docker/client.ts';
import type { Fields } from '../../docker/fields.ts';
import { PhylloError, isPhylloError } from '../../lib/errors.ts';
import type { ContainerStatus } from '../container.ts';
import { checkContainerName } from '../names.ts';
import { signalName } from '../signal-names.ts';
import { startError } from './daemon-words.ts';
import { waitForPodmanRemoval } from './podman-wait.ts';
import { notRunningError } from './not-running.ts';
import { statusOf } from './container-record.ts';

const IS_SO_ALREADY = 304;
const CONFLICT = 409;
const SIGNAL_FOR_STOP_SINCE = 42;
/** Beyond its own timeout, for an engine that is busy. */
const STOP_MARGIN_MS = 60_000;

export function basePath(id: string): string {
  return `/containers/${encodeURIComponent(id)}`;
}

export function inspectContainer(client: DockerClient, id: string, signal?: AbortSignal): Promise<Fields> {
  return client.fields({ path: `${basePath(id)}/json`, doing: 'inspect container', signal });
}

/** Throws as `Engine.start`. */
export async function startContainer(client: DockerClient, id: string): Promise<void> {
  const doing = 'start container';
  const { status } = await client
    .send({ method: 'POST', path: `${basePath(id)}/start`, doing })
    .catch((error: unknown) => {
      throw startError(error, doing);
    });
  if (status === IS_SO_ALREADY) throw new PhylloError('already-exists', `${doing}: it runs already`);
}

/** Resolves to when the engine began to wait, with the exit code to come. */
export async function beginWait(
  client: DockerClient,
  id: string,
  {
    condition,
    signal,
  }: { condition: 'next-exit' | 'not-running' | 'removed'; signal?: AbortSignal | undefined },
): Promise<{ readonly exitCode: Promise<number> }> {
  const doing = 'wait for container';
  const query = { condition };
  const path = `${basePath(id)}/wait`;
  const asked = client.fields({ method: 'POST', path, query, doing, signal, timeoutMs: 0 });
  const exitCode = asked.then((answer) => answer.integer('StatusCode'));
  exitCode.catch(() => undefined);
  return { exitCode };
}

/** As `Engine.wait`. */
export async function waitForContainer(
  client: DockerClient,
  id: string,
  { removed = false, signal }: { removed?: boolean; signal?: AbortSignal },
): Promise<number> {
  const { isPodman } = await client.facts();
  if (removed && isPodman) return await waitForPodmanRemoval(client, id, signal);
  const { exitCode } = await beginWait(client, id, {
    condition: removed ? 'removed' : 'not-running',
    signal,
  });
  return await exitCode;
}

export async function stopContainer(
  client: DockerClient,
  id: string,
  { signal, timeoutSeconds }: { signal?: string; timeoutSeconds?: number },
): Promise<void> {
  const { apiVersion } = await client.facts();
  if (signal !== undefined && Number(apiVersion.split('.')[1]) < SIGNAL_FOR_STOP_SINCE) {
    return await stopBySignal(client, id, { signal, timeoutSeconds });
  }
  await client.send({
    method: 'POST',
    path: `${basePath(id)}/stop`,
    query: { t: timeoutSeconds, signal },
    doing: 'stop container',
    timeoutMs: timeoutSeconds === undefined ? 0 : timeoutSeconds * 1000 + STOP_MARGIN_MS,
  });
}

/** Older engines know only the container's own stop signal. */
async function stopBySignal(
  client: DockerClient,
  id: string,
  { signal, timeoutSeconds }: { signal: string; timeoutSeconds: number | undefined },
): Promise<void> {
  const inspected = await inspectContainer(client, id);
  if (statusOf(inspected.fields('State')) !== 'running') return;
  const seconds = timeoutSeconds ?? (inspected.fields('Config').integer('StopTimeout') || 10);
  const { exitCode } = await beginWait(client, id, { condition: 'not-running' });
  await killContainer(client, id, signal);
  const timer = setTimeout(
    () => void killContainer(client, id, 'SIGKILL').catch(() => undefined),
    seconds * 1000,
  );
  try {
    await exitCode;
  } finally {
    clearTimeout(timer);
  }
}

/** Throws `invalid-argument` for one that does not run. */
export async function killContainer(client: DockerClient, id: string, signal: string): Promise<void> {
  const doing = 'kill container';
  const query = { signal: signalName(signal) };
  try {
    await client.send({ method: 'POST', path: `${basePath(id)}/kill`, query, doing });
  } catch (error) {
    throw await notRunningError(client, basePath(id), { error, doing });
  }
}

async function statusNow(client: DockerClient, id: string): Promise<ContainerStatus> {
  return statusOf((await inspectContainer(client, id)).fields('State'));
}

export async function renameContainer(client: DockerClient, id: string, name: string): Promise<void> {
  checkContainerName(name);
  await client
    .send({ method: 'POST', path: `${basePath(id)}/rename`, query: { name }, doing: 'rename container' })
    .catch(async (error: unknown) => {
      throw await nameConflict(client, name, error);
    });
}

/** For calls where a conflict can only be that the name is taken; Podman answers 500 to it. */
export async function nameConflict(
  client: DockerClient,
  name: string | undefined,
  error: unknown,
): Promise<unknown> {
  if (!isPhylloError(error) || name === undefined) return error;
  const { status } = error.data;
  const isTaken = status === CONFLICT || (status === 500 && (await isThere(client, name)));
  if (!isTaken) return error;
  return new PhylloError('already-exists', error.message, { cause: error, data: error.data });
}

export async function removeContainer(
  client: DockerClient,
  id: string,
  { force = false, volumes = false }: { force?: boolean; volumes?: boolean },
): Promise<void> {
  const query = { force: force ? 1 : undefined, v: volumes ? 1 : undefined };
  try {
    const doing = 'remove container';
    await client.send({ method: 'DELETE', path: basePath(id), query, doing, timeoutMs: 0 });
  } catch (error) {
    if (!isPhylloError(error) || error.code === 'not-found') throw error;
    if (error.data['status'] !== CONFLICT) {
      // Podman answers 500 to this.
      if (force || (await statusNow(client, id)) !== 'running') throw error;
      throw new PhylloError('invalid-argument', error.message, { cause: error });
    }
    if (!(await isBeingRemoved(client, id))) throw error;
    await (await beginWait(client, id, { condition: 'removed' })).exitCode.catch(() => undefined);
  }
}

async function isThere(client: DockerClient, name: string): Promise<boolean> {
  return await inspectContainer(client, name).then(
    () => true,
    () => false,
  );
}

/** One that removes itself at its end may be about to. */
async function isBeingRemoved(client: DockerClient, id: string): Promise<boolean> {
  try {
    return (await inspectContainer(client, id)).fields('State').text('Status') === 'removing';
  } catch (error) {
    if (isPhylloError(error, 'not-found')) return true;
    throw error;
  }
}
