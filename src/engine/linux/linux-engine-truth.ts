// What records say against what is so: a container whose agent was killed, or that a reboot ended, is told as what it is.
import { PhylloError, isPhylloError } from '../../lib/errors.ts';
import { type Lock, Locker } from '../../lib/lock.ts';
import type { Container, ContainerId } from '../container.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { ContainerRecords } from '../records.ts';
import { connectControl } from './control-socket.ts';
import { containerPaths } from './mounted.ts';

const LOCK_PATIENCE_MS = 15_000;

/** Puts away what a container that died has left outside of its folder. */
export type CleanUp = (container: Container, directory: string) => Promise<void>;

export class ContainerTruth {
  private readonly records: ContainerRecords;
  private readonly cleanUp: CleanUp;
  private readonly locker = new Locker();

  constructor(records: ContainerRecords, cleanUp: CleanUp) {
    this.records = records;
    this.cleanUp = cleanUp;
  }

  /** Throws `not-found`. */
  async get(id: ContainerId): Promise<Container> {
    return this.checked(await this.records.get(id));
  }

  async list(): Promise<Container[]> {
    const all = (await this.records.list()).filter(({ engine }) => engine === 'linux');
    const checked = await Promise.all(
      all.map((container) =>
        this.checked(container).catch((error: unknown) => {
          if (isPhylloError(error, 'not-found')) return undefined;
          throw error;
        }),
      ),
    );
    return checked.filter((container) => container !== undefined);
  }

  /** For itself alone, against `start` and others. Throws `locked`. */
  lock(id: ContainerId, purpose: string, timeoutMs = LOCK_PATIENCE_MS): Promise<Lock> {
    const { lock } = containerPaths(this.records.pathOf(id));
    return this.locker.acquire(lock, { mode: 'exclusive', purpose, timeoutMs });
  }

  private async checked(container: Container): Promise<Container> {
    if (container.status !== 'running' || (await this.answers(container.id))) return container;
    const lock = await this.lock(container.id, 'repair', 0).catch((error: unknown) => {
      if (isPhylloError(error, 'locked') || isPhylloError(error, 'not-found')) return undefined;
      throw error;
    });
    // It is just starting or ending: the record follows at once.
    if (lock === undefined) return this.records.get(container.id);
    try {
      return await this.repair(container.id);
    } finally {
      await lock.release();
    }
  }

  /** Quicker than to try for the lock. */
  private async answers(id: ContainerId): Promise<boolean> {
    try {
      (await connectControl(this.records.pathOf(id))).destroy();
      return true;
    } catch (error) {
      if (error instanceof PhylloError) return false;
      throw error;
    }
  }

  private async repair(id: ContainerId): Promise<Container> {
    const container = await this.records.get(id);
    if (container.status !== 'running') return container;
    await this.cleanUp(container, this.records.pathOf(id));
    const state = await this.records.updateState(id, (before) => ({
      ...before,
      status: 'exited',
      pid: 0,
      finishedAt: new Date().toISOString(),
      exitCode: EXIT_CODES.killed,
      error: 'the process that held it was killed, or the machine restarted',
      published: [],
    }));
    return { ...container, ...state };
  }
}
