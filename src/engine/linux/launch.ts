// Starts the agent in namespaces of its own: unshare(1) makes them and stays as the agent's parent; when either is
// killed, the kernel ends all that is in the PID namespace and all mounts go with it.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Socket } from 'node:net';
import { env, execArgv, execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { compiledCode } from '../../lib/compiled-code.ts';
import { safeText } from '../../lib/text.ts';
import { workerUrl } from '../../lib/worker-entry.ts';

/** Which users and groups of the machine the agent may act as. `one`: the caller's own alone, seen as root. */
export type IdMap = 'root' | 'subordinate' | 'one';

/** `step`: as `run`, for a step of a build; each mode has compiled code of its own. `folder`: see agent-unpack.ts. */
export type AgentMode = 'run' | 'step' | 'serve' | 'folder';

/** Where the agent finds its channel, and a /proc that knows the machine's process IDs. */
export const CHANNEL_FD = 3;
export const HOST_PROC_FD = 4;

const MAX_STDERR_CHARS = 4096;
const NAMESPACES = ['-m', '-p', '-f', '--kill-child', '--propagation', 'private', '--mount-proc'];
const ID_MAPS: Readonly<Record<IdMap, readonly string[]>> = {
  root: [],
  subordinate: ['-U', '--map-auto', '--map-root-user'],
  one: ['-U', '--map-root-user'],
};
/** Programs that the agent needs lie there also where a user's PATH does not say so. */
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface LaunchedAgent {
  /** Both ways; ends with the agent. */
  readonly channel: Socket;
  /** What it said when it could not even begin; safe to show. */
  stderr(): string;
  /** Resolves when the agent and all its processes are gone. */
  readonly ended: Promise<void>;
  /** Lets this process end before it; the channel is another matter. */
  release(): void;
  kill(): void;
}

/** The agent waits for its order on the channel, and ends when the channel does before one came. */
export function launchAgent(mode: AgentMode, idMap: IdMap): LaunchedAgent {
  const agent = fileURLToPath(workerUrl(import.meta.url, 'agent'));
  const argv = [...ID_MAPS[idMap], ...NAMESPACES, '--', execPath, ...nodeOptions(), agent, mode];
  const proc = openSync('/proc', 'r');
  try {
    const child = spawn('unshare', argv, {
      cwd: '/',
      detached: true,
      env: agentEnvironment(),
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', proc],
    });
    return follow(child);
  } finally {
    closeSync(proc);
  }
}

function nodeOptions(): string[] {
  return execArgv.filter((option) => option.startsWith('--disable-warning'));
}

function agentEnvironment(): Record<string, string> {
  // No language: unshare(1) would read all of its files before it does anything.
  const kept = ['HOME', 'TMPDIR', 'XDG_CACHE_HOME', 'XDG_RUNTIME_DIR'];
  const given = kept.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  const path = env['PATH'] ? `${env['PATH']}:${SYSTEM_PATH}` : SYSTEM_PATH;
  return { ...Object.fromEntries(given), PATH: path, ...compiledCode() };
}

function follow(child: ChildProcess): LaunchedAgent {
  const channel = child.stdio[CHANNEL_FD] as Socket;
  const said = child.stderr as Socket;
  let text = '';
  said.setEncoding('utf8').on('data', (part: string) => (text = (text + part).slice(0, MAX_STDERR_CHARS)));
  said.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => {
      const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      text = isMissing ? 'unshare (util-linux) is not installed' : error.message;
      channel.destroy();
      resolve();
    });
  });
  const release = (): void => {
    child.unref();
    said.unref();
  };
  return { channel, ended, release, stderr: () => reasonOf(text), kill: () => child.kill('SIGKILL') };
}

/** unshare(1) complains about its signal mask when it is killed, which means nothing. */
function reasonOf(text: string): string {
  const lines = text.split('\n').filter((line) => line !== '' && !line.includes('sigprocmask'));
  return safeText(lines.join('; '));
}
