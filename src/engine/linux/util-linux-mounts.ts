// The mounts that every container without an OCI runtime has.
import { existsSync, statSync } from 'node:fs';
import { READ_ONLY_PATHS, maskedPaths } from './masks.ts';
import type { PreparedContainer } from './runtime.ts';
import { type MountStep, deviceMounts } from './util-linux-script.ts';

const KEPT = ['nosuid', 'noexec', 'nodev'];

export function kernelMounts({ config, rootless }: PreparedContainer): MountStep[] {
  // A new sysfs shows the network namespace of whoever mounts it, who has to own that.
  const borrowed = rootless && config.network === 'host';
  return [
    { source: 'proc', target: 'proc', type: 'proc', options: KEPT },
    borrowed
      ? { source: '/sys', target: 'sys', type: 'bind', options: ['rbind', 'ro', ...KEPT] }
      : { source: 'sysfs', target: 'sys', type: 'sysfs', options: [...KEPT, 'ro'] },
    {
      source: 'tmpfs',
      target: 'dev',
      type: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
  ];
}

/** In /dev, and over what shows or changes the machine. The root has a /proc and a /sys by then. */
export function protections(container: PreparedContainer): MountStep[] {
  return [
    ...(container.rootless ? deviceMounts() : []),
    {
      source: 'devpts',
      target: 'dev/pts',
      type: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620'],
    },
    {
      source: 'shm',
      target: 'dev/shm',
      type: 'tmpfs',
      options: [...KEPT, 'mode=1777', 'size=65536k'],
    },
    { source: 'mqueue', target: 'dev/mqueue', type: 'mqueue', options: KEPT },
    ...maskedPaths().filter(existsSync).map(mask),
    ...READ_ONLY_PATHS.filter(existsSync).map((path) => readOnly(container.rootfs, path)),
  ];
}

function mask(path: string): MountStep {
  const target = path.slice(1);
  return statSync(path).isDirectory()
    ? { source: 'tmpfs', target, type: 'tmpfs', options: ['ro', 'size=0', ...KEPT] }
    : { source: '/dev/null', target, type: 'bind', options: [] };
}

/** Its source is the container's own, not the machine's. */
function readOnly(rootfs: string, path: string): MountStep {
  return { source: `${rootfs}${path}`, target: path.slice(1), type: 'bind', options: ['ro', ...KEPT] };
}
