// Somebody's streams tied to a process of a container, through a connection to its agent.
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { PhylloError } from '../../lib/errors.ts';
import { jsonOf } from '../frame-connection.ts';
import type { Frame } from '../frames.ts';
import type { Io, Session, SessionEnd, TerminalSize } from '../io.ts';
import type { Exchange } from './client-exchange.ts';
import type { Reply } from './control-protocol.ts';

/**
 * The request was sent; resolves when the process runs. Throws why it could not be started. Without `io` the session
 * only tells of the end of a process that nobody is tied to.
 */
export async function openSession(
  exchange: Exchange,
  io: Io,
  { after = 'closes' }: { after?: After } = {},
): Promise<Session> {
  const session = new ClientSession(exchange, io, after);
  await session.started;
  return session;
}

/** What becomes of the connection at the end: it stays for whoever has it, or is closed, by us or by the agent when nothing is left. */
export type After = 'stays' | 'closes' | 'is-closed';

class ClientSession implements Session {
  readonly ended: Promise<SessionEnd>;
  /** Where the connection is closed by its other side. */
  readonly gone?: Promise<void>;
  readonly started: Promise<void>;
  private readonly exchange: Exchange;
  private readonly io: Io;
  private readonly startedBy = Promise.withResolvers<void>();
  private readonly endedBy = Promise.withResolvers<SessionEnd>();
  private readonly after: After;
  private isOver = false;

  constructor(exchange: Exchange, io: Io, after: After) {
    this.exchange = exchange;
    this.after = after;
    this.io = io;
    this.started = this.startedBy.promise;
    this.ended = this.endedBy.promise;
    // Only one of them is waited for when the other fails.
    this.ended.catch(() => undefined);
    if (after === 'is-closed') this.gone = this.untilClosed();
    void this.receive().catch((error: unknown) => this.fail(error));
    void this.sendInput();
  }

  resize(size: TerminalSize): void {
    if (!this.isOver) this.exchange.send({ kind: 'resize', size });
  }

  detach(): void {
    if (this.isOver) return;
    this.finish({ kind: 'detached' });
    this.exchange.connection
      .sendJson({ kind: 'detach' })
      .catch(() => undefined)
      .finally(() => this.exchange.close());
  }

  private async receive(): Promise<void> {
    while (!this.isOver) {
      const frame = await this.exchange.next();
      if (this.isOver) return;
      if (frame.type === 'stdout') await write(this.io.stdout, frame.payload);
      else if (frame.type === 'stderr') await write(this.io.stderr, frame.payload);
      else if (frame.type === 'json') this.obey(frame);
    }
  }

  private obey(frame: Frame): void {
    const reply = jsonOf(frame) as unknown as Reply;
    if (reply.kind === 'ready') this.startedBy.resolve();
    if (reply.kind !== 'exited') return;
    this.startedBy.resolve();
    this.finish({ kind: 'exited', exitCode: reply.exitCode });
    if (this.after === 'closes') this.exchange.close();
  }

  private async untilClosed(): Promise<void> {
    await this.ended.catch(() => undefined);
    await this.exchange.untilClosed();
  }

  private finish(end: SessionEnd): void {
    this.isOver = true;
    this.endedBy.resolve(end);
  }

  private fail(error: unknown): void {
    if (this.isOver) return;
    this.isOver = true;
    // Whoever has it waits on it until nothing is left.
    if (this.after !== 'stays') this.exchange.close();
    this.startedBy.reject(error);
    this.endedBy.reject(error);
  }

  /** Until the process ends: then the rest of the input is left to whoever comes next. */
  private async sendInput(): Promise<void> {
    const { stdin } = this.io;
    if (stdin === undefined) return;
    const { connection } = this.exchange;
    const onData = (data: Uint8Array | string): void => {
      stdin.pause();
      connection.send('stdin', typeof data === 'string' ? Buffer.from(data) : data).then(
        () => this.isOver || stdin.resume(),
        () => undefined,
      );
    };
    const onEnd = (): void => void connection.send('end').catch(() => undefined);
    stdin.on('data', onData).once('end', onEnd).once('error', onEnd);
    await this.ended.catch(() => undefined);
    stdin.off('data', onData).off('end', onEnd).off('error', onEnd).pause();
  }
}

/** A stream that was closed takes nothing, and holds nothing up. */
async function write(stream: Writable, data: Uint8Array): Promise<void> {
  if (stream.destroyed || stream.writableEnded || stream.write(data)) return;
  const leaving = new AbortController();
  const { signal } = leaving;
  await Promise.race([once(stream, 'drain', { signal }), once(stream, 'close', { signal })]).catch(
    () => undefined,
  );
  leaving.abort();
}

/** Of a process that nobody is tied to. */
export function looseSession(ended: Promise<SessionEnd>): Session {
  return { ended, resize: () => undefined, detach: () => undefined };
}

export function exitedReply(reply: Reply): number {
  if (reply.kind === 'exited') return reply.exitCode;
  throw new PhylloError('io', 'wait for container: its agent gave another answer');
}
