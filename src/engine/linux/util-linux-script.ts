// The steps that make a root ready with util-linux alone, as a shell script. It runs in new namespaces with the machine's
// programs, all of them before the root is entered; what comes after is in `enter`.
import { CAPABILITIES } from './capabilities.ts';
import { PIDS_LIMIT, CGROUP_PARENT } from './oci-bundle.ts';
import type { ProcessIds } from './runtime.ts';
import { TOOLS_INSIDE, innerTool } from './util-linux-tools.ts';

export interface MountStep {
  readonly source: string;
  /** Below the root, no leading slash, without links. */
  readonly target: string;
  readonly type: string;
  readonly options: readonly string[];
}

export interface ScriptPlan {
  readonly id: string;
  readonly rootfs: string;
  readonly hostname: string;
  /** Where the PID goes when all is ready. */
  readonly pidFile: string;
  /** Files in the form of fstab(5): the kernel's file systems, and what comes when /dev has its entries. */
  readonly tables: { readonly kernel: string; readonly others: string };
  readonly readOnly: boolean;
  readonly tty: boolean;
  readonly rootless: boolean;
  /** What is run in the end: see `enterCommand`. */
  readonly enter: readonly string[];
}

/** Names and minor numbers of those with major number 1. */
const MEMORY = { null: 3, zero: 5, full: 7, random: 8, urandom: 9 } as const;
const LINKS = {
  fd: '/proc/self/fd',
  stdin: '/proc/self/fd/0',
  stdout: '/proc/self/fd/1',
  stderr: '/proc/self/fd/2',
  ptmx: 'pts/ptmx',
} as const;
const FOLDERS = ['pts', 'shm', 'mqueue', TOOLS_INSIDE.slice('/dev/'.length)];

/** Descriptor 9 is the process's standard error; up to the last line ours goes to the report. */
export function setupScript(plan: ScriptPlan): string {
  const root = quote(plan.rootfs);
  return [
    'set -eu',
    `mount -n --bind ${root} ${root}`,
    `cd ${root}`,
    ...(plan.rootless ? [] : limitSteps(plan.id)),
    'ip link set lo up 2>/dev/null || :',
    // The file in /proc is the machine's root's, the call is for the owner of the namespace.
    `hostname -- ${quote(plan.hostname)} 2>/dev/null || echo ${quote(plan.hostname)} > /proc/sys/kernel/hostname`,
    `mount -n -a -T ${quote(plan.tables.kernel)}`,
    `(cd dev && mkdir ${FOLDERS.join(' ')}${Object.entries(LINKS)
      .map(([name, target]) => ` && ln -s ${target} ${name}`)
      .join('')})`,
    ...deviceSteps(plan.rootless),
    ...(plan.tty ? ['touch dev/console', 'mount -n --bind "$(tty)" dev/console'] : []),
    `mount -n -a -T ${quote(plan.tables.others)}`,
    ...(plan.readOnly ? ['mount -n -o remount,bind,ro .'] : []),
    'mount -n --move . / || grep -q " / / " /proc/self/mountinfo',
    `read -r pid rest < /proc/self/stat; echo "$pid" > ${quote(plan.pidFile)}`,
    `exec ${plan.enter.map(quote).join(' ')} 2>&9 9>&-`,
    '',
  ].join('\n');
}

/** Best effort: where they cannot be set, there are none. */
function limitSteps(id: string): string[] {
  const group = `${CGROUP_PARENT}/${id}`;
  const limit = `mkdir -p "$group" && echo ${PIDS_LIMIT} > "$group/pids.max" && echo 0 > "$group/cgroup.procs"`;
  return [
    `for root in /sys/fs/cgroup/pids /sys/fs/cgroup; do group="$root${group}"; { test -e "$root/cgroup.procs" && ${limit}; } 2>/dev/null && break || :; done`,
  ];
}

/** In a user namespace no device can be made: those of the machine are bound in the second table (`deviceMounts`). */
function deviceSteps(rootless: boolean): string[] {
  if (rootless) return [`touch ${names(MEMORY)} dev/tty`];
  const make = Object.entries(MEMORY).map(([name, minor]) => `mknod -m 666 dev/${name} c 1 ${minor}`);
  return [...make, 'mknod -m 666 dev/tty c 5 0'];
}

function names(devices: Readonly<Record<string, number>>): string {
  return Object.keys(devices)
    .map((name) => `dev/${name}`)
    .join(' ');
}

export function deviceMounts(): MountStep[] {
  return [...Object.keys(MEMORY), 'tty'].map((name) => ({
    source: `/dev/${name}`,
    target: `dev/${name}`,
    type: 'bind',
    options: [],
  }));
}

/** One mount(8) for many mounts: a process for each would be most of the time that a start takes. */
export function mountTable(rootfs: string, steps: readonly MountStep[]): string {
  return steps
    .map(({ source, target, type, options }) => {
      const all = type === 'bind' ? [options.includes('rbind') ? 'rbind' : 'bind', ...options] : options;
      const line = [
        source,
        `${rootfs}/${target}`,
        type === 'bind' ? 'none' : type,
        [...new Set(all)].join(','),
      ];
      return `${line.map(escapeField).join(' ')} 0 0\n`;
    })
    .join('');
}

function escapeField(text: string): string {
  return text.replaceAll(
    /[\s\\#]/g,
    (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
}

export interface InnerProcess {
  readonly ids: ProcessIds;
  readonly argv: readonly string[];
  readonly env: readonly string[];
  readonly workingDir: string;
  /** Whether groups may be set in this user namespace. */
  readonly mayHaveGroups: boolean;
}

/** From the machine's root: rights are given up, then the root at `.` is entered, then the user is changed. */
export function enterCommand(process: InnerProcess): string[] {
  return ['setpriv', ...rights(process), 'unshare', '--root=.', ...user(process), ...start(process)];
}

/** The same in a root that was entered already, with all rights still there. */
export function innerCommand(process: InnerProcess): string[] {
  return [
    ...innerTool('setpriv'),
    ...rights(process),
    ...innerTool('unshare'),
    ...user(process),
    ...start(process),
  ];
}

function rights({ ids, mayHaveGroups }: InnerProcess): string[] {
  const kept = CAPABILITIES.map((name) => `+${name.slice('CAP_'.length).toLowerCase()}`);
  const groups = [...new Set(ids.additionalGids)].join(',');
  return [
    '--no-new-privs',
    `--bounding-set=-all,${kept.join(',')}`,
    '--inh-caps=-all',
    `--regid=${ids.gid}`,
    ...(!mayHaveGroups ? ['--keep-groups'] : groups === '' ? ['--clear-groups'] : [`--groups=${groups}`]),
    '--',
  ];
}

function user({ ids, workingDir }: InnerProcess): string[] {
  return [`--wd=${workingDir}`, `--setuid=${ids.uid}`, '--'];
}

/** The environment comes last: a loader that runs before would obey what the image put into it. */
function start({ env, argv }: InnerProcess): string[] {
  return [...innerTool('env'), '-i', '--', ...env, ...argv];
}

export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
