// Which numbers a process runs with, looked up in the container's own passwd and group files by docker's rules. The files
// are an image's and hostile: bounded, read once from front to back, and a line that is not right matches nothing.
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import type { ProcessIds } from './linux/runtime.ts';

export interface FoundUser extends ProcessIds {
  /** Of the passwd entry; empty when there is none. */
  readonly name: string;
}

export const MAX_USER_FILE_BYTES = 1024 * 1024;
/** A number beyond it turns into another one, maybe 0, in some kernel or library on the way (CVE-2024-40635). */
const MAX_ID = 2 ** 31 - 1;
/** The kernel takes no more. */
const MAX_GROUPS = 65_536;

interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: string;
}

/**
 * `user` is as `ProcessSpec` has it. What looks like a number is one and never a name, as docker has it: an entry called
 * `1000` with the uid 0 does not make root of `--user 1000`. Without an entry for a number the group is 0. Groups
 * that list the user are added unless a group is given; the own group is always among them. Absent files are undefined.
 *
 * Throws `invalid-argument` for a user or group that is not there or out of range, `limit-exceeded` for files that are
 * too large.
 */
export function lookUpUser(
  user: string,
  passwd: Uint8Array | undefined,
  group: Uint8Array | undefined,
): FoundUser {
  const { userName, groupName } = split(user);
  const entry = findUser(userName === '' ? '0' : userName, passwd);
  if (groupName !== '') {
    const gid = findGroup(groupName, group);
    return { ...entry, gid, additionalGids: [gid] };
  }
  return { ...entry, additionalGids: ownGroups(entry, group) };
}

function split(user: string): { userName: string; groupName: string } {
  const [userName = '', groupName = ''] = user.split(':');
  return { userName, groupName };
}

function findUser(wanted: string, passwd: Uint8Array | undefined): PasswdEntry {
  const uid = numberOf(wanted);
  for (const fields of records(passwd, '/etc/passwd')) {
    const entry = passwdEntry(fields);
    if (entry && (uid === undefined ? entry.name === wanted : entry.uid === uid)) return entry;
  }
  if (uid === undefined) throw unknown('user', wanted, 'passwd');
  return { name: '', uid: inRange('user', uid), gid: 0, home: '/' };
}

function findGroup(wanted: string, group: Uint8Array | undefined): number {
  const gid = numberOf(wanted);
  if (gid !== undefined) return inRange('group', gid);
  for (const fields of records(group, '/etc/group')) {
    const entry = groupEntry(fields);
    if (entry?.name === wanted) return entry.gid;
  }
  throw unknown('group', wanted, 'group');
}

function ownGroups({ name, gid }: PasswdEntry, group: Uint8Array | undefined): number[] {
  const gids = new Set([gid]);
  if (name === '') return [...gids];
  for (const fields of records(group, '/etc/group')) {
    const entry = groupEntry(fields);
    if (entry?.members.split(',').includes(name)) gids.add(entry.gid);
    if (gids.size > MAX_GROUPS) {
      throw new PhylloError(
        'limit-exceeded',
        `look up user ${safeText(name)}: it is in more than ${MAX_GROUPS} groups`,
      );
    }
  }
  return [...gids];
}

function passwdEntry(fields: readonly string[]): PasswdEntry | undefined {
  const [name, , uidText, gidText, , home] = fields;
  const [uid, gid] = [idOf(uidText), idOf(gidText)];
  if (!name || uid === undefined || gid === undefined) return undefined;
  return { name, uid, gid, home: home?.startsWith('/') ? home : '/' };
}

function groupEntry(fields: readonly string[]): GroupEntry | undefined {
  const [name, , gidText, members = ''] = fields;
  const gid = idOf(gidText);
  return name && gid !== undefined ? { name, gid, members } : undefined;
}

/** The fields of each line; bytes that are no UTF-8 match no name that could be asked for. */
function* records(file: Uint8Array | undefined, what: string): Generator<string[]> {
  if (file === undefined) return;
  if (file.length > MAX_USER_FILE_BYTES) {
    throw new PhylloError(
      'limit-exceeded',
      `read the container's ${what}: it is larger than ${MAX_USER_FILE_BYTES} bytes`,
    );
  }
  for (const line of Buffer.from(file).toString('utf8').split('\n')) {
    const text = line.trim();
    if (text !== '') yield text.split(':');
  }
}

/** A sign makes a number too, as docker reads it; it is then out of range or not. */
function numberOf(text: string): number | undefined {
  return /^[+-]?\d+$/.test(text) ? Number(text) : undefined;
}

function idOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  return Number(text) <= MAX_ID ? Number(text) : undefined;
}

function inRange(what: string, id: number): number {
  if (id >= 0 && id <= MAX_ID) return id === 0 ? 0 : id;
  throw new PhylloError(
    'invalid-argument',
    `look up ${what} ${id}: uids and gids must be in range 0-${MAX_ID}`,
  );
}

function unknown(what: 'user' | 'group', name: string, file: string): PhylloError {
  return new PhylloError(
    'invalid-argument',
    `unable to find ${what} ${safeText(name)}: no matching entries in ${file} file`,
    { data: { [what]: name } },
  );
}
