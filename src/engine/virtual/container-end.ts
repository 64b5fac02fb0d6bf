// Waits for the end of virtual containers, and brings it about.
import { setTimeout as sleep } from 'node:timers/promises';
import { isPhylloError, toPhylloError } from '../../lib/errors.ts';
import type { ContainerId } from '../container.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { answered, ask, exitCodeFrom } from './host-client.ts';
import { type TrueRecords, shown } from './true-records.ts';

const POLL_MS = 50;

export class ContainerEnd {
  private readonly records: TrueRecords;

  constructor(records: TrueRecords) {
    this.records = records;
  }

  async wait(id: ContainerId, options: { removed?: boolean; signal?: AbortSignal } = {}): Promise<number> {
    return this.until(id, options).catch((error: unknown) => {
      throw toPhylloError(error, `wait for container ${shown(id)}`);
    });
  }

  private async until(
    id: ContainerId,
    options: { removed?: boolean; signal?: AbortSignal },
  ): Promise<number> {
    let exitCode: number | undefined;
    for (;;) {
      options.signal?.throwIfAborted();
      const container = await this.records.get(id).catch((error: unknown) => {
        if (exitCode !== undefined && isPhylloError(error, 'not-found')) return undefined;
        throw error;
      });
      if (container === undefined) return exitCode!;
      if (container.status === 'running') exitCode = (await this.waitForHost(id, options.signal)) ?? exitCode;
      else if (container.status !== 'created') {
        exitCode = container.exitCode ?? EXIT_CODES.killed;
        if (options.removed !== true) return exitCode;
      }
      if (exitCode !== undefined && options.removed !== true) return exitCode;
      await sleep(POLL_MS, undefined, { signal: options.signal });
    }
  }

  private async waitForHost(id: ContainerId, signal: AbortSignal | undefined): Promise<number | undefined> {
    const connection = await ask(this.records.pathOf(id), { do: 'wait' }).catch(() => undefined);
    if (connection === undefined) return undefined;
    const stop = (): void => connection.destroy();
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
    try {
      return await exitCodeFrom(connection.frames()).catch(() => undefined);
    } finally {
      signal?.removeEventListener('abort', stop);
      connection.destroy();
    }
  }

  async kill(id: ContainerId, signal: string): Promise<void> {
    await this.records.needRunning(id);
    const connection = await ask(this.records.pathOf(id), { do: 'kill', signal });
    await answered(connection, connection.frames());
    connection.destroy();
  }

  async stop(id: ContainerId, options: { signal?: string; timeoutSeconds?: number } = {}): Promise<void> {
    const container = await this.records.get(id);
    if (container.status !== 'running') return;
    const timeoutMs = (options.timeoutSeconds ?? container.stopTimeoutSeconds) * 1000;
    const ended = this.wait(id).then(
      () => true,
      () => true,
    );
    const notRunning = (error: unknown): void => {
      if (!isPhylloError(error, 'invalid-argument')) throw error;
    };
    await this.kill(id, options.signal ?? container.stopSignal).catch(notRunning);
    const giveUp = new AbortController();
    const inTime = await Promise.race([
      ended,
      sleep(timeoutMs, false, { signal: giveUp.signal }).catch(() => false),
    ]);
    giveUp.abort();
    if (!inTime) await this.kill(id, 'SIGKILL').catch(notRunning);
    await ended;
  }
}
