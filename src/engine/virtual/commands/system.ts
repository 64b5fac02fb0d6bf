// Programs that tell of the machine or wait: they tell what is simulated.
import { randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { toByteName } from '../byte-names.ts';
import { type Context, type Run, type Shell, absolute, failed, output, parseOptions } from './command.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
/** How soon an interrupt is seen; a container that sleeps is to use next to no CPU. */
const POLL_MS = 200;
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

export function uname(shell: Shell): Run {
  return async (args) => {
    const { flags } = parseOptions(args, 'asnrvmop', '', {
      all: 'a',
      machine: 'm',
      'kernel-name': 's',
      'kernel-release': 'r',
      nodename: 'n',
    });
    const machine = ARCHITECTURES[process.arch] ?? process.arch;
    const parts: readonly (readonly [string, string])[] = [
      ['s', 'Linux'],
      ['n', shell.start.hostname],
      ['r', '0.0-simulated'],
      ['v', 'phyllo virtual engine'],
      ['m', machine],
      ['o', 'GNU/Linux'],
    ];
    const shown = parts.filter(
      ([flag]) => flags.has('a') || flags.has(flag) || (flags.size === 0 && flag === 's'),
    );
    return output(`${shown.map(([, text]) => text).join(' ')}\n`);
  };
}

export function hostname(shell: Shell): Run {
  return async (args) => {
    const name = args.find((arg) => !arg.startsWith('-'));
    return name === undefined
      ? output(`${shell.start.hostname}\n`)
      : failed('hostname', 'sethostname: Operation not permitted');
  };
}

/** What is exported; just-bash tells of all variables. */
export function env(): Run {
  return async (args, context) => {
    if (args.length > 0) return (await context.origCommand?.(args)) ?? failed('env', 'cannot run here');
    const exported = Object.entries(context.exportedEnv ?? {}).filter(
      ([name]) => /^[A-Za-z_]/.test(name) && !SHELLS_OWN.has(name),
    );
    return output(exported.map(([name, value]) => `${name}=${value}\n`).join(''));
  };
}

const SHELLS_OWN: ReadonlySet<string> = new Set([
  'BASHOPTS',
  'SHELLOPTS',
  'HOSTTYPE',
  'MACHTYPE',
  'OSTYPE',
  'OPTIND',
  'IFS',
  'PHYLLO_LINE',
]);

export function ps(): Run {
  return async () => output('PID   USER     COMMAND\n    1 root     {phyllo} simulated shell\n');
}

export function kill(): Run {
  return async () =>
    failed('kill', 'there are no processes to send a signal to (the virtual engine simulates)');
}

export function nproc(): Run {
  return async () => output('1\n');
}

export function sleep(shell: Shell): Run {
  return async (args) => {
    let seconds = 0;
    for (const arg of args) {
      const match = /^(\d*\.?\d+|inf(?:inity)?)([smhd]?)$/.exec(arg);
      if (!match) return failed('sleep', `invalid number '${arg}'`);
      seconds += match[1]!.startsWith('inf') ? Infinity : Number(match[1]) * UNITS[match[2] || 's']!;
    }
    if (args.length === 0) return failed('sleep', 'missing operand');
    const end = performance.now() + seconds * 1000;
    for (let left = end - performance.now(); left > 0; left = end - performance.now()) {
      shell.checkInterrupt();
      await wait(Math.min(left, POLL_MS));
    }
    return output('');
  };
}

/** Only `-f`: all else is just-bash's. */
export function tail(shell: Shell): Run {
  return async (args, context) => {
    const follows = args.some((arg) => /^-[^-]*[fF]/.test(arg) || arg.startsWith('--follow'));
    const rest = args.map((arg) =>
      /^-[fF]$/.test(arg) || arg.startsWith('--follow') ? '' : arg.replace(/^(-[^-]*)[fF]/, '$1'),
    );
    const plain = rest.filter((arg) => arg !== '' && arg !== '-');
    const result = (await context.origCommand?.(plain)) ?? failed('tail', 'cannot run here');
    if (!follows) return result;
    await send(shell, result.stdout);
    const path = args.findLast((arg) => !arg.startsWith('-'));
    await follow(shell, path === undefined ? '/dev/null' : absolute(context, path));
    return output('');
  };
}

async function send(shell: Shell, text: string): Promise<void> {
  if (text !== '') await shell.files.remote.call('output', 'stdout', Buffer.from(text));
}

/** Until somebody ends it. */
async function follow(shell: Shell, path: string): Promise<never> {
  let at = (await shell.files.remote.call('stat', path, true)).sizeBytes;
  for (;;) {
    shell.checkInterrupt();
    await wait(POLL_MS / 2);
    const size = await shell.files.remote.call('stat', path, true).then(
      (found) => found.sizeBytes,
      () => at,
    );
    if (size > at)
      await shell.files.remote.call(
        'output',
        'stdout',
        await shell.files.remote.call('read', path, at, size - at),
      );
    at = size;
  }
}

export function mktemp(shell: Shell): Run {
  return async (args, context) => {
    const { flags, values, rest, unknown } = parseOptions(args, 'dqut', 'p', {
      directory: 'd',
      tmpdir: 'p',
      'dry-run': 'u',
    });
    if (unknown !== undefined) return failed('mktemp', `unrecognized option: ${unknown}`);
    const template = rest[0] ?? 'tmp.XXXXXXXXXX';
    const marks = /X{3,}$/.exec(template)?.[0];
    if (marks === undefined) return failed('mktemp', `too few X's in template '${template}'`);
    const random = randomBytes(marks.length)
      .toString('base64url')
      .replace(/[-_]/g, 'x')
      .slice(0, marks.length);
    const name = template.slice(0, -marks.length) + random;
    const inDirectory = rest[0] === undefined || values.has('p') || flags.has('t');
    const path = inDirectory
      ? posix.join(values.get('p') || (context.env.get('TMPDIR') ?? '/tmp'), name)
      : name;
    const place = absolute(context, path);
    if (flags.has('u')) return output(`${path}\n`);
    if (flags.has('d')) await shell.files.remote.call('mkdir', place, 0o700);
    else {
      await shell.files.remote.call('write', place, new Uint8Array(0));
      await shell.files.remote.call('set', place, { mode: 0o600 }, true);
    }
    return output(`${path}\n`);
  };
}

export function mkfifo(shell: Shell): Run {
  return async (args, context) => {
    const { ids } = shell.start;
    for (const path of parseOptions(args, '', 'm').rest) {
      const made = { type: 5, mode: 0o644, uid: ids.uid, gid: ids.gid } as const;
      await shell.files.remote.call('make', absolute(context, path), made);
    }
    return output('');
  };
}

export function which(shell: Shell): Run {
  return async (args, context) => {
    const { flags, rest } = parseOptions(args, 'as');
    let stdout = '';
    let exitCode = rest.length === 0 ? 1 : 0;
    for (const name of rest) {
      const found = await findPrograms(shell, context, name);
      if (found.length === 0) exitCode = 1;
      stdout += (flags.has('a') ? found : found.slice(0, 1)).map((path) => `${path}\n`).join('');
    }
    return output(stdout, exitCode);
  };
}

async function findPrograms(shell: Shell, context: Context, name: string): Promise<string[]> {
  const directories = name.includes('/') ? [''] : (context.env.get('PATH') ?? '').split(':');
  const found: string[] = [];
  for (const directory of directories) {
    const path = directory === '' ? name : posix.join(directory, name);
    const at = toByteName(posix.resolve(context.cwd, path));
    const stat = await shell.files.remote.call('stat', at, true).catch(() => undefined);
    if (stat?.type === 0 && (stat.mode & 0o111) !== 0) found.push(path);
  }
  return found;
}
