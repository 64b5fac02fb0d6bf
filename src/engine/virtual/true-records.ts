// Records that tell the truth: a container whose program vanished has ended with it.
import { PhylloError, isPhylloError } from '../../lib/errors.ts';
import type { Locker } from '../../lib/lock.ts';
import type { Container, ContainerId } from '../container.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { ContainerRecords } from '../records.ts';
import { isHeld } from './host-client.ts';

const SHORT_ID = 12;

export function shown(id: ContainerId): string {
  return id.slice(0, SHORT_ID);
}

export class TrueRecords {
  /** As they are on disk. */
  readonly records: ContainerRecords;
  private readonly locker: Locker;

  constructor(containers: string, locker: Locker) {
    this.records = new ContainerRecords(containers, locker);
    this.locker = locker;
  }

  pathOf(id: ContainerId): string {
    return this.records.pathOf(id);
  }

  async list(): Promise<Container[]> {
    const all = (await this.records.list()).filter(({ engine }) => engine === 'virtual');
    return Promise.all(all.map((container) => this.truth(container)));
  }

  /** A container whose program vanished has ended with it. */
  private async truth(container: Container): Promise<Container> {
    if (container.status !== 'running' || (await isHeld(this.records.pathOf(container.id), this.locker)))
      return container;
    try {
      const state = await this.records.updateState(container.id, (now) =>
        now.status !== 'running'
          ? now
          : {
              ...now,
              status: 'exited',
              pid: 0,
              exitCode: EXIT_CODES.killed,
              finishedAt: new Date().toISOString(),
              error: 'the program that held it was ended',
            },
      );
      return { ...container, ...state };
    } catch (error) {
      if (isPhylloError(error, 'not-found')) return { ...container, status: 'exited', pid: 0 };
      throw error;
    }
  }

  async get(id: ContainerId): Promise<Container> {
    return this.truth(await this.records.get(id));
  }

  async needRunning(id: ContainerId): Promise<void> {
    const { status } = await this.get(id);
    if (status === 'running') return;
    throw new PhylloError('invalid-argument', `use container ${shown(id)}: it is not running`);
  }
}
