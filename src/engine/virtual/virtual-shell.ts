// A shell over the layers of any image, for looking around: what it writes is thrown away with it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeType } from '../../tree/layer-tree.ts';
import type { StackIndex } from '../../tree/stack-index.ts';
import type { ProcessSpec } from '../container.ts';
import type { Io, Session, SessionEnd } from '../io.ts';
import { toByteName } from './byte-names.ts';
import { openWritable } from './container-files.ts';
import { errnoOf } from './errno.ts';
import { shellOf } from './find-program.ts';
import { type OpenFile, lowerOf } from './lower.ts';
import { IoStreams } from './io-streams.ts';
import { ROOT } from './resolve.ts';
import { runProcess } from './run-process.ts';
import { SHELLS } from './shell-names.ts';
import { startThread } from './start-thread.ts';
import type { VirtualFiles } from './virtual-files.ts';

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
  const thread = startThread();
  const clean = (): Promise<void> => rm(upper, { recursive: true, force: true });
  try {
    const { stack, open, upto, hostname } = options;
    const writable = await openWritable(upper, lowerOf(stack, open, upto), { hostname });
    const streams = new IoStreams(io);
    const process = fitting(writable.files, options.process);
    const running = await runProcess(writable.files, process, streams, {
      hostname,
      size: io.size,
      thread,
    });
    let isDetached = false;
    const ended = running.ended.then(async (exitCode): Promise<SessionEnd> => {
      await streams.close();
      await writable.close();
      await clean();
      return isDetached ? { kind: 'detached' } : { kind: 'exited', exitCode };
    });
    return {
      ended,
      resize: (size) => running.resize(size),
      detach: () => {
        isDetached = true;
        running.kill(0);
      },
    };
  } catch (error) {
    await thread.terminate();
    await clean();
    throw error;
  }
}

/** An image may have another shell than `sh`, and at an early layer not yet the directory to work in. */
function fitting(files: VirtualFiles, process: ProcessSpec): ProcessSpec {
  const [name = '', ...args] = process.argv;
  const shell = SHELLS.has(name) ? (shellOf(files, process, ROOT) ?? name) : name;
  return {
    ...process,
    argv: [shell, ...args],
    workingDir: isDirectory(files, process.workingDir) ? process.workingDir : '/',
  };
}

function isDirectory(files: VirtualFiles, path: string): boolean {
  try {
    return files.stat(toByteName(path), ROOT, true).type === NodeType.dir;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}
