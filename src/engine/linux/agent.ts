// The program that holds a container's mounts: started by launch.ts in namespaces of its own, once for each running
// container and for each piece of work on one that does not run. Its parts are loaded when the mode is known.
import { closeSync, readFileSync, readdirSync } from 'node:fs';
import { Socket } from 'node:net';
import { argv, exit, stderr } from 'node:process';
import process from 'node:process';
import { type NativeCalls, loadNative } from '../../lib/native.ts';
import { FrameConnection, jsonOf, untilRead } from '../frame-connection.ts';
import type { Frame } from '../frames.ts';
import type { FolderWork } from './agent-unpack.ts';
import type { AgentOrder } from './control-protocol.ts';
import { CHANNEL_FD, HOST_PROC_FD } from './launch.ts';
import { MountCalls } from './mount-calls.ts';
import type { AgentSystem } from './mounted.ts';

const USAGE_EXIT_CODE = 64;
const CLOSE_ON_EXEC = 0o2000000;

/** What whoever started us had open is no business of containers: only what is closed on exec stays. */
function closeInherited(native: NativeCalls | undefined): void {
  for (const name of readdirSync('/proc/self/fd')) {
    const fd = Number(name);
    if (fd <= HOST_PROC_FD) continue;
    try {
      if (!(native?.closesOnExec(fd) ?? isTold(name))) closeSync(fd);
    } catch {
      // The descriptor of the listing itself.
    }
  }
}

function isTold(name: string): boolean {
  const flags = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${name}`, 'latin1'))?.[1];
  return flags === undefined || (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) !== 0;
}

type Work = (connection: FrameConnection, frames: AsyncGenerator<Frame>, order: unknown) => Promise<void>;

/** An agent that was started ahead has all its code by the time that its order comes. */
async function load(mode: string, native: NativeCalls | undefined): Promise<Work> {
  const system: AgentSystem = { native, mounts: new MountCalls(native) };
  switch (mode) {
    case 'run':
    case 'step': {
      const { runAgent } = await import('./agent-run.ts');
      return (connection, frames, order) => runAgent(connection, frames, order as AgentOrder, system);
    }
    case 'serve': {
      const { serveAgent } = await import('./agent-serve.ts');
      return (connection, frames, order) => serveAgent(connection, frames, order as AgentOrder, system);
    }
    default: {
      const { workOnFolder } = await import('./agent-unpack.ts');
      return (connection, frames, order) => workOnFolder(connection, frames, order as FolderWork);
    }
  }
}

async function serve(mode: string): Promise<void> {
  const native = loadNative();
  closeInherited(native);
  // Its end is told by us, when nothing is left: also to who says nothing more.
  const channel = new Socket({ fd: CHANNEL_FD, readable: true, writable: true, allowHalfOpen: true });
  const connection = new FrameConnection(channel);
  const frames = connection.frames();
  const loading = load(mode, native);
  try {
    const [work, first] = await Promise.all([loading, frames.next()]);
    if (!first.done) await work(connection, frames, jsonOf(first.value));
  } catch (error) {
    await connection.sendError(error).catch(() => undefined);
  }
  await connection.end();
  await untilRead(frames);
}

async function begin(mode: string): Promise<void> {
  if (['run', 'step', 'serve', 'folder'].includes(mode)) {
    await serve(mode);
    exit();
  } else if (mode === 'forward') {
    const { runInnerForwarder } = await import('./forward-inner.ts');
    runInnerForwarder();
  } else {
    stderr.write(`phyllo: start agent: it has no mode ${JSON.stringify(mode)}\n`);
    process.exitCode = USAGE_EXIT_CODE;
  }
}

// No await at the top: the agent is bundled as a script.
void begin(argv[2] ?? '');
