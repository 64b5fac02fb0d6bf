// Which commands a shell over an image has: those that the image has a program for, run by just-bash or by us. An image
// without a shell gets all of them: that is what somebody who looks into it needs.
import type { CustomCommand, ExecResult, ResolvedCommandContext } from 'just-bash';
import { type CommandName, getCommandNames } from 'just-bash';
import { quoted } from '../program-kind.ts';
import { RUN_COMMAND } from '../shell-files.ts';
import { BUILT_IN } from '../shell-names.ts';
import { type Run, type Shell, command, failed } from './command.ts';
import { dd, head, install, truncate } from './copying.ts';
import { ls, stat } from './listing.ts';
import { addGroup, addUser, chgrp, chown, id, whoami } from './ownership.ts';
import { SHELL_PARTS } from './shell-parts.ts';
import { stty, tty } from './terminal.ts';
import { env, hostname, kill, mkfifo, mktemp, nproc, ps, sleep, tail, uname, which } from './system.ts';

const OWN: Readonly<Record<string, (shell: Shell) => Run>> = {
  ls,
  stat,
  chown,
  chgrp,
  id,
  whoami,
  useradd: (shell) => addUser(shell, 'useradd'),
  adduser: (shell) => addUser(shell, 'adduser'),
  groupadd: (shell) => addGroup(shell, 'groupadd'),
  addgroup: (shell) => addGroup(shell, 'addgroup'),
  uname,
  hostname,
  ps,
  kill,
  nproc,
  sleep,
  tail,
  head,
  mktemp,
  mkfifo,
  which,
  dd,
  install,
  truncate,
  env,
  printenv: env,
  stty,
  tty,
  ash: asShell,
  dash: asShell,
};
/** Somebody may look for them where everything else is there. They would need programs that draw. */
const FULL_SCREEN = ['vi', 'vim', 'nano', 'top', 'htop', 'less', 'more', 'man'];
/** They run what they are not: other languages, the network. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'python',
  'python3',
  'js-exec',
  'node',
  'sqlite3',
  'curl',
  'html-to-markdown',
]);

const NOT_THERE = 'the image has no such program (the virtual engine simulates no full-screen programs)';
const NOT_FOUND = 127;

export interface Registry {
  readonly stock: CommandName[];
  readonly own: CustomCommand[];
  readonly names: ReadonlySet<string>;
}

/** `programs` are the names in the image's PATH; undefined for all that we simulate. */
export function commandsFor(shell: Shell, programs: ReadonlySet<string> | undefined): Registry {
  const isThere = (name: string): boolean => (programs?.has(name) ?? true) || BUILT_IN.has(name);
  const stock = (getCommandNames() as CommandName[]).filter((name) => isThere(name) && !LEFT_OUT.has(name));
  const own = Object.entries(OWN).filter(([name]) => isThere(name));
  const refused = programs === undefined ? FULL_SCREEN : [];
  const names = new Set([...stock, ...own.map(([name]) => name), ...refused]);
  return {
    stock,
    own: [
      ...[...own, ...Object.entries(SHELL_PARTS)].map(([name, make]) => command(name, make(shell))),
      ...refused.map((name) => command(name, async () => failed(name, NOT_THERE, NOT_FOUND))),
      runCommand(shell, names),
    ],
    names,
  };
}

/** Stands in for a program of the image, at whatever path: what we simulate by name runs, all else is refused by name. */
function runCommand(shell: Shell, names: ReadonlySet<string>): CustomCommand {
  return command(RUN_COMMAND, async ([path = '', interpreter = '', ...args], context) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (names.has(name)) return shell.files.standIns.lend(name, () => runNamed(name, args, context));
    return refusal(name, path, interpreter);
  });
}

function asShell(shell: Shell): Run {
  return (args, context) => shell.files.standIns.lend('sh', () => runNamed('sh', args, context));
}

async function runNamed(name: string, args: string[], context: ResolvedCommandContext): Promise<ExecResult> {
  if (context.exec === undefined) return failed(name, 'cannot run here', 126);
  return context.exec(quoted(`/usr/bin/${name}`), {
    cwd: context.cwd,
    args,
    stdin: context.stdin as unknown as string,
    stdinKind: 'bytes',
  });
}

export function refusal(name: string, path: string, interpreter: string): ExecResult {
  const what = interpreter === '' ? 'a native program' : `a script for ${interpreter}`;
  return failed(name, `cannot run here: ${path} is ${what} (the virtual engine simulates)`, 126);
}
