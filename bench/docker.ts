// A Docker engine of the bench's own, away from any that the machine has.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { timeShell } from './process.ts';

export interface BenchDocker {
  /** `docker` with its address, for a shell. */
  readonly command: string;
  stop(): Promise<void>;
}

const PATIENCE_MS = 20_000;
const LOOK_AGAIN_MS = 100;

/** Debian's client fits Debian's engine; a newer one in front of it builds through a plugin that may not be there. */
function client(): string {
  const debian = '/usr/bin/docker';
  return existsSync(debian) ? debian : 'docker';
}

/** undefined where it does not start. */
export async function startDocker(folder: string): Promise<BenchDocker | undefined> {
  await mkdir(folder, { recursive: true });
  const socket = `unix://${join(folder, 'docker.sock')}`;
  const args = ['data-root', 'exec-root'].flatMap((name) => [`--${name}`, join(folder, name)]);
  const plain = ['--pidfile', join(folder, 'pid'), '--bridge=none', '--iptables=false', '--ip6tables=false'];
  const daemon = spawn('dockerd', ['--host', socket, ...args, ...plain], { stdio: 'ignore' });
  const ended = once(daemon, 'exit').catch(() => undefined);
  const command = `${client()} --host ${socket}`;
  const stop = async (): Promise<void> => {
    daemon.kill('SIGTERM');
    await ended;
  };
  for (const start = performance.now(); performance.now() - start < PATIENCE_MS; await sleep(LOOK_AGAIN_MS)) {
    if (daemon.exitCode !== null) return undefined;
    const answers = await timeShell(`${command} version`).then(
      () => true,
      () => false,
    );
    if (answers) return { command, stop };
  }
  await stop();
  return undefined;
}
