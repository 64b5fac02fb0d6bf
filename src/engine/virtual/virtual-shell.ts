// A shell over the layers of any image, for looking around: what it writes is thrown away with it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StackIndex } from '../../tree/stack-index.ts';
import type { ProcessSpec } from '../container.ts';
import type { Io, Session, SessionEnd } from '../io.ts';
import { openWritable } from './container-files.ts';
import { type OpenFile, lowerOf } from './lower.ts';
import { IoStreams } from './io-streams.ts';
import { runProcess } from './run-process.ts';

export interface VirtualShellOptions {
  readonly stack: StackIndex;
  /** Content of the file that `layer`'s tree has at `node`. */
  readonly open: OpenFile;
  /** The newest layer that shows; default all. */
  readonly upto?: number;
  readonly process: ProcessSpec;
  readonly hostname: string;
}

/** Ends with the shell, or when the session is detached. Throws as `Engine.exec` does. */
export async function openVirtualShell(options: VirtualShellOptions, io: Io): Promise<Session> {
  const upper = await mkdtemp(join(tmpdir(), 'phyllo-shell-'));
  const clean = (): Promise<void> => rm(upper, { recursive: true, force: true });
  try {
    const { stack, open, upto, hostname } = options;
    const writable = await openWritable(upper, lowerOf(stack, open, upto), { hostname });
    const streams = new IoStreams(io);
    const running = await runProcess(writable.files, options.process, streams, hostname);
    let isDetached = false;
    const ended = running.ended.then(async (exitCode): Promise<SessionEnd> => {
      await streams.close();
      await writable.close();
      await clean();
      return isDetached ? { kind: 'detached' } : { kind: 'exited', exitCode };
    });
    return {
      ended,
      resize: () => undefined,
      detach: () => {
        isDetached = true;
        running.kill(0);
      },
    };
  } catch (error) {
    await clean();
    throw error;
  }
}
