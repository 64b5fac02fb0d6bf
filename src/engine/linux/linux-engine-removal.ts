// How containers of the linux engine go: one by one as asked for, and what a crash left half done.
import { PhylloError, isPhylloError } from '../../lib/errors.ts';
import type { Lock } from '../../lib/lock.ts';
import type { Container, ContainerId } from '../container.ts';
import type { ContainerRecords } from '../records.ts';
import type { AgentLayerWorker } from './linux-engine-layers.ts';
import type { CleanUp, ContainerTruth } from './linux-engine-truth.ts';
import type { ContainerWait } from './linux-engine-wait.ts';
import { type VolumePlaces, ownVolumes } from './volumes.ts';

export interface RemovalParts {
  readonly records: ContainerRecords;
  readonly truth: ContainerTruth;
  readonly waits: ContainerWait;
  readonly worker: AgentLayerWorker;
  readonly places: VolumePlaces;
  readonly cleanUp: CleanUp;
  /** SIGKILL; nothing happens when it does not run. */
  readonly kill: (id: ContainerId) => Promise<void>;
}

const LOCK_PATIENCE_MS = 15_000;
const LOOK_AGAIN_MS = 100;

export class ContainerRemoval {
  private readonly parts: RemovalParts;

  constructor(parts: RemovalParts) {
    this.parts = parts;
  }

  async remove(
    id: ContainerId,
    { force = false, volumes = false }: { force?: boolean; volumes?: boolean },
  ): Promise<void> {
    const container = await this.parts.truth.get(id);
    await this.removeAlone(container, force).catch((error: unknown) => {
      if (!(force && isPhylloError(error, 'not-found'))) throw error;
    });
    if (!volumes) return;
    for (const path of ownVolumes(this.parts.places, container)) await this.parts.worker.removeData(path);
  }

  /** What a crash left: half made and half removed records, containers with `--rm` whose agent died. */
  async tidyUp(containers: readonly Container[]): Promise<void> {
    const { records, worker } = this.parts;
    if (await records.hasLeftovers()) await records.sweep((directory) => worker.removeData(directory));
    for (const { id, autoRemove, status } of containers) {
      // The agent itself writes down no end of such a container.
      if (autoRemove && status === 'exited') await this.remove(id, { volumes: true }).catch(unlessGone);
    }
  }

  private async removeAlone(container: Container, force: boolean): Promise<void> {
    const { records, worker, cleanUp } = this.parts;
    const lock = await this.lockStopped(container, force);
    try {
      const now = await records.get(container.id);
      await cleanUp(now, records.pathOf(now.id));
      await records.remove(now.id, (directory) => worker.removeData(directory));
    } finally {
      await lock?.release();
    }
  }

  /** The lock of one that is just being started is taken, and a moment later it runs: then that is dealt with. */
  private async lockStopped({ id, status }: Container, force: boolean): Promise<Lock | undefined> {
    const until = performance.now() + LOCK_PATIENCE_MS;
    for (;;) {
      await this.stop(await this.parts.truth.get(id), force);
      try {
        return await this.parts.truth.lock(id, 'remove', LOOK_AGAIN_MS);
      } catch (error) {
        if (isPhylloError(error, 'not-found') && status === 'dead') return undefined;
        if (!isPhylloError(error, 'locked') || performance.now() > until) throw error;
      }
    }
  }

  private async stop(container: Container, force: boolean): Promise<void> {
    if (container.status !== 'running') return;
    if (!force) throw runsStill(container);
    await this.parts.kill(container.id);
    await this.parts.waits.wait(container.id, { removed: container.autoRemove });
  }
}

function unlessGone(error: unknown): void {
  if (!isPhylloError(error, 'not-found')) throw error;
}

function runsStill({ name }: Container): PhylloError {
  return new PhylloError('invalid-argument', `remove container ${name}: it is running`, {
    hint: 'Stop it before, or use --force.',
  });
}
