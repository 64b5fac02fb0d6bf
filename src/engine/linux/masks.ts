// Parts of /proc and /sys that tell of the machine or change it, and so are hidden or read-only in a container.
import { readdirSync } from 'node:fs';

const MASKED = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
];

const CPUS = '/sys/devices/system/cpu';

export const READ_ONLY_PATHS: readonly string[] = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
];

/** Those of this machine's processors, too: how often they ran hot tells of what others do. */
export function maskedPaths(cpus: readonly string[] = readDirectory(CPUS)): readonly string[] {
  const hot = cpus.filter((name) => /^cpu\d+$/.test(name)).map((name) => `${CPUS}/${name}/thermal_throttle`);
  return [...MASKED, ...hot];
}

function readDirectory(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
