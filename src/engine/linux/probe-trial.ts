// Trying out what files cannot tell: whether namespaces may be made here, whether overlayfs mounts, whether a runtime runs
// a container. Each is done for real, in namespaces that are gone afterwards.
import { type ExecFileException, execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { arch } from 'node:process';
import { safeText } from '../../lib/text.ts';
import type { ContainerConfig } from '../container.ts';
import { cgroupMode } from './cgroups.ts';
import type { IdMap } from './launch.ts';
import { ociConfig } from './oci-bundle.ts';
import { missingWall } from './oci-runtime.ts';
import { PROBE_EXIT_CODE, probeProgram } from './probe-program.ts';
import { quote } from './util-linux-script.ts';

const TIMEOUT_MS = 10_000;
const CGROUP_ROOT = '/sys/fs/cgroup';
const ID_MAPS: Readonly<Record<IdMap, readonly string[]>> = {
  root: [],
  subordinate: ['-U', '--map-auto', '--map-root-user'],
  one: ['-U', '--map-root-user'],
};

/** undefined: it works; else why it does not, safe to show. */
export type Verdict = string | undefined;

export class ProbeTrial {
  private readonly unshare: string;
  private readonly folder: string;

  private constructor(unshare: string, folder: string) {
    this.unshare = unshare;
    this.folder = folder;
  }

  /** `place`: a folder on the file system that containers will be on. */
  static async open(unshare: string, place: string): Promise<ProbeTrial> {
    const folder = await mkdtemp(join(place, 'probe-'));
    await chmod(folder, 0o755);
    return new ProbeTrial(unshare, folder);
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Namespaces like those of the agent, with a /proc of their own. */
  async namespaces(idMap: IdMap): Promise<Verdict> {
    return this.inside(idMap, 'exit 0', 0);
  }

  async overlay(idMap: IdMap): Promise<Verdict> {
    const base = join(this.folder, `overlay-${idMap}`);
    for (const name of ['', 'lower', 'upper', 'work', 'merged']) await mkdir(join(base, name));
    const form = idMap === 'root' ? '' : ',userxattr';
    const options = `lowerdir=lower,upperdir=upper,workdir=work${form}`;
    const script = `cd ${quote(base)} && mount -t overlay -o ${options} overlay merged && echo x > merged/x`;
    // The work directory has no mode at all: whoever may not search it cannot remove it later.
    return this.inside(idMap, `${script} && umount merged && rm -rf work upper`, 0);
  }

  /** Runs a container whose program ends at once. */
  async runtime(idMap: IdMap, name: 'crun' | 'runc', program: string): Promise<Verdict> {
    const code = probeProgram(arch);
    if (code === undefined) return `it cannot be tried out on ${arch}`;
    const bundle = join(this.folder, `${name}-${idMap}`);
    const rootfs = join(bundle, 'rootfs');
    await mkdir(rootfs, { recursive: true });
    await writeFile(join(rootfs, 'probe'), code, { mode: 0o755 });
    const mode = cgroupMode(CGROUP_ROOT);
    const rootless = idMap !== 'root';
    const lack = rootless ? undefined : missingWall(name, mode);
    if (lack !== undefined) return lack;
    const id = `probe-${process.pid}-${Date.now()}`;
    const config = ociConfig(probeContainer(id, rootfs, bundle, rootless), {
      cgroups: rootless ? 'none' : mode === 'hybrid' ? 'v1' : mode,
    });
    await writeFile(join(bundle, 'config.json'), JSON.stringify(config));
    const hide =
      name === 'crun' && mode === 'hybrid'
        ? `mount -t tmpfs -o size=1m tmpfs ${CGROUP_ROOT}/unified && `
        : '';
    const manager = name === 'crun' && rootless ? ['--cgroup-manager=disabled'] : [];
    const run = [program, '--root', join(bundle, 'state'), ...manager, 'run', '--bundle', bundle, id];
    return this.inside(idMap, `${hide}exec ${run.map(quote).join(' ')}`, PROBE_EXIT_CODE);
  }

  private inside(idMap: IdMap, script: string, expected: number): Promise<Verdict> {
    const namespaces = ['-m', '-p', '-f', '--kill-child', '--propagation', 'private'];
    const shell = `mount -t proc proc /proc && ${script}`;
    const args = [...ID_MAPS[idMap], ...namespaces, '--', 'sh', '-c', shell];
    return new Promise((resolve) => {
      execFile(this.unshare, args, { timeout: TIMEOUT_MS, killSignal: 'SIGKILL' }, (error, _, stderr) => {
        resolve(verdict(error, stderr, expected));
      }).stdin?.end();
    });
  }
}

function verdict(error: ExecFileException | null, stderr: string, expected: number): Verdict {
  const code = error === null ? 0 : error.code;
  if (code === expected) return undefined;
  const lines = stderr.trim().split('\n');
  const last = safeText(lines.at(-1)?.slice(0, 300) ?? '');
  if (error?.killed) return 'it did not end in time';
  return last === '' ? `it ended with ${String(code)}` : last;
}

function probeContainer(id: string, rootfs: string, work: string, rootless: boolean) {
  const process = { argv: ['/probe'], env: [], workingDir: '/', user: '', tty: false, stdin: false };
  return {
    config: {
      id,
      process,
      hostname: 'probe',
      network: 'none',
      readOnly: false,
    } as unknown as ContainerConfig,
    ids: { uid: 0, gid: 0, additionalGids: [], home: '/' },
    rootfs,
    work,
    etc: { hostname: '/dev/null', hosts: '/dev/null', resolvConf: '/dev/null' },
    mounts: [],
    rootless,
  };
}
