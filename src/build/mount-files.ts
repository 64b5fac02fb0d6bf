// What RUN mounts, made ready on this machine: copies of files of stages and contexts, folders of caches, secrets. All but
// the caches lies in folders of its own that are removed after the step.
import { chmod, chown, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Range } from '../dockerfile/instruction.ts';
import type { Mount } from '../engine/container.ts';
import { PhylloError } from '../lib/errors.ts';
import { type Lock, Locker } from '../lib/lock.ts';
import { safeText } from '../lib/text.ts';
import { applyLayer } from '../layer/apply.ts';
import { writeTar } from '../layer/tar-writer.ts';
import { digestOf } from '../oci/digest.ts';
import type { Platform } from '../oci/platform.ts';
import type { BuildParts } from './build-parts.ts';
import { dockerfileError } from './dockerfile-error.ts';
import type { MountPlan } from './run-mounts.ts';
import { type FoundSource, followed } from './sources.ts';
import { treeMembers } from './tree-members.ts';
import type { RunCommand } from './run-command.ts';

export interface ReadyMounts {
  readonly mounts: readonly Mount[];
  /** `NAME=value`. */
  readonly env: readonly string[];
  /** The container has them: secrets need no name any more. */
  mounted(): Promise<void>;
  /** Removes what was made for the step, and lets caches go. */
  done(): Promise<void>;
}

export interface MountContext {
  readonly build: BuildParts;
  readonly platform: Platform;
  readonly range: Range;
  readonly signal: AbortSignal;
}

/** Names of volumes that are caches of builds. */
export const CACHE_PREFIX = 'build-cache-';
const FOLDER_PREFIX = 'phyllo-build-';
/** Locked in a folder as long as somebody uses it. */
const OWNER_LOCK = 'owner';
const SCRIPT_MODE = 0o755;
const CACHE_TIMEOUT_MS = 24 * 60 * 60 * 1000;

/** Where the files of a mount come from; undefined for what has none. */
export async function mountSource(
  plan: MountPlan,
  { build: { sources }, platform, range }: Omit<MountContext, 'signal'>,
): Promise<FoundSource | undefined> {
  if (plan.type !== 'bind' && plan.type !== 'cache') return undefined;
  if (plan.from !== undefined && plan.from !== '') return sources.named(plan.from, platform, range);
  return plan.type === 'bind' ? { files: await sources.context(), keepsOwners: false } : undefined;
}

/** `script` is a file of the step's own. */
export async function prepareMounts(
  plans: readonly MountPlan[],
  context: MountContext,
  script: RunCommand['file'],
): Promise<ReadyMounts> {
  const work = new MountWork(context);
  try {
    if (script !== undefined)
      await work.addFile(script.path, Buffer.from(script.content), { mode: SCRIPT_MODE });
    for (const plan of plans) await work.add(plan);
    return {
      mounts: work.mounts,
      env: work.env,
      mounted: () => work.hideFiles(),
      done: () => work.done(),
    };
  } catch (error) {
    await work.done();
    throw error;
  }
}

class MountWork {
  readonly mounts: Mount[] = [];
  readonly env: string[] = [];
  private readonly context: MountContext;
  private readonly locker = new Locker();
  private readonly locks: Lock[] = [];
  private readonly files: string[] = [];
  private folder: string | undefined;
  private count = 0;

  constructor(context: MountContext) {
    this.context = context;
  }

  async add(plan: MountPlan): Promise<void> {
    switch (plan.type) {
      case 'tmpfs': {
        const options = plan.sizeBytes === undefined ? [] : [`size=${plan.sizeBytes}`];
        this.mounts.push({ type: 'tmpfs', target: plan.target, options });
        return;
      }
      case 'bind':
        this.mounts.push({
          type: 'bind',
          source: await this.copyOf(plan),
          target: plan.target,
          readOnly: !plan.writable,
        });
        return;
      case 'cache':
        return this.addCache(plan);
      case 'secret':
        return this.addSecret(plan);
      case 'ssh':
        return this.addSocket(plan);
    }
  }

  /** A copy, so that what .dockerignore leaves out is not to be seen, and what is written changes nothing. */
  private async copyOf(plan: Extract<MountPlan, { type: 'bind' | 'cache' }>): Promise<string> {
    const { range, signal } = this.context;
    const source = (await mountSource(plan, this.context))!;
    const raw = Buffer.from(plan.source).toString('latin1');
    const found = followed(source.files, raw);
    if (found === undefined) {
      throw dockerfileError(range, `--mount: ${JSON.stringify(plan.source)} is not there`, {
        code: 'not-found',
      });
    }
    const place = await this.place();
    const tar = writeTar(treeMembers(source, found.path, 'mount'));
    await applyLayer(tar, place, { owners: true, privileges: true, signal });
    return join(place, 'mount');
  }

  private async addCache(plan: Extract<MountPlan, { type: 'cache' }>): Promise<void> {
    const { root, paths } = this.context.build.tools.store;
    const shared = `${CACHE_PREFIX}${digestOf(plan.id).slice('sha256:'.length, 'sha256:'.length + 32)}`;
    const name = await this.claim(join(root, 'locks'), shared, plan.sharing);
    const folder = join(paths.volumes, name);
    const isNew = await stat(folder).then(
      () => false,
      () => true,
    );
    if (isNew) {
      if (plan.from) await this.seed(plan, folder);
      else await mkdir(folder, { recursive: true });
      await chmod(folder, plan.mode);
      await chown(folder, plan.uid, plan.gid).catch(() => undefined);
    }
    this.mounts.push({ type: 'volume', name, target: plan.target, readOnly: plan.readOnly, noCopy: true });
  }

  private async seed(plan: Extract<MountPlan, { type: 'cache' }>, folder: string): Promise<void> {
    const source = (await mountSource(plan, this.context))!;
    const found = followed(source.files, Buffer.from(plan.source).toString('latin1'));
    await mkdir(folder, { recursive: true });
    if (found === undefined) return;
    const tar = writeTar(treeMembers(source, found.path, ''));
    await applyLayer(tar, folder, { owners: true, privileges: true, signal: this.context.signal });
  }

  /** The name of the folder that is ours for this step. */
  private async claim(
    folder: string,
    name: string,
    sharing: 'shared' | 'private' | 'locked',
  ): Promise<string> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { signal } = this.context;
    const purpose = 'cache of a build';
    for (let number = 0; ; number++) {
      const own = number === 0 ? name : `${name}-${number}`;
      const mode = sharing === 'shared' ? 'shared' : 'exclusive';
      const timeoutMs = sharing === 'private' ? 0 : CACHE_TIMEOUT_MS;
      try {
        this.locks.push(await this.locker.acquire(join(folder, own), { mode, purpose, timeoutMs, signal }));
        return own;
      } catch (error) {
        if (sharing !== 'private' || !(error instanceof PhylloError) || error.code !== 'locked') throw error;
      }
    }
  }

  private async addSecret(plan: Extract<MountPlan, { type: 'secret' }>): Promise<void> {
    const secret = this.context.build.secrets.get(plan.id);
    if (secret === undefined) return this.absent('secret', plan.id, plan.required);
    const data = await secret.read();
    if (plan.env !== undefined) this.env.push(`${plan.env}=${Buffer.from(data).toString()}`);
    if (plan.target !== undefined) await this.addFile(plan.target, data, plan);
  }

  async addFile(
    target: string,
    data: Uint8Array,
    { mode, uid = 0, gid = 0 }: { mode: number; uid?: number; gid?: number },
  ): Promise<void> {
    const source = join(await this.place(), 'file');
    this.files.push(source);
    await writeFile(source, data, { mode, flag: 'wx' });
    await chmod(source, mode);
    await chown(source, uid, gid).catch(() => undefined);
    this.mounts.push({ type: 'bind', source, target, readOnly: true });
  }

  private addSocket(plan: Extract<MountPlan, { type: 'ssh' }>): void {
    const socket = this.context.build.ssh.get(plan.id);
    if (socket === undefined) return this.absent('ssh', plan.id, plan.required);
    // One variable can name one agent: the first.
    if (this.env.every((variable) => !variable.startsWith('SSH_AUTH_SOCK='))) {
      this.env.push(`SSH_AUTH_SOCK=${plan.target}`);
    }
    this.mounts.push({ type: 'bind', source: socket, target: plan.target, readOnly: false });
  }

  private absent(kind: 'secret' | 'ssh', id: string, isRequired: boolean): void {
    if (!isRequired) return;
    throw dockerfileError(this.context.range, `--mount: ${kind} ${JSON.stringify(id)} was not given`, {
      code: 'not-found',
      hint: kind === 'secret' ? `Give it with --secret id=${safeText(id)},src=FILE.` : 'Give it with --ssh.',
    });
  }

  /** An empty folder of its own; not in the store, which no container gets to see. */
  private async place(): Promise<string> {
    this.folder ??= await this.makeFolder();
    const place = join(this.folder, String(this.count++));
    await mkdir(place);
    return place;
  }

  private async makeFolder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), FOLDER_PREFIX));
    const wishes = { mode: 'exclusive', purpose: 'build', timeoutMs: 0 } as const;
    this.locks.push(await this.locker.acquire(join(folder, OWNER_LOCK), wishes));
    return folder;
  }

  /** A mount outlives the name of what was mounted, and a file without a name is gone when we are killed. */
  async hideFiles(): Promise<void> {
    await Promise.all(this.files.map((path) => rm(path, { force: true })));
  }

  async done(): Promise<void> {
    if (this.folder !== undefined) await rm(this.folder, { recursive: true, force: true });
    await Promise.all(this.locks.splice(0).map((lock) => lock.release()));
  }
}

/** Removes what builds that were killed have left. What somebody uses is theirs. */
export async function sweepMountFolders(): Promise<void> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(FOLDER_PREFIX));
  for (const name of names) {
    const folder = join(tmpdir(), name);
    const wishes = { mode: 'exclusive', purpose: 'sweep', timeoutMs: 0, mustExist: true } as const;
    const lock = await new Locker().acquire(join(folder, OWNER_LOCK), wishes).catch(() => undefined);
    if (lock === undefined) continue;
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    await lock.release();
  }
}
