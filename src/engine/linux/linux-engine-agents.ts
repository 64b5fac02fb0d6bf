// How the engine gets at the agent of a container: a new one that runs it, the one that does, or one that only works on its
// files.
import { PhylloError, isPhylloError } from '../../lib/errors.ts';
import type { UnpackedLayers } from '../../snapshot/unpacked-layers.ts';
import type { Container, ContainerConfig, ContainerId } from '../container.ts';
import type { ContainerRecords } from '../records.ts';
import { type RuntimeChoice, makeRuntime } from './agent-runtime.ts';
import { type AgentLauncher, connectAgent } from './client-agent.ts';
import type { Exchange } from './client-exchange.ts';
import type { AgentOrder } from './control-protocol.ts';
import type { LinuxAbilities } from './linux-abilities.ts';
import type { ContainerTruth } from './linux-engine-truth.ts';
import { MountCalls } from './mount-calls.ts';
import { containerPaths } from './mounted.ts';

export interface AgentParts {
  readonly storeRoot: string;
  readonly abilities: LinuxAbilities;
  readonly records: ContainerRecords;
  readonly truth: ContainerTruth;
  readonly launcher: AgentLauncher;
  readonly layers: UnpackedLayers;
}

export class ContainerAgents {
  private readonly parts: AgentParts;
  /** Trees of containers that were made here: their records keep them. */
  private readonly known = new Map<ContainerId, readonly string[]>();

  constructor(parts: AgentParts) {
    this.parts = parts;
  }

  /** Base first. */
  knowLayers(id: ContainerId, lowers: readonly string[]): void {
    this.known.set(id, lowers);
  }

  /** Throws `already-exists` for one that runs. */
  async launch(id: ContainerId): Promise<Exchange> {
    const { truth, launcher } = this.parts;
    const container = await truth.get(id);
    if (container.status === 'dead') throw dead(container);
    if (container.status === 'running')
      throw new PhylloError('already-exists', `start container ${container.name}: it is already running`);
    const order = await this.order(container);
    this.known.delete(id);
    return launcher.run(order, container.isStep ? 'step' : 'run');
  }

  /** Whoever has the container's files, or an agent that gets at them. */
  async reach(id: ContainerId): Promise<Exchange> {
    const container = await this.parts.truth.get(id);
    const running = await this.running(container);
    return running ?? this.parts.launcher.serve(await this.order(container));
  }

  /** Throws `invalid-argument`, which begins with `doing`, for one that does not run. */
  async connect(id: ContainerId, doing: string): Promise<Exchange> {
    const container = await this.parts.truth.get(id);
    const running = await this.running(container);
    if (running !== undefined) return running;
    throw new PhylloError('invalid-argument', `${doing} container ${container.name}: it is not running`);
  }

  /** undefined also for one that has just ended. */
  private async running({ id, status }: Container): Promise<Exchange | undefined> {
    if (status !== 'running') return undefined;
    try {
      return await connectAgent(this.parts.records.pathOf(id));
    } catch (error) {
      if (isPhylloError(error, 'invalid-argument')) return undefined;
      throw error;
    }
  }

  private async order(container: Container): Promise<AgentOrder> {
    const { storeRoot, abilities, records, layers } = this.parts;
    const { id, image, name } = container;
    const lowers = this.known.get(id) ?? (await layers.find(image.diffIDs));
    if (lowers === undefined) {
      throw new PhylloError('not-found', `use container ${name}: unpacked layers of its image are gone`, {
        hint: 'Run its image once more: that unpacks them again.',
      });
    }
    const { idMap, outbound } = abilities;
    const directory = records.pathOf(id);
    return { directory, storeRoot, idMap, lowers, runtime: this.runtimeOf(container), outbound };
  }

  /** The same for all of a container's life. */
  private runtimeOf({ process }: Pick<ContainerConfig, 'process'>): RuntimeChoice {
    const { runtime, terminalRuntime } = this.parts.abilities;
    return process.tty ? (terminalRuntime ?? runtime) : runtime;
  }

  /** What an agent that was killed left outside of its namespaces. `directory` is the container's, wherever it is now. */
  async cleanUp(config: ContainerConfig, directory: string): Promise<void> {
    const runtime = await makeRuntime(this.runtimeOf(config), { mounts: new MountCalls(undefined) });
    const rootless = this.parts.abilities.idMap !== 'root';
    await runtime.cleanUp({ work: containerPaths(directory).runtime, config, rootless });
  }
}

function dead({ name, error }: Container): PhylloError {
  return new PhylloError('invalid-argument', `start container ${name}: ${error ?? 'it is damaged'}`, {
    hint: 'It can only be removed.',
  });
}
