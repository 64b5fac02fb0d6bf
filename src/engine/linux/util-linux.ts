// Containers without an OCI runtime: util-linux alone makes the namespaces, the mounts and takes the rights away. What it
// cannot do is filter system calls, so it is for machines that have nothing better, and says so in its title.
import { existsSync, readFileSync } from 'node:fs';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Directory } from '../../layer/apply-directory.ts';
import { PhylloError, isSystemError, toPhylloError } from '../../lib/errors.ts';
import { safeText } from '../../lib/text.ts';
import type { ProcessSpec } from '../container.ts';
import { removeCgroups } from './cgroups.ts';
import { withHome } from './oci-bundle.ts';
import { requireMapped } from './id-map.ts';
import { requireProgram } from './program.ts';
import type { Command, ContainerRuntime, PreparedContainer, ProcessIds, ReadyMount } from './runtime.ts';
import { kernelMounts, protections } from './util-linux-mounts.ts';
import {
  type InnerProcess,
  type MountStep,
  enterCommand,
  innerCommand,
  mountTable,
  quote,
  setupScript,
} from './util-linux-script.ts';
import { KERNEL_FOLDERS, makeKernelFolders, mountTarget } from './util-linux-targets.ts';
import { TOOLS_ENV, TOOLS_INSIDE, copyTools } from './util-linux-tools.ts';

const CGROUP_ROOT = '/sys/fs/cgroup';
const PID_FILE = 'pid';
const RUN_LOG = 'run.log';
/** Never written: an exec that fails says so on its own standard error. */
const EXEC_LOG = 'exec.log';

export class UtilLinuxRuntime implements ContainerRuntime {
  readonly title = 'util-linux: no seccomp';

  async prepare(container: PreparedContainer): Promise<Command> {
    const { config, work } = container;
    requireMapped(container.ids);
    requireProgram(container, config.process);
    const report = join(work, RUN_LOG);
    // What is left of a run that was cut off would be taken for this one's.
    await Promise.all([pidFile(container), report].map((path) => rm(path, { force: true })));
    const tools = join(work, 'tools');
    await copyTools(tools);
    const places = await placeMounts(container);
    const inside = TOOLS_INSIDE.slice(1);
    const own = { source: tools, target: inside, type: 'bind', options: ['ro', 'nosuid', 'nodev'] };
    const tables = { kernel: join(work, 'kernel.fstab'), others: join(work, 'others.fstab') };
    await writeTable(tables.kernel, container, kernelMounts(container));
    await writeTable(tables.others, container, [...places, own, ...protections(container)]);
    const script = setupScript({
      id: config.id,
      rootfs: container.rootfs,
      hostname: config.hostname,
      pidFile: pidFile(container),
      tables,
      readOnly: config.readOnly,
      tty: config.process.tty,
      rootless: container.rootless,
      enter: enterCommand(innerProcess(config.process, container.ids)),
    });
    const path = join(work, 'setup.sh');
    await writeFile(path, script, { mode: 0o600 });
    const start = [...namespaces(container), 'sh', path];
    return command(work, config.process, ['sh', '-c', startScript(start, report)], report);
  }

  async pid(container: PreparedContainer): Promise<number | undefined> {
    const text = await readFile(pidFile(container), 'utf8').catch((error: unknown) => {
      if (isSystemError(error, 'ENOENT')) return '';
      throw toPhylloError(error, 'read process number of container');
    });
    const pid = Number.parseInt(text, 10);
    return pid > 0 && existsSync(`/proc/${pid}`) ? pid : undefined;
  }

  async exec(container: PreparedContainer, process: ProcessSpec, ids: ProcessIds): Promise<Command> {
    requireMapped(ids);
    requireProgram(container, process);
    const pid = await this.pid(container);
    if (pid === undefined) throw new PhylloError('invalid-argument', 'run program: the container has ended');
    const network = container.config.network === 'host' ? [] : ['--net'];
    const argv = [
      'nsenter',
      `--target=${pid}`,
      '--mount',
      '--uts',
      '--ipc',
      '--pid',
      ...network,
      '--root',
      '--',
      ...innerCommand(innerProcess(process, ids)),
    ];
    return command(container.work, process, argv, join(container.work, EXEC_LOG));
  }

  async explain({ cwd, report }: Command, exitCode: number): Promise<PhylloError | undefined> {
    // Only setting up writes to the report, and its last step is to write down the PID.
    if (report === join(cwd, EXEC_LOG) || existsSync(join(cwd, PID_FILE))) return undefined;
    const lines = (await readFile(report, 'utf8').catch(() => '')).trim().split('\n');
    const reason = safeText(lines.at(-1)?.slice(0, 500) ?? '') || `it ended with code ${exitCode}`;
    return new PhylloError('engine-unavailable', `start container: ${reason}`, { data: { exitCode: 125 } });
  }

  async cleanUp(container: Pick<PreparedContainer, 'work' | 'config' | 'rootless'>): Promise<void> {
    if (!container.rootless) await removeCgroups(CGROUP_ROOT, container.config.id);
    await rm(join(container.work, PID_FILE), { force: true });
    await rm(join(container.work, 'tools'), { recursive: true, force: true });
  }
}

/**
 * unshare cannot pass on that its child was killed by SIGKILL: it ends with 1 and a complaint. That goes to the report and
 * not to the container's standard error, which is descriptor 9 meanwhile.
 */
function startScript(start: readonly string[], report: string): string {
  const log = quote(report);
  return [
    `exec 9>&2 2>${log}`,
    `${start.map(quote).join(' ')}; code=$?`,
    `if [ $code = 1 ] && grep -q 'sigprocmask unblock failed' ${log}; then exit 137; fi`,
    'exit $code',
  ].join('\n');
}

async function writeTable(path: string, { rootfs }: PreparedContainer, steps: MountStep[]): Promise<void> {
  await writeFile(path, mountTable(rootfs, steps), { mode: 0o600 });
}

function pidFile({ work }: Pick<PreparedContainer, 'work'>): string {
  return join(work, PID_FILE);
}

function command(
  cwd: string,
  { argv: [program = ''] }: ProcessSpec,
  argv: string[],
  report: string,
): Command {
  return { argv, env: TOOLS_ENV, cwd, program, report };
}

function innerProcess(process: ProcessSpec, ids: ProcessIds): InnerProcess {
  return {
    ids,
    argv: process.argv,
    env: withHome(process.env, ids.home),
    workingDir: process.workingDir,
    mayHaveGroups: readFileSync('/proc/self/setgroups', 'utf8').trim() !== 'deny',
  };
}

function namespaces({ config, netns }: PreparedContainer): string[] {
  const join = netns === undefined ? [] : ['nsenter', `--net=${netns}`, '--'];
  const network = config.network !== 'host' && netns === undefined ? ['--net'] : [];
  const own = ['--mount', '--pid', '--uts', '--ipc', ...network];
  return [...join, 'unshare', ...own, '--fork', '--kill-child', '--propagation', 'private', '--'];
}

/** Makes all places in the root that mounts need. */
async function placeMounts(container: PreparedContainer): Promise<MountStep[]> {
  const root = Directory.open(container.rootfs);
  try {
    makeKernelFolders(root);
    const { etc, mounts } = container;
    const steps: MountStep[] = [];
    for (const [name, source] of [
      ['hostname', etc.hostname],
      ['hosts', etc.hosts],
      ['resolv.conf', etc.resolvConf],
    ] as const) {
      if (source === undefined) continue;
      const target = mountTarget(root, `/etc/${name}`, 'file');
      steps.push({ source, target, type: 'bind', options: [] });
    }
    for (const mount of mounts) steps.push(await placeMount(root, mount));
    refuseNested(steps);
    makeWorkingDir(root, container.config.process.workingDir, steps);
    return steps;
  } finally {
    root.close();
  }
}

async function placeMount(root: Directory, mount: ReadyMount): Promise<MountStep> {
  if (mount.type === 'tmpfs') {
    const target = mountTarget(root, mount.target, 'dir');
    return {
      source: 'tmpfs',
      target,
      type: 'tmpfs',
      options: ['nosuid', 'nodev', 'noexec', ...mount.options],
    };
  }
  const isDirectory = (await stat(mount.source)).isDirectory();
  const target = mountTarget(root, mount.target, isDirectory ? 'dir' : 'file');
  return {
    source: mount.source,
    target,
    type: 'bind',
    options: ['rbind', ...(mount.readOnly ? ['ro'] : [])],
  };
}

/** What lies in a mounted folder can change while we look at it; only a runtime that holds descriptors can mount there. */
function refuseNested(steps: readonly MountStep[]): void {
  const taken = [...steps.map(({ target }) => target), ...KERNEL_FOLDERS];
  for (const { target } of steps) {
    const above = taken.find((other) => target === '' || target.startsWith(`${other}/`));
    if (above === undefined) continue;
    throw new PhylloError('unsupported', `mount on /${safeText(target)}: it lies in another mount`, {
      hint: 'crun or runc can do that',
    });
  }
}

function makeWorkingDir(root: Directory, workingDir: string, steps: readonly MountStep[]): void {
  const path = workingDir.replace(/^\/+/, '');
  const mounted = [...steps.map(({ target }) => target), ...KERNEL_FOLDERS];
  if (path === '' || mounted.some((target) => `${path}/`.startsWith(`${target}/`))) return;
  mountTarget(root, workingDir, 'dir');
}
