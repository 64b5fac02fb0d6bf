// The same command line for phyllo, over the linux engine, and for docker, each with a store of its own.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { CliBench } from '../cli/run-cli.ts';
import { type Daemon, startDocker } from './docker-daemon.ts';

export interface Told {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export type Say = (...args: readonly string[]) => Promise<Told>;

export interface Twins {
  readonly folder: string;
  readonly phyllo: Say;
  readonly docker: Say;
  both(...args: readonly string[]): Promise<{ phyllo: Told; docker: Told }>;
  /** How exit code and standard output differ; empty when they do not. */
  apart(...args: readonly string[]): Promise<string>;
  /** Throws unless it goes well on both sides. */
  ok(...args: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

const BASE = 'phyllo/cow:busybox';

/** What images are made of: `commit --change` on a container that has users. */
const IMAGES: Readonly<Record<string, readonly string[]>> = {
  'twin/plain:1': ['CMD ["sh"]'],
  'twin/entry:1': ['ENTRYPOINT ["echo", "entry"]', 'CMD ["default"]'],
  'twin/shell:1': ['ENTRYPOINT echo shell $0', 'CMD ["x"]'],
  'twin/user:1': ['USER app', 'WORKDIR /home/app', 'ENV A=image B=image'],
  'twin/group:1': ['USER app:staff'],
  'twin/term:1': ['STOPSIGNAL SIGUSR1'],
};

const USERS = [
  'root:x:0:0:root:/root:/bin/sh',
  'app:x:1000:1000:App:/home/app:/bin/sh',
  'nobody:x:65534:65534:nobody:/:/bin/false',
];
const GROUPS = ['root:x:0:', 'app:x:1000:', 'staff:x:50:app,nobody', 'extra:x:77:app', 'nogroup:x:65534:'];

const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

export async function startTwins(): Promise<Twins> {
  // Not vitest's folder for the file: the sockets' paths have to be short.
  const folder = mkdtempSync(join(tmpdir(), 'phyllo-t-'));
  const bench = new CliBench();
  const daemon = await startDocker(join(folder, 'd'));
  mkdirSync(join(folder, 'config'));
  const docker = dockerClient(daemon, join(folder, 'config'));
  const phyllo: Say = async (...args) => {
    const { code, out, err } = await bench.run(args, { env: { PHYLLO_ENGINE: 'linux' } });
    return { code, out, err };
  };
  const both: Twins['both'] = async (...args) => {
    const [ours, theirs] = await Promise.all([phyllo(...args), docker(...args)]);
    return { phyllo: ours, docker: theirs };
  };
  await makeImages(phyllo, docker, join(folder, 'images.tar'));
  return {
    folder,
    phyllo,
    docker,
    both,
    apart: async (...args) => {
      const told = await both(...args);
      const isSame = told.phyllo.code === told.docker.code && told.phyllo.out === told.docker.out;
      return isSame ? '' : JSON.stringify({ args, ...told }, null, 2);
    },
    ok: async (...args) => {
      const told = await both(...args);
      if (told.phyllo.code + told.docker.code !== 0) throw new Error(JSON.stringify({ args, ...told }));
    },
    close: async () => {
      await removeAll(phyllo);
      await removeAll(docker);
      await daemon.stop();
      bench.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Made by phyllo, loaded by docker. */
async function makeImages(phyllo: Say, docker: Say, archive: string): Promise<void> {
  const must = async (say: Say, ...args: readonly string[]): Promise<void> => {
    const { code, err } = await say(...args);
    if (code !== 0) throw new Error(`${args.join(' ')}: ${err}`);
  };
  const quoted = (lines: readonly string[]): string => lines.map((line) => `'${line}'`).join(' ');
  const files = `printf '%s\\n' ${quoted(USERS)} >/etc/passwd; printf '%s\\n' ${quoted(GROUPS)} >/etc/group`;
  const folders = 'mkdir -p /home/app /keep; echo k >/keep/k; chown 1000:1000 /home/app';
  await must(phyllo, 'samples', 'make', 'cow-busybox');
  await must(phyllo, 'run', '--name', 'maker', BASE, 'sh', '-c', `${files}; ${folders}`);
  for (const [name, changes] of Object.entries(IMAGES)) {
    await must(phyllo, 'commit', ...changes.flatMap((change) => ['-c', change]), 'maker', name);
  }
  await must(phyllo, 'save', '-o', archive, ...Object.keys(IMAGES));
  await must(docker, 'load', '-i', archive);
  await must(phyllo, 'rm', 'maker');
}

async function removeAll(say: Say): Promise<void> {
  const ids = (await say('ps', '-aq')).out.split('\n').filter(Boolean);
  if (ids.length > 0) await say('rm', '-f', '-v', ...ids);
}

function dockerClient(daemon: Daemon, config: string): Say {
  // The Debian package's client: another one on PATH may be too new for the daemon.
  const client = existsSync('/usr/bin/docker') ? '/usr/bin/docker' : 'docker';
  const variables = { ...env, LC_ALL: 'C', DOCKER_CONFIG: config, DOCKER_HOST: `unix://${daemon.socket}` };
  return (...args) =>
    new Promise((resolve) => {
      const options = { env: variables, maxBuffer: MAX_OUTPUT_BYTES };
      const child = execFile(client, args, options, (error, out, err) => {
        const code = error === null ? 0 : Number(error.code ?? 1);
        resolve({ code, out, err });
      });
      child.stdin?.end();
    });
}
