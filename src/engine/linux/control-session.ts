// The agent's side of somebody who is tied to a process.
import type { FrameConnection } from '../frame-connection.ts';
import { jsonOf } from '../frame-connection.ts';
import type { Frame } from '../frames.ts';
import type { TerminalSize } from '../io.ts';
import type { SessionMessage } from './control-protocol.ts';
import type { HubClient } from './stdio-hub.ts';
import type { StdioProcess } from './stdio-process.ts';

/** A process that somebody can be tied to; the main one is tied to before it starts. */
export interface Attachable {
  join(client: HubClient): void;
  leave(client: HubClient): void;
  /** Starts what waits to be started. */
  start(size: TerminalSize | undefined): Promise<StdioProcess>;
  /** Rejects when its program could not be run. */
  readonly started: Promise<void>;
  /** Exit code, after everybody who is tied to it has all of its output. */
  readonly ended: Promise<number>;
  /** The process loses its input when the one who gave it goes. */
  readonly inputEndsWithClient: boolean;
}

interface Tie {
  readonly connection: FrameConnection;
  readonly frames: AsyncGenerator<Frame>;
}

interface SessionOptions {
  readonly stdin: boolean;
  readonly attached?: boolean;
  readonly size?: TerminalSize;
}

export async function serveSession(tie: Tie, target: Attachable, options: SessionOptions): Promise<void> {
  const { connection } = tie;
  const isTied = options.attached ?? true;
  // Whoever reads slowly learns first that it runs.
  const told = Promise.withResolvers<void>();
  const client: HubClient = {
    write: async (stream, data) => {
      await told.promise;
      await connection.send(stream, data);
    },
  };
  if (isTied) target.join(client);
  try {
    const process = await target.start(options.size);
    const left = pass(tie, process, target, isTied && options.stdin);
    await target.started;
    await connection.sendJson({ kind: 'ready' });
    told.resolve();
    const exitCode = await Promise.race([target.ended, left]);
    if (exitCode !== undefined) await connection.sendJson({ kind: 'exited', exitCode });
  } finally {
    told.resolve();
    target.leave(client);
  }
}

/** Passes input on until the other side goes. */
async function pass(tie: Tie, process: StdioProcess, target: Attachable, stdin: boolean): Promise<undefined> {
  try {
    for await (const frame of tie.frames) {
      if (frame.type === 'stdin' && stdin) await process.write(frame.payload);
      else if (frame.type === 'end' && stdin) process.endInput();
      else if (frame.type === 'json' && (await obey(jsonOf(frame) as unknown as SessionMessage, process)))
        return;
    }
  } catch {
    // A connection that broke is one that went.
  }
  if (stdin && target.inputEndsWithClient) process.endInput();
}

/** True when it wants to leave. */
async function obey(message: SessionMessage, process: StdioProcess): Promise<boolean> {
  if (message.kind === 'resize') await process.resize(message.size);
  return message.kind === 'detach';
}
