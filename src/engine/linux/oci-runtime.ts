// Containers through crun or runc, told by a bundle (oci-bundle.ts). Its state lies in the container's own folder and is
// only read there: asking the program would cost a process, and outside of the agent's PID namespace the numbers in it
// name others' processes.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { arch } from 'node:process';
import { PhylloError, isSystemError, toPhylloError } from '../../lib/errors.ts';
import { uniqueName } from '../../lib/unique-name.ts';
import type { ProcessSpec } from '../container.ts';
import type { TerminalSize } from '../io.ts';
import { type CgroupMode, cgroupMode, removeCgroups } from './cgroups.ts';
import { ociConfig, ociProcess } from './oci-bundle.ts';
import { startFailure } from './oci-report.ts';
import type { MountCalls } from './mount-calls.ts';
import { requireMapped } from './id-map.ts';
import { requireProgram } from './program.ts';
import type { Command, ContainerRuntime, PreparedContainer, ProcessIds } from './runtime.ts';
import { SECCOMP_CODE_FILE, SeccompCode } from './seccomp-code.ts';
import { seccompProfile } from './seccomp.ts';
import { requireKernelFolders } from './util-linux-targets.ts';

export type OciFlavour = 'crun' | 'runc';

export interface OciRuntimeOptions {
  readonly mounts: MountCalls;
  /** Where the compiled filter of system calls is kept. Absent: it is not. */
  readonly seccompFile?: string;
  readonly cgroupRoot?: string;
}

const CGROUP_ROOT = '/sys/fs/cgroup';
const RUN_LOG = 'run.log';

/** Beneath the state folder, by the container's ID: the file with the PID of its first process, and its name there. */
const STATE = {
  crun: { file: 'status', pid: 'pid' },
  runc: { file: 'state.json', pid: 'init_process_pid' },
} as const;

export class OciRuntime implements ContainerRuntime {
  readonly title: OciFlavour;
  /** Absolute path of the program. */
  private readonly program: string;
  private readonly mounts: MountCalls;
  private readonly cgroupRoot: string;
  private readonly seccompCode: SeccompCode | undefined;
  /** The filter of the container is to be kept. */
  private isCompiled = false;

  constructor(flavour: OciFlavour, program: string, { mounts, ...options }: OciRuntimeOptions) {
    this.title = flavour;
    this.program = program;
    this.mounts = mounts;
    this.cgroupRoot = options.cgroupRoot ?? CGROUP_ROOT;
    const profile = flavour === 'crun' && options.seccompFile !== undefined && seccompProfile(arch);
    if (profile) this.seccompCode = new SeccompCode(options.seccompFile!, program, JSON.stringify(profile));
  }

  async prepare(container: PreparedContainer): Promise<Command> {
    requireMapped(container.ids);
    requireProgram(container, container.config.process);
    requireKernelFolders(container.rootfs);
    const mode = cgroupMode(this.cgroupRoot);
    const lack = container.rootless ? undefined : missingWall(this.title, mode);
    if (lack !== undefined) throw new PhylloError('engine-unavailable', `start container: ${lack}`);
    if (this.title === 'crun' && mode === 'hybrid') await hideUnified(this.mounts);
    const seccompCode = this.seccompCode?.find();
    this.isCompiled = this.seccompCode !== undefined && seccompCode === undefined;
    const cgroups = container.rootless ? 'none' : version(mode);
    const config = ociConfig(container, { cgroups, seccompCode });
    const report = join(container.work, RUN_LOG);
    // What is left of a run that was cut off would be taken for this one's.
    for (const path of [stateFolder(container), report]) rmSync(path, { recursive: true, force: true });
    mkdirSync(stateFolder(container), { mode: 0o700 });
    writeFileSync(join(container.work, 'config.json'), JSON.stringify(config), { mode: 0o600 });
    const argv = [...this.start(container, report), 'run', '--bundle', container.work, container.config.id];
    return command(container, container.config.process, argv, report);
  }

  async pid(container: PreparedContainer): Promise<number | undefined> {
    const { file, pid } = STATE[this.title];
    const folder = join(stateFolder(container), container.config.id);
    try {
      const state = JSON.parse(await readFile(join(folder, file), 'utf8')) as Readonly<
        Record<string, unknown>
      >;
      const value = state[pid];
      if (typeof value !== 'number' || value <= 0) return undefined;
      if (this.isCompiled) this.seccompCode?.keep(join(folder, SECCOMP_CODE_FILE));
      this.isCompiled = false;
      return value;
    } catch (error) {
      // It is not there yet, not any more, or being written.
      if (isSystemError(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
      throw toPhylloError(error, 'read state of container');
    }
  }

  async exec(
    container: PreparedContainer,
    process: ProcessSpec,
    ids: ProcessIds,
    size?: TerminalSize,
  ): Promise<Command> {
    requireMapped(ids);
    requireProgram(container, process);
    const name = join(container.work, `exec-${uniqueName()}`);
    await writeFile(`${name}.json`, JSON.stringify(ociProcess(process, ids, size)), { mode: 0o600 });
    const argv = [
      ...this.start(container, `${name}.log`),
      'exec',
      '--process',
      `${name}.json`,
      container.config.id,
    ];
    return command(container, process, argv, `${name}.log`);
  }

  async explain(command: Command, exitCode: number): Promise<PhylloError | undefined> {
    const report = exitCode === 0 ? '' : await readFile(command.report, 'utf8').catch(() => '');
    if (basename(command.report) !== RUN_LOG) await removeExec(command.report);
    return exitCode === 0 ? undefined : startFailure(command.program, report);
  }

  async cleanUp(container: Pick<PreparedContainer, 'work' | 'config' | 'rootless'>): Promise<void> {
    if (!container.rootless) await removeCgroups(CGROUP_ROOT, container.config.id);
    rmSync(stateFolder(container), { recursive: true, force: true });
  }

  private start(container: PreparedContainer, report: string): string[] {
    // A user in a namespace has no control groups of their own to manage unless somebody gave them some.
    const cgroups = this.title === 'crun' && container.rootless ? ['--cgroup-manager=disabled'] : [];
    const log = ['--log', report, '--log-format', 'json'];
    return [this.program, '--root', stateFolder(container), ...log, ...cgroups];
  }
}

/**
 * crun takes `nodev` off the root again (a remount without it), so that what an image brings as a device of the machine
 * would be one. Where there are control groups these refuse it. A user in a namespace gets no devices anyway.
 */
export function missingWall(flavour: OciFlavour, mode: CgroupMode): string | undefined {
  if (flavour !== 'crun' || mode !== 'none') return undefined;
  return 'crun keeps devices from a container by control groups alone, and this machine has none';
}

function stateFolder({ work }: Pick<PreparedContainer, 'work'>): string {
  return join(work, 'state');
}

/** A container that lives long may see many of them. */
async function removeExec(report: string): Promise<void> {
  for (const path of [report, report.replace(/\.log$/, '.json')]) await rm(path, { force: true });
}

function version(mode: CgroupMode): 'v1' | 'v2' | 'none' {
  return mode === 'hybrid' ? 'v1' : mode;
}

/**
 * crun refuses to run where both versions of control groups are mounted. The agent has its own mount namespace, so there
 * the second one can be covered; unmounted, crun would make its groups as plain directories on the machine's tmpfs.
 */
async function hideUnified(mounts: MountCalls): Promise<void> {
  try {
    await mounts.mount({ type: 'tmpfs', target: join(CGROUP_ROOT, 'unified'), options: 'size=1m' });
  } catch (error) {
    throw toPhylloError(error, 'hide the second version of control groups from crun');
  }
}

/** Its environment has nothing of ours: what is set for phyllo is not meant for the runtime. */
function command(
  { work }: PreparedContainer,
  { argv: [program = ''] }: ProcessSpec,
  argv: readonly string[],
  report: string,
): Command {
  const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };
  return { argv, env, cwd: work, program, report };
}
