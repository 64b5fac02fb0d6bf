// Other programs that read and write images, each with a storage of its own in a temporary folder.
import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { env, getuid } from 'node:process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';

export type Run = (...args: readonly string[]) => Promise<string>;

const execute = promisify(execFile);
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
/** Debian's package docker.io. */
const DAEMON = 'dockerd';

/** A program's standard output without its last line feed. Its whole complaint is in the error. */
export function runner(program: string, first: readonly string[] = [], variables = {}): Run {
  return async (...args) => {
    const options = { env: { ...env, LC_ALL: 'C', ...variables }, maxBuffer: MAX_OUTPUT_BYTES };
    const { stdout } = await execute(program, [...first, ...args], options);
    return stdout.trimEnd();
  };
}

export const isRoot = getuid?.() === 0;

/** skopeo, podman and buildah with a storage below `folder`, no registries, and no signatures asked for. */
export function containersTools(folder: string): { skopeo: Run; podman: Run; buildah: Run } {
  mkdirSync(folder, { recursive: true });
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const policy = file('policy.json', '{"default":[{"type":"insecureAcceptAnything"}]}');
  const storage = `[storage]\ndriver = "vfs"\ngraphroot = "${folder}/root"\nrunroot = "${folder}/run"\n`;
  // Limits and cgroups of the machine are none of these tests' business.
  const containers = `[containers]\ndefault_ulimits = []\n[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n`;
  const variables = {
    CONTAINERS_STORAGE_CONF: file('storage.conf', storage),
    CONTAINERS_CONF: file('containers.conf', containers),
    CONTAINERS_REGISTRIES_CONF: file('registries.conf', 'unqualified-search-registries = []\n'),
    REGISTRY_AUTH_FILE: file('auth.json', '{}'),
    BUILDAH_ISOLATION: 'chroot',
  };
  return {
    skopeo: runner('skopeo', ['--policy', policy], variables),
    podman: runner('podman', [], variables),
    buildah: runner('buildah', [], variables),
  };
}

export interface Dockerd {
  readonly docker: Run;
  readonly stop: () => Promise<void>;
}

/** Its own socket and data, no network. Where it cannot start: undefined and a word about it, an error in CI. */
export async function startDockerd(folder: string): Promise<Dockerd | undefined> {
  const socket = `unix://${folder}/docker.sock`;
  mkdirSync(join(folder, 'config'), { recursive: true });
  const places = ['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')];
  const noNetwork = ['--iptables=false', '--ip6tables=false', '--bridge=none'];
  const daemon = spawn(
    DAEMON,
    ['--host', socket, '--pidfile', join(folder, 'pid'), '--storage-driver', 'vfs', ...places, ...noNetwork],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const said: string[] = [];
  if (!(await isListening(daemon, said))) {
    const message = `dockerd does not start here: ${said.slice(-3).join('; ')}`;
    if (env['CI'] === 'true') throw new Error(message);
    console.warn(`SKIPPED: ${message}`);
    return undefined;
  }
  // The Debian package's client: another one on PATH may be too new for the daemon.
  const client = existsSync('/usr/bin/docker') ? '/usr/bin/docker' : 'docker';
  return {
    docker: runner(client, ['--host', socket], { DOCKER_CONFIG: join(folder, 'config') }),
    stop: async () => {
      if (daemon.exitCode !== null) return;
      daemon.kill();
      await once(daemon, 'exit');
    },
  };
}

/** Reads on what it says afterwards: it must not stop at a full pipe. */
function isListening(daemon: ChildProcessByStdio<null, null, Readable>, said: string[]): Promise<boolean> {
  return new Promise((resolve) => {
    daemon.once('exit', () => resolve(false));
    daemon.once('error', () => resolve(false));
    createInterface({ input: daemon.stderr }).on('line', (line) => {
      said.push(line);
      if (line.includes('API listen on')) resolve(true);
    });
  });
}
