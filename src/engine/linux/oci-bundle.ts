// What an OCI runtime is told: the container as a `config.json` of the runtime specification. Pure but for `maskedPaths`
// and `architecture`, which are facts of the machine and can be given, and for whether a bind's source is a file.
import { lstatSync } from 'node:fs';
import { arch } from 'node:process';
import type { ProcessSpec } from '../container.ts';
import type { TerminalSize } from '../io.ts';
import { CAPABILITIES } from './capabilities.ts';
import { maskedPaths, READ_ONLY_PATHS } from './masks.ts';
import type { PreparedContainer, ProcessIds, ReadyMount } from './runtime.ts';
import { SECCOMP_CODE_ANNOTATION } from './seccomp-code.ts';
import { type SeccompProfile, seccompProfile } from './seccomp.ts';

export interface OciMount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

/** `process` of a configuration, and all that `exec` needs. */
export interface OciProcess {
  readonly terminal: boolean;
  readonly consoleSize?: { readonly height: number; readonly width: number };
  readonly user: {
    readonly uid: number;
    readonly gid: number;
    readonly umask: number;
    readonly additionalGids: readonly number[];
  };
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly capabilities: Readonly<Record<'bounding' | 'effective' | 'permitted', readonly string[]>>;
  readonly noNewPrivileges: true;
}

export interface OciNamespace {
  readonly type: 'pid' | 'mount' | 'uts' | 'ipc' | 'network' | 'cgroup';
  readonly path?: string;
}

export interface OciConfig {
  readonly ociVersion: string;
  readonly process: OciProcess;
  readonly root: { readonly path: string; readonly readonly: boolean };
  readonly hostname: string;
  readonly mounts: readonly OciMount[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly linux: {
    readonly namespaces: readonly OciNamespace[];
    readonly maskedPaths: readonly string[];
    readonly readonlyPaths: readonly string[];
    readonly seccomp?: SeccompProfile;
    readonly cgroupsPath?: string;
    readonly resources?: OciResources;
  };
}

interface OciResources {
  readonly pids: { readonly limit: number };
  readonly devices: readonly { readonly allow: boolean; readonly access: string }[];
}

export interface BundleOptions {
  /** `none`: limits cannot be set here. */
  readonly cgroups: 'v1' | 'v2' | 'none';
  readonly masked?: readonly string[];
  /** The filter of system calls as crun compiled it before, base64. */
  readonly seccompCode?: string | undefined;
  /** As Node names it. */
  readonly architecture?: string;
}

/** As much as a busy server needs, and too little to take all process numbers of a machine. */
export const PIDS_LIMIT = 4096;
/** Control groups of ours are below it. */
export const CGROUP_PARENT = '/phyllo';
const UMASK = 0o022;
const TTY_GID = 5;

/** What cannot be had here is left out; the probe tells of it. */
export function ociConfig(container: PreparedContainer, options: BundleOptions): OciConfig {
  const { config } = container;
  const seccomp = seccompProfile(options.architecture ?? arch);
  return {
    ociVersion: '1.0.2',
    process: ociProcess(config.process, container.ids, container.size),
    root: { path: container.rootfs, readonly: config.readOnly },
    hostname: config.hostname,
    mounts: [...systemMounts(container, options), ...etcMounts(container), ...userMounts(container.mounts)],
    ...(options.seccompCode !== undefined && {
      annotations: { [SECCOMP_CODE_ANNOTATION]: options.seccompCode },
    }),
    linux: {
      namespaces: namespaces(container, options),
      maskedPaths: options.masked ?? maskedPaths(),
      readonlyPaths: READ_ONLY_PATHS,
      ...(seccomp === undefined ? {} : { seccomp }),
      ...(options.cgroups === 'none' ? {} : limits(config.id)),
    },
  };
}

export function ociProcess(process: ProcessSpec, ids: ProcessIds, size?: TerminalSize): OciProcess {
  return {
    terminal: process.tty,
    ...(process.tty && size && { consoleSize: { height: size.rows, width: size.columns } }),
    user: { uid: ids.uid, gid: ids.gid, umask: UMASK, additionalGids: ids.additionalGids },
    args: process.argv,
    env: withHome(process.env, ids.home),
    cwd: process.workingDir,
    capabilities: { bounding: CAPABILITIES, effective: effective(ids), permitted: effective(ids) },
    noNewPrivileges: true,
  };
}

/** A user other than root has none of its own, as after execve(2); without this a runtime would leave it all of them. */
function effective({ uid }: ProcessIds): readonly string[] {
  return uid === 0 ? CAPABILITIES : [];
}

export function withHome(env: readonly string[], home: string): readonly string[] {
  return env.some((variable) => variable.startsWith('HOME=')) ? env : [...env, `HOME=${home}`];
}

function limits(id: string): { cgroupsPath: string; resources: OciResources } {
  return {
    cgroupsPath: `${CGROUP_PARENT}/${id}`,
    // Runtimes allow the harmless devices (null, zero, tty …) by themselves after this.
    resources: { pids: { limit: PIDS_LIMIT }, devices: [{ allow: false, access: 'rwm' }] },
  };
}

function namespaces({ config, netns }: PreparedContainer, { cgroups }: BundleOptions): OciNamespace[] {
  const own = (['pid', 'mount', 'uts', 'ipc'] as const).map((type) => ({ type }));
  const network: OciNamespace[] =
    config.network === 'host'
      ? []
      : [netns === undefined ? { type: 'network' } : { type: 'network', path: netns }];
  return [...own, ...network, ...(cgroups === 'v2' ? [{ type: 'cgroup' } as const] : [])];
}

function systemMounts({ config, rootless }: PreparedContainer, { cgroups }: BundleOptions): OciMount[] {
  const kept = ['nosuid', 'noexec', 'nodev'];
  return [
    { destination: '/proc', type: 'proc', source: 'proc', options: kept },
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: [
        'nosuid',
        'noexec',
        'newinstance',
        'ptmxmode=0666',
        'mode=0620',
        // Where only one user is mapped there is no such group, and the mount is refused.
        ...(rootless ? [] : [`gid=${TTY_GID}`]),
      ],
    },
    {
      destination: '/dev/shm',
      type: 'tmpfs',
      source: 'shm',
      options: [...kept, 'mode=1777', 'size=65536k'],
    },
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: kept },
    // A new sysfs shows the network namespace of whoever mounts it, who has to own that.
    rootless && config.network === 'host'
      ? { destination: '/sys', type: 'none', source: '/sys', options: ['rbind', 'rprivate', ...kept, 'rro'] }
      : { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...kept, 'ro'] },
    ...(cgroups === 'v2'
      ? [{ destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: [...kept, 'ro'] }]
      : []),
  ];
}

function etcMounts({ etc }: PreparedContainer): OciMount[] {
  const files = [
    ['/etc/hostname', etc.hostname],
    ['/etc/hosts', etc.hosts],
    ['/etc/resolv.conf', etc.resolvConf],
  ] as const;
  return files.flatMap(([destination, source]) =>
    source === undefined ? [] : bind(source, destination, []),
  );
}

/** Those further up first, or they would hide the ones below them. */
export function userMounts(mounts: readonly ReadyMount[]): OciMount[] {
  return mounts
    .map((mount, order) => ({ mount, order, depth: mount.target.split('/').filter(Boolean).length }))
    .sort((a, b) => a.depth - b.depth || a.order - b.order)
    .map(({ mount }) => userMount(mount));
}

function userMount(mount: ReadyMount): OciMount {
  if (mount.type === 'bind') return bind(mount.source, mount.target, accessOptions(mount));
  return {
    destination: mount.target,
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['nosuid', 'nodev', 'noexec', ...mount.options],
  };
}

/** `rro` and `ro`: what is mounted below the source is read-only as well, where the kernel can do that. */
function accessOptions({ source, readOnly }: Extract<ReadyMount, { type: 'bind' }>): readonly string[] {
  if (!readOnly) return ['rw'];
  // Nothing is mounted below a file, and crun takes `rro` for directories alone.
  const isFile = lstatSync(source, { throwIfNoEntry: false })?.isDirectory() === false;
  return isFile ? ['ro'] : ['ro', 'rro'];
}

function bind(source: string, destination: string, options: readonly string[]): OciMount {
  return { destination, type: 'bind', source, options: ['rbind', 'rprivate', ...options] };
}
