// A container that is run for its layer: one agent from its start until its layer was read. When we are gone, so is it.
import type { Readable } from 'node:stream';
import { PhylloError } from '../../lib/errors.ts';
import type { ContainerId } from '../container.ts';
import type { LayerOptions, OnceOptions, OneRun } from '../engine.ts';
import type { Io } from '../io.ts';
import { connectAgent } from './client-agent.ts';
import type { Exchange } from './client-exchange.ts';
import { openSession } from './client-session.ts';
import { layerTar } from './linux-engine-files.ts';

export class LinuxRun implements OneRun {
  readonly id: ContainerId;
  exitCode = 0;
  private readonly exchange: Exchange;
  private readonly directory: string;

  /** `exchange` is the agent's own channel: nothing was asked on it yet. */
  constructor(id: ContainerId, exchange: Exchange, directory: string) {
    this.id = id;
    this.exchange = exchange;
    this.directory = directory;
  }

  async toItsEnd(io: Io, { signal, onStart }: OnceOptions): Promise<void> {
    const stop = (): void => void this.exchange.connection.end();
    signal?.addEventListener('abort', stop);
    try {
      if (signal?.aborted) throw cancelled();
      this.exchange.send({ op: 'attach', stdin: false });
      const session = await openSession(this.exchange, io, { after: 'stays' });
      onStart?.(this.id);
      const end = await session.ended;
      if (end.kind === 'exited') this.exitCode = end.exitCode;
    } catch (error) {
      // Nothing of it is left when that is told.
      await this.letGo();
      throw signal?.aborted ? cancelled() : error;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  layer(options: LayerOptions = {}): Readable {
    return layerTar(() => connectAgent(this.directory), options);
  }

  /** The agent puts everything away when it sees that nobody is there; the channel ends with it. */
  async letGo(): Promise<void> {
    await this.exchange.connection.end();
    await this.exchange.untilClosed();
  }
}

function cancelled(): PhylloError {
  return new PhylloError('cancelled', 'run container: cancelled');
}
