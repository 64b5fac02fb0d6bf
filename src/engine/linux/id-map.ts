// Which users and groups there are in the agent's user namespace. An image may ask for one that nobody gave us.
import { readFileSync } from 'node:fs';
import { PhylloError } from '../../lib/errors.ts';
import type { ProcessIds } from './runtime.ts';

/** Throws `invalid-argument` with `data.exitCode` 125 when a process cannot have these IDs here. */
export function requireMapped({ uid, gid }: ProcessIds): void {
  const missing = !isMapped('uid', uid) ? `user ${uid}` : isMapped('gid', gid) ? undefined : `group ${gid}`;
  if (missing === undefined) return;
  throw new PhylloError('invalid-argument', `run as ${missing}: there is no such ID in this user namespace`, {
    hint: 'install newuidmap (package uidmap) and have a range in /etc/subuid and /etc/subgid',
    data: { exitCode: 125 },
  });
}

function isMapped(kind: 'uid' | 'gid', id: number): boolean {
  const lines = readFileSync(`/proc/self/${kind}_map`, 'utf8').trim().split('\n');
  return lines.some((line) => {
    const [inside = 0, , count = 0] = line.trim().split(/\s+/).map(Number);
    return id >= inside && id < inside + count;
  });
}
