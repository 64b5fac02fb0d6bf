// How the engines of this machine come to be. Each is loaded only when it is used.
import { join } from 'node:path';
import type { LaunchedAgent } from '../engine/linux/launch.ts';
import type { LinuxProbe } from '../engine/linux/probe.ts';
import { PhylloError } from '../lib/errors.ts';
import type { StorePaths } from '../store/paths.ts';
import type { EngineMaker } from './engine-set.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The best first. `ahead` is an agent of the linux engine that waits already. */
export function engineMakers(paths: StorePaths, env: Environment, ahead?: LaunchedAgent): EngineMaker[] {
  return [linuxMaker(paths, env, ahead), dockerMaker(env), virtualMaker(paths)];
}

function linuxMaker(paths: StorePaths, env: Environment, ahead?: LaunchedAgent): EngineMaker {
  let probing: Promise<LinuxProbe> | undefined;
  const probe = (): Promise<LinuxProbe> => {
    const cacheFile = join(paths.containers, '.probe.json');
    probing ??= import('../engine/linux/probe.ts').then(({ probeLinux }) => probeLinux({ env, cacheFile }));
    return probing;
  };
  return {
    name: 'linux',
    status: async () => (await probe()).status,
    make: async () => {
      const [{ LinuxEngine }, { abilities, status }] = await Promise.all([
        import('../engine/linux/linux-engine.ts'),
        probe(),
      ]);
      if (abilities) return new LinuxEngine(paths.root, abilities, ahead);
      throw new PhylloError('engine-unavailable', `use engine linux: ${status.summary}`);
    },
  };
}

function dockerMaker(env: Environment): EngineMaker {
  return {
    name: 'docker',
    status: async () => (await import('../engine/docker/status.ts')).dockerStatus({ env }),
    make: async () => {
      const [{ DockerEngine }, { DockerClient }, { findEndpoint }] = await Promise.all([
        import('../engine/docker/docker-engine.ts'),
        import('../docker/client.ts'),
        import('../docker/find-endpoint.ts'),
      ]);
      return new DockerEngine(new DockerClient({ endpoint: await findEndpoint(env), env }));
    },
  };
}

function virtualMaker({ containers, inflated }: StorePaths): EngineMaker {
  return {
    name: 'virtual',
    status: async () => (await import('../engine/virtual/virtual-engine.ts')).virtualStatus(),
    make: async () => {
      const { VirtualEngine } = await import('../engine/virtual/virtual-engine.ts');
      return new VirtualEngine({ containers, inflated });
    },
  };
}
