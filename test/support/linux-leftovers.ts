// What is left of containers on the machine: processes that have their mounts or files, and control groups.
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const CGROUPS = '/sys/fs/cgroup';
const PATIENCE_MS = 20_000;
const PAUSE_MS = 20;

/** One line each; empty when nothing is left. */
export function leftovers(id: string): string[] {
  return [...processesOf(id), ...cgroupsOf(id)];
}

/** Waits until nothing is left. */
export async function untilNothingIsLeft(id: string): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (let left = leftovers(id); left.length > 0; left = leftovers(id)) {
    if (performance.now() > until) throw new Error(`left of ${id}: ${left.join('; ')}`);
    await sleep(PAUSE_MS);
  }
}

/** Those that have its root mounted or hold its files: the agent, the runtime and the container's own. */
export function processesOf(id: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && hasToDoWith(name, id))
    .map((pid) => `process ${pid}: ${textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`);
}

function hasToDoWith(pid: string, id: string): boolean {
  if (pid === String(process.pid)) return false;
  if (textOf(`/proc/${pid}/mountinfo`).includes(id) || textOf(`/proc/${pid}/cmdline`).includes(id))
    return true;
  return namesIn(`/proc/${pid}/fd`).some((fd) => linkOf(`/proc/${pid}/fd/${fd}`).includes(id));
}

function cgroupsOf(id: string): string[] {
  const hierarchies = [CGROUPS, ...namesIn(CGROUPS).map((name) => join(CGROUPS, name))];
  return hierarchies.map((path) => join(path, 'phyllo', id)).filter((path) => existsSync(path));
}

/** PID, as the machine sees it, of the agent that holds a container. */
export function agentOf(id: string): number {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const isAgent = /agent\.[jt]s\0run/.test(textOf(`/proc/${pid}/cmdline`));
    // unshare(1) has the same arguments, but nothing of the container's open.
    if (isAgent && namesIn(`/proc/${pid}/fd`).some((fd) => linkOf(`/proc/${pid}/fd/${fd}`).includes(id)))
      return Number(pid);
  }
  throw new Error(`no agent holds ${id}`);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
