// `ls` and `stat`: the tree's own modes, owners and times.
import { posix } from 'node:path';
import { NodeType } from '../../../tree/layer-tree.ts';
import { modeText } from '../../../tree/mode-text.ts';
import { toByteName, toTextName } from '../byte-names.ts';
import type { FileStat } from '../file-stat.ts';
import { type Accounts, nameOfId, readAccounts } from './accounts.ts';
import {
  type Context,
  type Options,
  type Run,
  type Shell,
  absolute,
  failed,
  parseOptions,
} from './command.ts';

const TYPE_BITS: Readonly<Record<number, number>> = {
  [NodeType.file]: 0o100000,
  [NodeType.dir]: 0o040000,
  [NodeType.symlink]: 0o120000,
  [NodeType.char]: 0o020000,
  [NodeType.block]: 0o060000,
  [NodeType.fifo]: 0o010000,
};
const TYPE_NAMES: Readonly<Record<number, string>> = {
  [NodeType.file]: 'regular file',
  [NodeType.dir]: 'directory',
  [NodeType.symlink]: 'symbolic link',
  [NodeType.char]: 'character special file',
  [NodeType.block]: 'block special file',
  [NodeType.fifo]: 'fifo',
};
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const RECENT_MS = 180 * 24 * 60 * 60 * 1000;

interface Listed extends FileStat {
  readonly name: string;
}

const LS_LONG = {
  all: 'a',
  'almost-all': 'A',
  recursive: 'R',
  directory: 'd',
  'human-readable': 'h',
  color: 'C',
};

export function ls(shell: Shell): Run {
  return async (args, context) => {
    const options = parseOptions(args, 'lahdA1RtSrinFpsCxkqLgo', '', LS_LONG);
    if (options.unknown !== undefined) return failed('ls', `unrecognized option: ${options.unknown}`, 2);
    const paths = options.rest.length === 0 ? ['.'] : options.rest;
    const accounts =
      options.flags.has('l') && !options.flags.has('n') ? await readAccounts(shell.files) : undefined;
    const files: Listed[] = [];
    const directories: string[] = [];
    let stderr = '';
    for (const path of paths) {
      const follow = !options.flags.has('d') && !options.flags.has('l');
      const stat = await statAt(shell, context, path, follow || path.endsWith('/'));
      if (stat === undefined) stderr += `ls: ${path}: No such file or directory\n`;
      else if (stat.type === NodeType.dir && !options.flags.has('d')) directories.push(path);
      else files.push({ ...stat, name: path });
    }
    let stdout = formatted(files, options, accounts);
    const many = files.length + directories.length > 1 || options.flags.has('R');
    const left = directories.reverse();
    for (let path = left.pop(); path !== undefined; path = left.pop()) {
      shell.checkInterrupt();
      const entries = await entriesOf(shell, context, path, options);
      if (many) stdout += `${stdout === '' ? '' : '\n'}${path}:\n`;
      stdout += formatted(entries, options, accounts, options.flags.has('l'));
      if (!options.flags.has('R')) continue;
      const inside = entries.filter(
        ({ type, name }) => type === NodeType.dir && name !== '.' && name !== '..',
      );
      left.push(...inside.map(({ name }) => posix.join(path, name)).reverse());
    }
    return { stdout, stderr, exitCode: stderr === '' ? 0 : 1 };
  };
}

async function statAt(
  shell: Shell,
  context: Context,
  path: string,
  follow: boolean,
): Promise<FileStat | undefined> {
  const found = await shell.files.remote.call('stat', absolute(context, path), follow).catch(() => undefined);
  if (found !== undefined || !follow) return found;
  return shell.files.remote.call('stat', absolute(context, path), false).catch(() => undefined);
}

async function entriesOf(
  shell: Shell,
  context: Context,
  path: string,
  { flags }: Options,
): Promise<Listed[]> {
  const directory = absolute(context, path);
  const listed = await shell.files.remote.call('list', directory);
  const entries: Listed[] = listed.map((entry) => ({ ...entry, name: toTextName(entry.name) }));
  if (flags.has('a')) {
    const dots = await Promise.all(
      ['.', '..'].map(async (name) => ({
        ...(await shell.files.remote.call('stat', toByteName(posix.join(toTextName(directory), name)), true)),
        name,
      })),
    );
    entries.unshift(...dots);
  }
  return entries.filter(({ name }) => flags.has('a') || flags.has('A') || !name.startsWith('.'));
}

function formatted(
  entries: Listed[],
  { flags }: Options,
  accounts: Accounts | undefined,
  total = false,
): string {
  const sorted = [...entries];
  if (flags.has('t')) sorted.sort((a, b) => b.time[0] - a.time[0] || b.time[1] - a.time[1]);
  else if (flags.has('S')) sorted.sort((a, b) => b.sizeBytes - a.sizeBytes);
  if (flags.has('r')) sorted.reverse();
  const mark = (entry: Listed): string => {
    if (!flags.has('F') && !flags.has('p')) return '';
    if (entry.type === NodeType.dir) return '/';
    if (!flags.has('F')) return '';
    return entry.type === NodeType.symlink ? '@' : (entry.mode & 0o111) !== 0 ? '*' : '';
  };
  if (!flags.has('l'))
    return sorted.map((entry) => `${number(entry, flags)}${entry.name}${mark(entry)}\n`).join('');
  const rows = sorted.map((entry) => longRow(entry, flags, accounts));
  const widths = [1, 2, 3, 4].map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)));
  const lines = rows.map(
    ([mode, links, user, group, size, time, name], index) =>
      `${number(sorted[index]!, flags)}${mode} ${links!.padStart(widths[0]!)} ${user!.padEnd(widths[1]!)} ${group!.padEnd(widths[2]!)} ${size!.padStart(widths[3]!)} ${time} ${name}${mark(sorted[index]!)}\n`,
  );
  const blocks = sorted.reduce((sum, { sizeBytes }) => sum + Math.ceil(sizeBytes / 4096) * 4, 0);
  return `${total ? `total ${blocks}\n` : ''}${lines.join('')}`;
}

function number({ number: inode }: Listed, flags: ReadonlySet<string>): string {
  return flags.has('i') ? `${inode} ` : '';
}

function longRow(entry: Listed, flags: ReadonlySet<string>, accounts: Accounts | undefined): string[] {
  const isDevice = entry.device !== undefined;
  const size = isDevice
    ? entry.device.join(', ')
    : flags.has('h')
      ? human(entry.sizeBytes)
      : String(entry.sizeBytes);
  const target = entry.type === NodeType.symlink ? ` -> ${toTextName(entry.link)}` : '';
  return [
    modeText(entry.type, entry.mode),
    String(entry.names),
    (accounts && nameOfId(accounts.users, entry.uid)) ?? String(entry.uid),
    (accounts && nameOfId(accounts.groups, entry.gid)) ?? String(entry.gid),
    size,
    timeText(entry.time[0] * 1000),
    `${entry.name}${target}`,
  ];
}

function human(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < 4; unit++) value /= 1024;
  return unit === 0 ? String(bytes) : `${value.toFixed(1)}${'KMGT'[unit - 1]}`;
}

function timeText(ms: number): string {
  const date = new Date(ms);
  const day = `${MONTHS[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)}`;
  const age = Date.now() - ms;
  if (age < 0 || age > RECENT_MS) return `${day}  ${date.getUTCFullYear()}`;
  return `${day} ${date.toISOString().slice(11, 16)}`;
}

export function stat(shell: Shell): Run {
  return async (args, context) => {
    const options = parseOptions(args, 'Lt', 'c', { format: 'c', dereference: 'L', printf: 'c' });
    if (options.unknown !== undefined) return failed('stat', `unrecognized option: ${options.unknown}`);
    if (options.rest.length === 0) return failed('stat', 'missing operand');
    const accounts = await readAccounts(shell.files);
    let stdout = '';
    let stderr = '';
    for (const path of options.rest) {
      const found = await shell.files.remote
        .call('stat', absolute(context, path), options.flags.has('L'))
        .catch(() => undefined);
      if (found === undefined) stderr += `stat: can't stat '${path}': No such file or directory\n`;
      else stdout += describe(path, found, accounts, options.values.get('c'));
    }
    return { stdout, stderr, exitCode: stderr === '' ? 0 : 1 };
  };
}

function describe(path: string, found: FileStat, accounts: Accounts, format: string | undefined): string {
  const user = nameOfId(accounts.users, found.uid) ?? 'UNKNOWN';
  const group = nameOfId(accounts.groups, found.gid) ?? 'UNKNOWN';
  const octal = found.mode.toString(8);
  const ms = found.time[0] * 1000 + Math.floor(found.time[1] / 1e6);
  const time = `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}.${String(found.time[1]).padStart(9, '0')} +0000`;
  const type =
    found.type === NodeType.file && found.sizeBytes === 0 ? 'regular empty file' : TYPE_NAMES[found.type]!;
  const shown = found.type === NodeType.symlink ? `'${path}' -> '${toTextName(found.link)}'` : `'${path}'`;
  const fields: Readonly<Record<string, string>> = {
    a: octal,
    A: modeText(found.type, found.mode),
    b: String(Math.ceil(found.sizeBytes / 512)),
    B: '512',
    d: '1',
    f: (TYPE_BITS[found.type]! | found.mode).toString(16),
    F: type,
    g: String(found.gid),
    G: group,
    h: String(found.names),
    i: String(found.number),
    n: path,
    N: shown,
    o: '4096',
    s: String(found.sizeBytes),
    t: (found.device?.[0] ?? 0).toString(16),
    T: (found.device?.[1] ?? 0).toString(16),
    u: String(found.uid),
    U: user,
    w: '-',
    W: '0',
    x: time,
    X: String(found.time[0]),
    y: time,
    Y: String(found.time[0]),
    z: time,
    Z: String(found.time[0]),
    '%': '%',
  };
  if (format !== undefined)
    return `${format.replace(/%(.)/g, (all, letter: string) => fields[letter] ?? all)}\n`;
  const link = found.type === NodeType.symlink ? ` -> ${toTextName(found.link)}` : '';
  return (
    `  File: ${path}${link}\n  Size: ${found.sizeBytes}\t\tBlocks: ${fields['b']}\tIO Block: 4096\t${type}\n` +
    `Device: 1\tInode: ${found.number}\tLinks: ${found.names}\n` +
    `Access: (${octal.padStart(4, '0')}/${modeText(found.type, found.mode)})  Uid: (${found.uid}/${user})   Gid: (${found.gid}/${group})\n` +
    `Modify: ${time}\n`
  );
}
