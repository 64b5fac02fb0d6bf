// The network of a running container, with its published ports.
import { argv, execPath } from 'node:process';
import type { ContainerConfig, PublishedPort } from '../container.ts';
import type { AgentOrder } from './control-protocol.ts';
import { type ContainerNetwork, openNetwork } from './network.ts';
import type { PortPublisher } from './forward-host.ts';

export class AgentNetwork {
  readonly network: ContainerNetwork;
  private readonly publisher: PortPublisher | undefined;

  private constructor(network: ContainerNetwork, publisher: PortPublisher | undefined) {
    this.network = network;
    this.publisher = publisher;
  }

  /** Throws `already-exists` for a port in use, `read-only` for one that the user may not have. */
  static async open(order: AgentOrder, config: ContainerConfig): Promise<AgentNetwork> {
    const publisher = await publish(config);
    const network = await openNetwork({
      mode: config.network,
      hostname: config.hostname,
      folder: order.directory,
      outbound: order.outbound ?? [],
      rootless: order.idMap !== 'root',
    });
    return new AgentNetwork(network, publisher);
  }

  get published(): readonly PublishedPort[] {
    return this.publisher?.published ?? [];
  }

  /** `pid` is the first process; connections that came before have waited. */
  async enter(pid: number | undefined): Promise<void> {
    if (pid === undefined || this.publisher === undefined) return;
    const netns = this.network.netns ?? `/proc/${pid}/ns/net`;
    await this.publisher.enter(netns, [execPath, argv[1]!, 'forward']);
  }

  async close(): Promise<void> {
    await this.publisher?.close();
    await this.network.close();
  }
}

/** On the machine's network there is nothing to forward, without one there is nowhere to. */
async function publish({ network, ports }: ContainerConfig): Promise<PortPublisher | undefined> {
  if (network !== 'private' || ports.length === 0) return undefined;
  const { PortPublisher } = await import('./forward-host.ts');
  return PortPublisher.open(ports);
}
