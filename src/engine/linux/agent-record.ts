// What the agent writes down of its container: that it runs, how it ended, that it is gone.
import { join } from 'node:path';
import { PhylloError, isPhylloError } from '../../lib/errors.ts';
import type { ContainerConfig, PublishedPort } from '../container.ts';
import { ContainerRecords } from '../records.ts';
import { hostPid } from './agent-pid.ts';
import { removeData } from './agent-remove.ts';
import type { AgentOrder } from './control-protocol.ts';
import { ownVolumes } from './volumes.ts';

export class AgentRecord {
  private readonly order: AgentOrder;
  private readonly config: ContainerConfig;
  private readonly isolation: string;
  private readonly records: ContainerRecords;
  private readonly startedAt = new Date().toISOString();

  constructor(order: AgentOrder, config: ContainerConfig, isolation: string) {
    this.order = order;
    this.config = config;
    this.isolation = isolation;
    this.records = new ContainerRecords(join(order.storeRoot, 'containers'));
  }

  /** One that is over already is written down at its end: false. */
  async start(
    pid: number | undefined,
    published: readonly PublishedPort[],
    over: Promise<unknown>,
  ): Promise<boolean> {
    if (pid === undefined) return false;
    const seen = await Promise.race([hostPid(pid), over.then(() => undefined)]);
    if (seen === undefined) return false;
    await this.records.updateState(this.config.id, ({ name }) => ({
      name,
      status: 'running',
      pid: seen,
      startedAt: this.startedAt,
      published,
      isolation: this.isolation,
    }));
    return true;
  }

  /** With an error when it could not be started. */
  async end(exitCode: number, error: unknown): Promise<void> {
    const finishedAt = new Date().toISOString();
    const isolation = this.isolation;
    await this.records.updateState(this.config.id, ({ name, status }) =>
      error === undefined
        ? {
            name,
            status: 'exited',
            pid: 0,
            startedAt: this.startedAt,
            finishedAt,
            exitCode,
            published: [],
            isolation,
          }
        : {
            name,
            status: status === 'running' ? 'exited' : status,
            pid: 0,
            finishedAt,
            exitCode,
            error: textOf(error),
            published: [],
          },
    );
  }

  /** After all is unmounted. */
  async finish(): Promise<void> {
    if (!this.config.autoRemove) return;
    try {
      await this.records.remove(this.config.id, async (directory) => removeData(directory), false);
      const volumes = { storeRoot: this.order.storeRoot, volumes: join(this.order.storeRoot, 'volumes') };
      for (const path of ownVolumes(volumes, this.config)) removeData(path);
    } catch (error) {
      if (!isPhylloError(error, 'not-found')) throw error;
    }
  }
}

function textOf(error: unknown): string {
  return error instanceof PhylloError ? error.message : 'start container: it failed';
}
