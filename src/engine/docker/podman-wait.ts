// Podman forgets a container's exit code with the container, and tells 0: its events know better.
import type { DockerClient } from '../../docker/client.ts';
import { jsonLines } from '../../docker/json-lines.ts';
import { PhylloError } from '../../lib/errors.ts';

const DOING = 'wait for container';

/** The exit code of a container once it is removed. Throws `not-found` for one that is not there to begin with. */
export async function waitForPodmanRemoval(
  client: DockerClient,
  id: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  const path = `/containers/${encodeURIComponent(id)}/json`;
  // Whole seconds: what happens until the engine listens must not be missed.
  const since = Math.floor(Date.now() / 1000) - 1;
  const inspected = await client.fields({ path, doing: DOING, signal });
  let exitCode = inspected.fields('State').integer('ExitCode');
  const query = { since, filters: JSON.stringify({ container: [id] }) };
  const events = await client.stream({ path: '/events', query, doing: DOING, signal, timeoutMs: 0 });
  try {
    for await (const event of jsonLines(events, DOING)) {
      const action = event.text('Action');
      const told = event.fields('Actor').fields('Attributes').text('containerExitCode');
      if ((action === 'die' || action === 'died') && /^\d{1,3}$/.test(told)) exitCode = Number(told);
      if (action === 'remove' || action === 'destroy') return exitCode;
    }
  } finally {
    events.destroy();
  }
  throw new PhylloError('network', `${DOING}: the engine stopped telling what happens`);
}
