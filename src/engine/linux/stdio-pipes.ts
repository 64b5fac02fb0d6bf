// The pipes that a container's process has as standard streams. They have to be real ones, made as FIFOs: Node's own
// are sockets, which a process cannot open again through /dev/stdout, and a file would be cut by whoever opens it so.
import { chmodSync, chownSync, closeSync, constants, openSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { NativeCalls } from '../../lib/native.ts';
import { toPhylloError } from '../../lib/errors.ts';
import { runProgram } from '../../lib/run-program.ts';
import { uniqueName } from '../../lib/unique-name.ts';

/** Anybody inside may write to it; its owner alone reads back. */
const OUTPUT_MODE = 0o622;

export interface ProcessPipes {
  /** For the process: what are its 0, 1 and 2. */
  readonly fds: readonly [stdin: number | 'ignore', stdout: number, stderr: number];
  readonly stdin: Socket | undefined;
  readonly stdout: Socket;
  readonly stderr: Socket;
  /** To be called when the process has its own: the streams then end when it and its children are done. */
  handOver(): void;
}

export interface PipeOptions {
  /** A folder that nobody else can look into; nothing stays there. */
  readonly folder: string;
  readonly native: NativeCalls | undefined;
  readonly stdin: boolean;
  /** Whom the process runs as: it may open its streams again. */
  readonly uid: number;
}

export async function openPipes({ folder, native, stdin, uid }: PipeOptions): Promise<ProcessPipes> {
  const names = ['out', 'err', ...(stdin ? ['in'] : [])];
  const paths = names.map((name) => join(folder, `${name}-${uniqueName()}`));
  try {
    if (native) for (const path of paths) native.makeNode(Buffer.from(path), 'fifo', 0o600, 0, 0);
    // One process for all of them: each costs milliseconds.
    else await runProgram('mkfifo', ['-m', '600', ...paths]);
    return connect(paths, uid);
  } catch (error) {
    throw toPhylloError(error, 'make pipes of a container');
  } finally {
    for (const path of paths) unlinkIfThere(path);
  }
}

function connect(paths: readonly string[], uid: number): ProcessPipes {
  for (const path of paths) chownSync(path, uid, 0);
  const [out, err, input] = paths;
  const stdout = openOutput(out!);
  const stderr = openOutput(err!);
  const stdin = input === undefined ? undefined : openInput(input);
  const theirs = [stdout.theirs, stderr.theirs, ...(stdin ? [stdin.theirs] : [])];
  return {
    fds: [stdin?.theirs ?? 'ignore', stdout.theirs, stderr.theirs],
    stdin: stdin && new Socket({ fd: stdin.ours, readable: false, writable: true }),
    stdout: new Socket({ fd: stdout.ours, readable: true, writable: false }),
    stderr: new Socket({ fd: stderr.ours, readable: true, writable: false }),
    handOver: () => {
      for (const fd of theirs.splice(0)) closeSync(fd);
    },
  };
}

interface Ends {
  readonly ours: number;
  readonly theirs: number;
}

/** To open one end waits for the other, but for a reader that says not to. */
function openOutput(path: string): Ends {
  chmodSync(path, OUTPUT_MODE);
  const ours = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return { ours, theirs: openSync(path, constants.O_WRONLY) };
}

function openInput(path: string): Ends {
  const both = openSync(path, constants.O_RDWR);
  const ends = {
    theirs: openSync(path, constants.O_RDONLY),
    ours: openSync(path, constants.O_WRONLY | constants.O_NONBLOCK),
  };
  closeSync(both);
  return ends;
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was never made: what went wrong before is what is told.
  }
}
