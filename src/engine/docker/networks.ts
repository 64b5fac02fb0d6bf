// Whether the engine can give a container a network of its own.
import type { DockerClient } from '../../docker/client.ts';

/** Rootless Podman has none of type bridge in its list, but needs none. */
export async function hasBridge(client: DockerClient, signal?: AbortSignal): Promise<boolean> {
  const [{ isPodman }, networks] = await Promise.all([
    client.facts(),
    client.list({ path: '/networks', doing: 'list networks', signal }),
  ]);
  return isPodman || networks.some((network) => network.text('Driver') === 'bridge');
}
