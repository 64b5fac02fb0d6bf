// Whether there is a Docker or Podman engine to run containers on, and what it is.
import { DockerClient } from '../../docker/client.ts';
import { type Endpoint, endpointText, isRemote } from '../../docker/endpoint.ts';
import { type Environment, findEndpoint } from '../../docker/find-endpoint.ts';
import { PhylloError } from '../../lib/errors.ts';
import { safeText } from '../../lib/text.ts';
import type { EngineStatus } from '../engine.ts';
import { hasBridge } from './networks.ts';

const LOCAL_TIMEOUT_MS = 1000;
const REMOTE_TIMEOUT_MS = 5000;
const MAX_WORD = 100;

/** Never throws, and takes no longer than a second (five for another machine). */
export async function dockerStatus({ env }: { readonly env: Environment }): Promise<EngineStatus> {
  try {
    const endpoint = await findEndpoint(env);
    const timeoutMs = isRemote(endpoint) ? REMOTE_TIMEOUT_MS : LOCAL_TIMEOUT_MS;
    const client = new DockerClient({ endpoint, env, connectTimeoutMs: timeoutMs });
    try {
      return await describe(client, { endpoint, signal: AbortSignal.timeout(timeoutMs), timeoutMs });
    } finally {
      client.close();
    }
  } catch (error) {
    return { name: 'docker', works: false, ...refusal(error) };
  }
}

async function describe(
  client: DockerClient,
  { endpoint, signal, timeoutMs }: { endpoint: Endpoint; signal: AbortSignal; timeoutMs: number },
): Promise<EngineStatus> {
  const { isPodman } = await client.facts(timeoutMs);
  const [info, bridge] = await Promise.all([
    client.fields({ path: '/info', doing: 'ask the engine what it is', signal }),
    hasBridge(client, signal),
  ]);
  const isRootless = info.texts('SecurityOptions').some((option) => option.includes('rootless'));
  const words = [
    `${isPodman ? 'Podman' : 'Docker'} ${safeText(info.text('ServerVersion').slice(0, MAX_WORD))}`.trim(),
    `at ${endpointText(endpoint)}`,
    ...(isRootless ? ['rootless'] : []),
    ...(isRemote(endpoint) ? ['on another machine'] : []),
  ];
  const works = info.text('OSType') === '' || info.text('OSType') === 'linux';
  const missing = [
    ...(bridge ? [] : ['private networks and published ports: start the engine with its bridge network']),
    ...(works ? [] : ['Linux containers: the engine runs others; switch it to Linux containers']),
  ];
  return { name: 'docker', works, summary: words.join(', ').replace(', at', ' at'), missing };
}

function refusal(error: unknown): Pick<EngineStatus, 'summary' | 'missing'> {
  if (!(error instanceof PhylloError)) return { summary: safeText(String(error)), missing: [] };
  return { summary: error.message, missing: error.hint === undefined ? [] : [error.hint] };
}
