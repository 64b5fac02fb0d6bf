// Waits for the end of a container, whether it runs, is yet to be started, or is over.
import type { Socket } from 'node:net';
import { PhylloError, isPhylloError, isSystemError } from '../../lib/errors.ts';
import type { ContainerId } from '../container.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { ContainerRecords } from '../records.ts';
import { connectAgent } from './client-agent.ts';
import { Exchange } from './client-exchange.ts';
import { exitedReply } from './client-session.ts';
import { awaitCall } from './control-waiter.ts';
import type { ContainerTruth } from './linux-engine-truth.ts';

export interface WaitOptions {
  readonly removed?: boolean;
  readonly signal?: AbortSignal;
}

export class ContainerWait {
  private readonly records: ContainerRecords;
  private readonly truth: ContainerTruth;

  constructor(records: ContainerRecords, truth: ContainerTruth) {
    this.records = records;
    this.truth = truth;
  }

  /** Exit code. Throws `not-found`, `cancelled`. */
  async wait(id: ContainerId, options: WaitOptions): Promise<number> {
    const cancelled = new PhylloError('cancelled', 'wait for container: cancelled');
    for (;;) {
      if (options.signal?.aborted) throw cancelled;
      const container = await this.truth.get(id);
      if (container.status === 'exited' || container.status === 'dead') {
        if (options.removed) await this.untilGone(id, options.signal, cancelled);
        return container.exitCode ?? EXIT_CODES.killed;
      }
      const exchange = await this.reach(id, container.status === 'running', options.signal, cancelled);
      const exitCode = exchange && (await askEnd(exchange, options, cancelled));
      if (exitCode !== undefined) return exitCode;
    }
  }

  /** undefined when it has to be looked again. */
  private async reach(
    id: ContainerId,
    runs: boolean,
    signal: AbortSignal | undefined,
    cancelled: PhylloError,
  ): Promise<Exchange | undefined> {
    const directory = this.records.pathOf(id);
    if (runs) return connectAgent(directory).catch(() => undefined);
    const looking = new AbortController();
    const again = new PhylloError('cancelled', 'look at container again');
    const unwatch = this.records.watch(() => {
      this.records.get(id).then(
        ({ status }) => status === 'created' || looking.abort(again),
        () => looking.abort(again),
      );
    });
    const stop = (): void => looking.abort(cancelled);
    signal?.addEventListener('abort', stop);
    if (signal?.aborted) stop();
    try {
      const socket: Socket = await awaitCall(directory, looking.signal);
      return new Exchange(socket);
    } catch (error) {
      // The folder may go before there is a socket of ours in it: a short container with --rm.
      if (error !== again && !isSystemError(error, 'ENOENT')) throw error;
      return undefined;
    } finally {
      unwatch();
      signal?.removeEventListener('abort', stop);
    }
  }

  private async untilGone(
    id: ContainerId,
    signal: AbortSignal | undefined,
    cancelled: PhylloError,
  ): Promise<void> {
    const gone = Promise.withResolvers<void>();
    const look = (): void => {
      this.records.get(id).catch((error: unknown) => {
        if (isPhylloError(error, 'not-found')) gone.resolve();
        else gone.reject(error);
      });
    };
    const stop = (): void => gone.reject(cancelled);
    const unwatch = this.records.watch(look);
    signal?.addEventListener('abort', stop);
    if (signal?.aborted) stop();
    look();
    try {
      await gone.promise;
    } finally {
      unwatch();
      signal?.removeEventListener('abort', stop);
    }
  }
}

/** undefined when the agent was killed meanwhile. */
async function askEnd(
  exchange: Exchange,
  { removed, signal }: WaitOptions,
  cancelled: PhylloError,
): Promise<number | undefined> {
  const stop = (): void => exchange.close();
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) stop();
  try {
    exchange.send({ op: 'wait' });
    const exitCode = exitedReply(await exchange.reply());
    // The connection ends when all is put away.
    if (removed) for await (const frame of exchange.frames) void frame;
    return exitCode;
  } catch (error) {
    if (signal?.aborted) throw cancelled;
    if (isPhylloError(error)) return undefined;
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    exchange.close();
  }
}
