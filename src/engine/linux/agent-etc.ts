// The files that say who and where a container is. They are real files of the container's own folder, bound over what the
// image has: nothing of them gets into the R/W layer.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerConfig } from '../container.ts';
import type { NetworkFiles } from './network-files.ts';
import type { PreparedContainer } from './runtime.ts';

/** The machine's own umask says nothing here: any user inside may read them. */
const READABLE = 0o644;

export function writeEtc(
  directory: string,
  files: NetworkFiles,
  { isStep }: Pick<ContainerConfig, 'isStep'>,
): PreparedContainer['etc'] {
  const folder = join(directory, 'etc');
  const etc = {
    ...(!isStep && { hostname: join(folder, 'hostname') }),
    hosts: join(folder, 'hosts'),
    resolvConf: join(folder, 'resolv.conf'),
  };
  mkdirSync(folder, { recursive: true });
  const put = (path: string, text: string): void => {
    writeFileSync(path, text);
    chmodSync(path, READABLE);
  };
  if (etc.hostname !== undefined) put(etc.hostname, files.hostname);
  put(etc.hosts, files.hosts);
  put(etc.resolvConf, files.resolvConf);
  return etc;
}

/**
 * Where a runtime makes mount points in the R/W layer when the image has none: no change of the container's. What is above
 * them is left out with them where nothing else is in it; a directory of the image is not, for its mode may be changed.
 */
export function mountStubs(config: ContainerConfig): Uint8Array[] {
  const system = ['dev', 'proc', 'sys', 'etc/hostname', 'etc/hosts', 'etc/resolv.conf'];
  const targets = config.mounts.map(({ target }) => plainPath(target));
  return [...new Set([...system, ...targets])].map((path) => Buffer.from(path));
}

function plainPath(target: string): string {
  return target
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}
