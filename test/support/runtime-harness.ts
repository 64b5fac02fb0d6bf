// Containers on a root made in code, run by each of the linux engine's runtimes in namespaces like the agent's.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { NetworkMode } from '../../src/engine/container.ts';
import type { OutboundTool } from '../../src/engine/linux/network.ts';
import type { ProcessIds, ReadyMount } from '../../src/engine/linux/runtime.ts';

const run = promisify(execFile);

export interface RuntimeJob {
  readonly runtime: 'crun' | 'runc' | 'util-linux';
  readonly rootless: boolean;
  readonly id: string;
  /** For all that the run needs. */
  readonly folder: string;
  readonly rootfs: string;
  readonly argv: readonly string[];
  /** While the main process, which has to be `sleep`, runs; that is killed afterwards. */
  readonly exec?: readonly string[];
  readonly env?: readonly string[];
  readonly workingDir?: string;
  readonly ids?: Partial<ProcessIds>;
  readonly mounts?: readonly ReadyMount[];
  readonly network?: NetworkMode;
  readonly readOnly?: boolean;
  readonly outbound?: readonly OutboundTool[];
  /** There are traces of a run of the same container that did not come to its end. */
  readonly cutOff?: boolean;
  /** Where the compiled filter of system calls is kept. */
  readonly seccompFile?: string;
}

export interface RuntimeResult {
  /** −1 when it was refused before anything ran. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
  readonly error?: { readonly code: string; readonly data: Readonly<Record<string, unknown>> };
}

export interface RuntimeAnswer {
  readonly main: RuntimeResult;
  readonly exec: RuntimeResult | undefined;
}

export type Run = Omit<RuntimeJob, 'runtime' | 'rootless' | 'id' | 'folder' | 'rootfs' | 'seccompFile'>;

const BUSYBOX = '/bin/busybox';
const APPLETS = [
  'sh',
  'cat',
  'chroot',
  'echo',
  'grep',
  'hostname',
  'id',
  'ls',
  'mkdir',
  'mknod',
  'mount',
  'nc',
  'pwd',
].concat([
  'readlink',
  'sleep',
  'stat',
  'touch',
  'true',
  'umount',
  'unshare',
  'wget',
  'ip',
  'nslookup',
  'dd',
  'env',
]);

/** A folder with a root in `rootfs` that has busybox and little more; `remove` it in the end. */
export class RuntimeHarness {
  readonly folder = mkdtempSync(join(tmpdir(), 'phyllo-runtime-'));
  readonly rootfs = join(this.folder, 'rootfs');

  /** Of all containers so far. */
  readonly ids: string[] = [];
  private readonly seccompFile: string | undefined;

  constructor(seccompFile?: string) {
    this.seccompFile = seccompFile;
    chmodSync(this.folder, 0o755);
    for (const name of ['', 'bin', 'etc', 'tmp', 'root']) mkdirSync(join(this.rootfs, name));
    copyFileSync(BUSYBOX, join(this.rootfs, 'bin/busybox'));
    for (const applet of APPLETS) symlinkSync('busybox', join(this.rootfs, 'bin', applet));
  }

  async run(runtime: RuntimeJob['runtime'], rootless: boolean, what: Run): Promise<RuntimeAnswer> {
    const folder = mkdtempSync(join(this.folder, 'job-'));
    const id = randomBytes(32).toString('hex');
    this.ids.push(id);
    const { rootfs, seccompFile } = this;
    const job: RuntimeJob = {
      ...what,
      runtime,
      rootless,
      id,
      folder,
      rootfs,
      ...(seccompFile && { seccompFile }),
    };
    const file = join(folder, 'job.json');
    writeFileSync(file, JSON.stringify(job));
    const user = rootless ? ['--user', '--map-root-user'] : [];
    const agent = fileURLToPath(import.meta.resolve('./runtime-job.ts'));
    const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private'];
    const { stdout } = await run('unshare', [...namespaces, ...user, execPath, agent, file]);
    return JSON.parse(stdout) as RuntimeAnswer;
  }

  /** What the containers so far were told by. */
  bundles(): string[] {
    return readdirSync(this.folder)
      .filter((name) => name.startsWith('job-'))
      .map((job) => readFileSync(join(this.folder, job, 'work', 'config.json'), 'utf8'));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
