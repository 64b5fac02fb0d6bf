// `dd`, `install`, `truncate`, and `head -c` of devices that never end.
import { posix } from 'node:path';
import { NodeType } from '../../../tree/layer-tree.ts';
import { fromBytes } from '../byte-names.ts';
import { idOf, readAccounts } from './accounts.ts';
import { type Context, type Run, type Shell, absolute, failed, output, parseOptions } from './command.ts';

const SUFFIXES: Readonly<Record<string, number>> = {
  '': 1,
  c: 1,
  w: 2,
  b: 512,
  k: 1024,
  K: 1024,
  kB: 1000,
  M: 1024 ** 2,
  MB: 1e6,
  G: 1024 ** 3,
  GB: 1e9,
};
const CHUNK_BYTES = 1024 * 1024;
/** What a command may hold in memory. */
const MAX_BYTES = 256 * 1024 * 1024;

function sizeOf(text: string | undefined): number | undefined {
  const match = /^(\d+)([a-zA-Z]*)$/.exec(text ?? '');
  const unit = match && SUFFIXES[match[2]!];
  return match && unit ? Number(match[1]) * unit : undefined;
}

export function dd(shell: Shell): Run {
  return async (args, context) => {
    const operands = new Map(args.map((arg) => arg.split(/=(.*)/s, 2) as [string, string]));
    const block = sizeOf(operands.get('bs') ?? operands.get('ibs') ?? '512');
    const count = operands.has('count') ? sizeOf(operands.get('count')) : Infinity;
    const skip = sizeOf(operands.get('skip') ?? operands.get('iseek') ?? '0');
    const seek = sizeOf(operands.get('seek') ?? operands.get('oseek') ?? '0');
    if (!block || count === undefined || skip === undefined || seek === undefined)
      return failed('dd', 'invalid number');
    const input = operands.get('if');
    const data =
      input === undefined
        ? Buffer.from(context.stdin as unknown as string, 'latin1').subarray(
            skip * block,
            (skip + count) * block,
          )
        : await readSome(shell, absolute(context, input), skip * block, count * block);
    const records = `${Math.floor(data.length / block)}+${data.length % block === 0 ? 0 : 1}`;
    const stderr =
      operands.get('status') === 'none'
        ? ''
        : `${records} records in\n${records} records out\n${data.length} bytes copied\n`;
    const target = operands.get('of');
    if (target === undefined) return { stdout: fromBytes(data), stdoutKind: 'bytes', stderr, exitCode: 0 };
    await writeAt(
      shell,
      absolute(context, target),
      data,
      seek * block,
      operands.get('conv')?.includes('notrunc') ?? false,
    );
    return { stdout: '', stderr, exitCode: 0 };
  };
}

async function writeAt(
  shell: Shell,
  path: string,
  data: Uint8Array,
  offset: number,
  keepsRest: boolean,
): Promise<void> {
  const { remote } = shell.files;
  if (offset === 0 && !keepsRest) return remote.call('write', path, data);
  const old = await remote.call('read', path, 0, Infinity).catch(() => new Uint8Array(0));
  const size = Math.max(offset + data.length, keepsRest ? old.length : 0);
  const whole = Buffer.alloc(size);
  whole.set(old.subarray(0, size));
  whole.set(data, offset);
  return remote.call('write', path, whole);
}

/** Bounded: devices have no end. */
async function readSome(shell: Shell, path: string, offset: number, length: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const end = Math.min(length, MAX_BYTES);
  for (let at = 0; at < end;) {
    shell.checkInterrupt();
    const part = await shell.files.remote.call('read', path, offset + at, Math.min(CHUNK_BYTES, end - at));
    if (part.length === 0) break;
    parts.push(part);
    at += part.length;
  }
  return Buffer.concat(parts);
}

/** Only `-c N` of one device: all else is just-bash's. */
export function head(shell: Shell): Run {
  return async (args, context) => {
    const { values, rest } = parseOptions(args, 'qv', 'nc', { bytes: 'c', lines: 'n' });
    const size = sizeOf(values.get('c'));
    const [path] = rest;
    if (size !== undefined && rest.length === 1) {
      const found = await shell.files.remote
        .call('stat', absolute(context, path!), true)
        .catch(() => undefined);
      if (found?.type === NodeType.char) {
        const data = await readSome(shell, absolute(context, path!), 0, size);
        return { stdout: fromBytes(data), stdoutKind: 'bytes', stderr: '', exitCode: 0 };
      }
    }
    return (await context.origCommand?.(args)) ?? failed('head', 'cannot run here');
  };
}

export function truncate(shell: Shell): Run {
  return async (args, context) => {
    const { values, rest } = parseOptions(args, 'c', 's', { size: 's' });
    const size = sizeOf(values.get('s'));
    if (size === undefined || size > MAX_BYTES) return failed('truncate', 'invalid size');
    for (const path of rest) {
      const place = absolute(context, path);
      const old = await shell.files.remote.call('read', place, 0, size).catch(() => new Uint8Array(0));
      const whole = Buffer.alloc(size);
      whole.set(old);
      await shell.files.remote.call('write', place, whole);
    }
    return output('');
  };
}

export function install(shell: Shell): Run {
  return async (args, context) => {
    const { flags, values, rest, unknown } = parseOptions(args, 'dDcpsv', 'mogt', {
      directory: 'd',
      mode: 'm',
      owner: 'o',
      group: 'g',
      'target-directory': 't',
    });
    if (unknown !== undefined) return failed('install', `unrecognized option: ${unknown}`);
    const accounts = await readAccounts(shell.files);
    const mode = values.has('m') ? Number.parseInt(values.get('m')!, 8) : 0o755;
    const uid = values.has('o') ? idOf(accounts.users, values.get('o')!) : undefined;
    const gid = values.has('g') ? idOf(accounts.groups, values.get('g')!) : undefined;
    if (Number.isNaN(mode)) return failed('install', 'invalid mode');
    const set = { mode, ...(uid !== undefined && { uid }), ...(gid !== undefined && { gid }) };
    const targets = flags.has('d')
      ? await makeAll(shell, context, rest)
      : await copyAll(shell, context, rest, values.get('t'), flags.has('D'));
    for (const target of targets) await shell.files.remote.call('set', absolute(context, target), set, true);
    return output('');
  };
}

async function makeAll(shell: Shell, context: Context, paths: readonly string[]): Promise<readonly string[]> {
  for (const path of paths) await shell.files.mkdir(posix.resolve(context.cwd, path), { recursive: true });
  return paths;
}

async function copyAll(
  shell: Shell,
  context: Context,
  paths: readonly string[],
  into: string | undefined,
  parents: boolean,
): Promise<string[]> {
  const sources = into === undefined ? paths.slice(0, -1) : paths;
  const last = into ?? paths.at(-1)!;
  const place = posix.resolve(context.cwd, last);
  if (parents)
    await shell.files.mkdir(into === undefined ? posix.dirname(place) : place, { recursive: true });
  const isDirectory = await shell.files.stat(place).then(
    (found) => found.isDirectory,
    () => false,
  );
  const targets: string[] = [];
  for (const source of sources) {
    const target = isDirectory ? posix.join(last, posix.basename(source)) : last;
    await shell.files.cp(posix.resolve(context.cwd, source), posix.resolve(context.cwd, target));
    targets.push(target);
  }
  return targets;
}
