// Engines of other projects that are started for a test, each with its own socket and data in a folder.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { env, kill } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { DockerClient } from '../../src/docker/client.ts';
import { runner } from './image-engines.ts';

export interface Daemon {
  readonly socket: string;
  /** The same for programs. */
  readonly variables: Readonly<Record<string, string>>;
  client(): DockerClient;
  stop(): Promise<void>;
}

const START_MS = 20_000;

/** No network: neither bridge nor packet filter of the machine are touched. */
export async function startDocker(folder: string): Promise<Daemon> {
  const socket = join(folder, 'docker.sock');
  const places = ['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')];
  const noNetwork = ['--iptables=false', '--ip6tables=false', '--bridge=none'];
  const listen = ['--host', `unix://${socket}`, '--pidfile', join(folder, 'pid')];
  mkdirSync(folder, { recursive: true });
  const daemon = spawn('dockerd', [...listen, ...places, ...noNetwork], { stdio: 'ignore' });
  return await started({ daemon, socket, variables: {} });
}

/** Podman answers in Docker's words. */
export async function startPodman(folder: string): Promise<Daemon> {
  mkdirSync(folder, { recursive: true });
  const variables = podmanVariables(folder);
  const socket = join(folder, 'podman.sock');
  const daemon = spawn('podman', ['system', 'service', '--time=0', `unix://${socket}`], {
    stdio: 'ignore',
    env: { ...env, ...variables },
  });
  const podman = runner('podman', [], variables);
  const tidy = async (): Promise<void> => void (await podman('rm', '--force', '--all', '--time', '0'));
  // Podman keeps the folder of its layers mounted on itself.
  const unmount = async (): Promise<void> => {
    killAllOf(folder);
    await runner('umount')('--lazy', join(folder, 'root', 'overlay'));
  };
  return await started({ daemon, socket, variables, tidy, unmount });
}

/** Its monitors of ended processes stay for minutes; all have the folder on their command line. */
function killAllOf(folder: string): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${folder}/`)) kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** Limits and control groups of the machine are none of these tests' business. */
function podmanVariables(folder: string): Record<string, string> {
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const storage = `[storage]\ndriver = "overlay"\ngraphroot = "${folder}/root"\nrunroot = "${folder}/run"\n`;
  const limits = ['nofile', 'nproc'].map((name) => `"${name}=${hardLimit(name)}:${hardLimit(name)}"`);
  const engine = '[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\nruntime = "runc"\n';
  return {
    CONTAINERS_STORAGE_CONF: file('storage.conf', storage),
    CONTAINERS_CONF: file(
      'containers.conf',
      `[containers]\ndefault_ulimits = [${limits.join(', ')}]\n${engine}`,
    ),
    CONTAINERS_REGISTRIES_CONF: file('registries.conf', 'unqualified-search-registries = []\n'),
    TMPDIR: folder,
  };
}

/** Podman lowers its own limits, and its runtime must not raise them again. */
function hardLimit(name: string): number {
  const label = name === 'nofile' ? 'Max open files' : 'Max processes';
  const line = readFileSync('/proc/self/limits', 'utf8')
    .split('\n')
    .find((text) => text.startsWith(label));
  return Math.min(16_384, Number(line?.slice(label.length).trim().split(/\s+/)[1]) || 1024);
}

interface Starting {
  readonly daemon: ChildProcess;
  readonly socket: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly tidy?: () => Promise<void>;
  readonly unmount?: () => Promise<void>;
}

async function started({ daemon, socket, variables, tidy, unmount }: Starting): Promise<Daemon> {
  const client = (): DockerClient => new DockerClient({ endpoint: { kind: 'unix', path: socket }, env });
  const stop = async (): Promise<void> => {
    await tidy?.().catch(() => undefined);
    if (daemon.exitCode === null) {
      daemon.kill();
      await once(daemon, 'exit');
    }
    await unmount?.().catch(() => undefined);
  };
  const deadline = performance.now() + START_MS;
  while (!(await answers(client, socket))) {
    if (daemon.exitCode !== null) throw new Error(`${daemon.spawnfile} ended with code ${daemon.exitCode}`);
    if (performance.now() > deadline) {
      await stop();
      throw new Error(`${daemon.spawnfile} did not answer in ${START_MS} ms`);
    }
    await sleep(50);
  }
  return { socket, variables, client, stop };
}

async function answers(client: () => DockerClient, socket: string): Promise<boolean> {
  if (!existsSync(socket)) return false;
  const asked = client();
  return await asked
    .facts(1000)
    .then(
      () => true,
      () => false,
    )
    .finally(() => asked.close());
}
