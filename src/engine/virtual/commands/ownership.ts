// `chown`, `chgrp`, `id`, `whoami`, and the programs that add users and groups to the container's files.
import { NodeType } from '../../../tree/layer-tree.ts';
import { type Accounts, idOf, nameOfId, readAccounts } from './accounts.ts';
import { type Context, type Run, type Shell, absolute, failed, output, parseOptions } from './command.ts';

const LONG = { recursive: 'R', 'no-dereference': 'h', verbose: 'v', changes: 'c', silent: 'f', quiet: 'f' };

export function chown(shell: Shell): Run {
  return async (args, context) => {
    const { flags, rest } = parseOptions(args, 'RhvcfHLP', '', LONG);
    const [spec, ...paths] = rest;
    if (spec === undefined || paths.length === 0) return failed('chown', 'missing operand');
    const [user = '', group] = spec.split(/[:.]/, 2);
    const accounts = await readAccounts(shell.files);
    const uid = user === '' ? undefined : idOf(accounts.users, user);
    if (user !== '' && uid === undefined) return failed('chown', `unknown user ${user}`);
    const gid = groupOf(accounts, user, group);
    if (gid === 'unknown') return failed('chown', `unknown group ${group}`);
    return setOwner(shell, context, 'chown', paths, flags, { uid, gid });
  };
}

function groupOf(
  accounts: Accounts,
  user: string,
  group: string | undefined,
): number | 'unknown' | undefined {
  if (group === undefined) return undefined;
  if (group === '') return accounts.users.find(({ name }) => name === user)?.gid;
  return idOf(accounts.groups, group) ?? 'unknown';
}

export function chgrp(shell: Shell): Run {
  return async (args, context) => {
    const { flags, rest } = parseOptions(args, 'RhvcfHLP', '', LONG);
    const [group, ...paths] = rest;
    if (group === undefined || paths.length === 0) return failed('chgrp', 'missing operand');
    const gid = idOf((await readAccounts(shell.files)).groups, group);
    if (gid === undefined) return failed('chgrp', `unknown group ${group}`);
    return setOwner(shell, context, 'chgrp', paths, flags, { gid });
  };
}

async function setOwner(
  shell: Shell,
  context: Context,
  name: string,
  paths: readonly string[],
  flags: ReadonlySet<string>,
  owner: { uid?: number | undefined; gid?: number | undefined },
): Promise<{ stdout: string; stderr: string; exitCode: number }> {
  const set = {
    ...(owner.uid !== undefined && { uid: owner.uid }),
    ...(owner.gid !== undefined && { gid: owner.gid }),
  };
  let stderr = '';
  for (const path of paths) {
    const left = [{ path: absolute(context, path), follow: !flags.has('h') && !flags.has('R') }];
    for (let at = left.pop(); at !== undefined; at = left.pop()) {
      shell.checkInterrupt();
      const { path: place } = at;
      const found = await shell.files.remote.call('stat', place, false).catch(() => undefined);
      if (found === undefined) {
        stderr += `${name}: ${path}: No such file or directory\n`;
        continue;
      }
      await shell.files.remote.call('set', place, set, at.follow);
      if (!flags.has('R') || found.type !== NodeType.dir) continue;
      const entries = await shell.files.remote.call('list', place);
      left.push(
        ...entries.map((entry) => ({ path: `${place === '/' ? '' : place}/${entry.name}`, follow: false })),
      );
    }
  }
  return { stdout: '', stderr, exitCode: stderr === '' ? 0 : 1 };
}

export function id(shell: Shell): Run {
  return async (args) => {
    const { flags, rest, unknown } = parseOptions(args, 'ugGnr');
    if (unknown !== undefined) return failed('id', `unrecognized option: ${unknown}`);
    const accounts = await readAccounts(shell.files);
    const ids = rest[0] === undefined ? shell.start.ids : namedIds(accounts, rest[0]);
    if (ids === undefined) return failed('id', `unknown user ${rest[0]}`);
    const user = nameOfId(accounts.users, ids.uid);
    const group = nameOfId(accounts.groups, ids.gid);
    const shown = (name: string | undefined, number: number): string =>
      flags.has('n') ? (name ?? String(number)) : String(number);
    const all = [...new Set([ids.gid, ...ids.additionalGids])];
    if (flags.has('u')) return output(`${shown(user, ids.uid)}\n`);
    if (flags.has('g')) return output(`${shown(group, ids.gid)}\n`);
    if (flags.has('G'))
      return output(`${all.map((gid) => shown(nameOfId(accounts.groups, gid), gid)).join(' ')}\n`);
    const named = (name: string | undefined, number: number): string =>
      name === undefined ? String(number) : `${number}(${name})`;
    const groups = all.map((gid) => named(nameOfId(accounts.groups, gid), gid)).join(',');
    return output(`uid=${named(user, ids.uid)} gid=${named(group, ids.gid)} groups=${groups}\n`);
  };
}

function namedIds(
  accounts: Accounts,
  user: string,
): { uid: number; gid: number; additionalGids: number[] } | undefined {
  const found = accounts.users.find(({ name, id: uid }) => name === user || String(uid) === user);
  if (found === undefined) return undefined;
  const more = accounts.groups
    .filter(({ members }) => members.includes(found.name))
    .map(({ id: gid }) => gid);
  return { uid: found.id, gid: found.gid, additionalGids: more };
}

export function whoami(shell: Shell): Run {
  return async () => {
    const { uid } = shell.start.ids;
    const name = nameOfId((await readAccounts(shell.files)).users, uid);
    return name === undefined ? failed('whoami', `unknown uid ${uid}`) : output(`${name}\n`);
  };
}

const FIRST_USER = 1000;
const FIRST_SYSTEM = 100;
const USER_LONG = {
  system: 'S',
  'disabled-password': 'D',
  'no-create-home': 'H',
  home: 'h',
  'home-dir': 'h',
  'create-home': 'm',
  shell: 's',
  uid: 'u',
  gid: 'g',
  ingroup: 'G',
  groups: 'G',
  gecos: 'c',
  comment: 'c',
  group: 'N',
  'no-log-init': 'l',
  'user-group': 'U',
};

/** `useradd` of Debian and `adduser` of Debian and busybox, as far as Dockerfiles use them. */
export function addUser(shell: Shell, name: 'useradd' | 'adduser'): Run {
  return async (args) => {
    const known = name === 'useradd' ? 'rmMlUN' : 'SDHmN';
    const valued = name === 'useradd' ? 'ugGdscpk' : 'hgsGuc';
    const long =
      name === 'useradd' ? { ...USER_LONG, system: 'r', home: 'd', 'home-dir': 'd', groups: 'G' } : USER_LONG;
    const { flags, values, rest, unknown } = parseOptions(args, known, valued, long);
    if (unknown !== undefined) return failed(name, `unrecognized option: ${unknown}`);
    const [user, group] = rest;
    if (user === undefined || !/^[a-z_][a-z0-9_.-]*\$?$/i.test(user)) return failed(name, 'bad user name');
    const accounts = await readAccounts(shell.files);
    if (name === 'adduser' && group !== undefined) return addToGroup(shell, name, user, group);
    if (accounts.users.some((account) => account.name === user)) return failed(name, `user '${user}' in use`);
    const isSystem = flags.has('S') || flags.has('r');
    const uid = values.has('u') ? Number(values.get('u')) : freeId(accounts.users, isSystem);
    if (!Number.isSafeInteger(uid) || uid < 0) return failed(name, 'bad uid');
    const groupText = name === 'useradd' ? values.get('g') : values.get('G');
    let gid = groupText === undefined ? undefined : idOf(accounts.groups, groupText);
    if (groupText !== undefined && gid === undefined) return failed(name, `unknown group ${groupText}`);
    if (gid === undefined) {
      gid = accounts.groups.some(({ id: used }) => used === uid) ? freeId(accounts.groups, isSystem) : uid;
      await append(shell, '/etc/group', `${user}:x:${gid}:\n`);
    }
    const home = values.get('h') ?? values.get('d') ?? `/home/${user}`;
    const program = values.get('s') ?? (isSystem ? '/sbin/nologin' : '/bin/sh');
    await append(
      shell,
      '/etc/passwd',
      `${user}:x:${uid}:${gid}:${values.get('c') ?? ''}:${home}:${program}\n`,
    );
    await append(shell, '/etc/shadow', `${user}:!:0:0:99999:7:::\n`).catch(() => undefined);
    const wantsHome = name === 'useradd' ? flags.has('m') : !flags.has('H') && !isSystem;
    if (wantsHome && !(await shell.files.exists(home))) {
      await shell.files.mkdir(home, { recursive: true });
      await shell.files.remote.call('set', home, { uid, gid, mode: 0o755 }, true);
    }
    return output('');
  };
}

export function addGroup(shell: Shell, name: 'groupadd' | 'addgroup'): Run {
  return async (args) => {
    const { flags, values, rest } = parseOptions(args, 'Srf', 'g', { system: 'S', gid: 'g' });
    const [first, second] = rest;
    if (first === undefined || !/^[a-z_][a-z0-9_.-]*$/i.test(first)) return failed(name, 'bad group name');
    if (second !== undefined) return addToGroup(shell, name, first, second);
    const { groups } = await readAccounts(shell.files);
    if (groups.some((group) => group.name === first))
      return flags.has('f') ? output('') : failed(name, `group '${first}' in use`);
    const gid = values.has('g') ? Number(values.get('g')) : freeId(groups, flags.has('S') || flags.has('r'));
    await append(shell, '/etc/group', `${first}:x:${gid}:\n`);
    return output('');
  };
}

async function addToGroup(
  shell: Shell,
  name: string,
  user: string,
  group: string,
): Promise<ReturnType<typeof output>> {
  const text = await shell.files.readFile('/etc/group');
  const lines = text.split('\n');
  const at = lines.findIndex((line) => line.startsWith(`${group}:`));
  if (at < 0) return failed(name, `unknown group ${group}`);
  const fields = lines[at]!.split(':');
  fields[3] = [...new Set([...(fields[3] ?? '').split(','), user])]
    .filter((member) => member !== '')
    .join(',');
  lines[at] = fields.join(':');
  await shell.files.writeFile('/etc/group', lines.join('\n'));
  return output('');
}

function freeId(accounts: readonly { readonly id: number }[], isSystem: boolean): number {
  const used = new Set(accounts.map((account) => account.id));
  let next = isSystem ? FIRST_SYSTEM : FIRST_USER;
  while (used.has(next)) next++;
  return next;
}

async function append(shell: Shell, path: string, line: string): Promise<void> {
  await shell.files.appendFile(path, line);
}
