// What is written down of containers: a directory for each with config.json (never changes) and state.json. Any number of
// processes read and write them at once; each file is replaced as a whole, so that readers need no lock.
import { mkdir, readFile, readdir, rename, rm, rmdir, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { PhylloError, isPhylloError, isSystemError, toPhylloError } from '../lib/errors.ts';
import { exists, fsyncDirectory, makeDirectory, writeAtomically, writeDurably } from '../lib/files.ts';
import { type Lock, Locker } from '../lib/lock.ts';
import { safeText } from '../lib/text.ts';
import type { Container, ContainerConfig, ContainerId, ContainerState } from './container.ts';
import { findContainer, noContainer } from './find-container.ts';
import { checkContainerName, makeUpName } from './names.ts';
import { deadContainer, parseContainerConfig, parseContainerState } from './record-json.ts';
import { markChange, watchChanges } from './record-watch.ts';

/** Removes what records do not know how to remove (an upperdir with other users' files), within the given directory. */
export type RemoveData = (directory: string, config: ContainerConfig | undefined) => Promise<void>;

const CONFIG = 'config.json';
const STATE = 'state.json';
/** Not `lock`, which the agent of a running container holds. */
const STATE_LOCK = 'state.lock';
const NAMES_LOCK = '.names.lock';
const UNFINISHED = '.new-';
const TRASH = '.trash-';
const LOCK_TIMEOUT_MS = 30_000;
const ID = /^[0-9a-f]{64}$/;

export class ContainerRecords {
  readonly directory: string;
  private readonly locker: Locker;

  constructor(directory: string, locker = new Locker()) {
    this.directory = directory;
    this.locker = locker;
  }

  /** Where a container has its files. */
  pathOf(id: ContainerId): string {
    if (!ID.test(id)) throw noContainer(id);
    return join(this.directory, id);
  }

  /**
   * A record with the status `created`, under `name` or a made-up one. `prepare` fills the directory before anybody can
   * see it; when it throws nothing is left. Throws `already-exists` for a name in use, `invalid-argument`.
   */
  async create(
    config: ContainerConfig,
    name?: string,
    prepare?: (directory: string) => Promise<void>,
  ): Promise<Container> {
    if (name !== undefined) checkContainerName(name);
    await makeDirectory(this.directory);
    return this.underNames('create container', async () => {
      const taken = new Map((await this.list()).map((container) => [container.name, container.id]));
      const used = name === undefined ? undefined : taken.get(name);
      if (used !== undefined) throw inUse(name!, used);
      const state: ContainerState = {
        name: name ?? makeUpName((made) => taken.has(made)),
        status: 'created',
        pid: 0,
        published: [],
      };
      await this.writeNew(config, state, prepare);
      return { ...config, ...state };
    });
  }

  /** Newest first; those that cannot be read are `dead`. */
  async list(): Promise<Container[]> {
    const names = await namesIn(this.directory);
    const found = await Promise.all(names.filter((name) => ID.test(name)).map((id) => this.read(id)));
    return found
      .filter((container) => container !== undefined)
      .sort((a, b) => compareText(b.created, a.created) || compareText(a.id, b.id));
  }

  /** Throws `not-found`. */
  async get(id: ContainerId): Promise<Container> {
    const container = ID.test(id) ? await this.read(id) : undefined;
    if (container === undefined) throw noContainer(id);
    return container;
  }

  /** By ID, name or the start of an ID, in this order as docker has it. Throws `not-found`, `ambiguous`. */
  async find(reference: string): Promise<Container> {
    return findContainer(await this.list(), reference);
  }

  /**
   * Changes the state as the one who does so at this moment; what `change` throws leaves it as it was. A damaged state
   * is handed over as `dead`. Throws `not-found`.
   */
  async updateState(
    id: ContainerId,
    change: (state: ContainerState) => ContainerState,
  ): Promise<ContainerState> {
    const directory = this.pathOf(id);
    const lock = await this.lock(id, directory, 'change state');
    try {
      const state = change(stateOf(await this.get(id)));
      await writeAtomically(join(directory, STATE), JSON.stringify(state)).catch((error: unknown) => {
        throw toNoContainer(error, id);
      });
      markChange(this.directory);
      return state;
    } finally {
      await lock.release();
    }
  }

  /** Throws `already-exists`, `not-found`, `invalid-argument`. */
  async rename(id: ContainerId, name: string): Promise<void> {
    checkContainerName(name);
    await this.get(id);
    await this.underNames('rename container', async () => {
      const used = (await this.list()).find((container) => container.name === name);
      if (used !== undefined) throw inUse(name, used.id);
      await this.updateState(id, (state) => ({ ...state, name }));
    });
  }

  /**
   * From the first step on nobody sees the container any more; config.json goes last, so that after a crash
   * `sweep` knows what is left to remove. Without `isDurable` it may be seen again after a power failure. Throws `not-found`.
   */
  async remove(id: ContainerId, removeData?: RemoveData, isDurable = true): Promise<void> {
    const trash = join(this.directory, `${TRASH}${id}`);
    // The lock goes along with the directory, so that nobody sweeps what is being removed.
    const lock = await this.lock(id, this.pathOf(id), 'remove container');
    try {
      await rename(this.pathOf(id), trash).catch((error: unknown) => {
        throw toNoContainer(error, id);
      });
      if (isDurable) await fsyncDirectory(this.directory);
      markChange(this.directory);
      await discard(trash, removeData);
    } finally {
      await lock.release();
    }
  }

  /** Whether there is something that `sweep` may have to finish. Costs one look at the directory. */
  async hasLeftovers(): Promise<boolean> {
    const names = await namesIn(this.directory);
    return names.some((name) => name.startsWith(UNFINISHED) || name.startsWith(TRASH));
  }

  /** Finishes what a crash left half made or half removed. */
  async sweep(removeData?: RemoveData): Promise<void> {
    const names = await namesIn(this.directory);
    if (names.some((name) => name.startsWith(UNFINISHED))) await this.sweepUnfinished(removeData);
    // Their data may be large: nobody who makes a container has to wait for that.
    for (const name of names)
      if (name.startsWith(TRASH)) await this.sweepTrash(join(this.directory, name), removeData);
  }

  /** Whoever makes one holds the lock on names meanwhile. */
  private sweepUnfinished(removeData: RemoveData | undefined): Promise<void> {
    return this.underNames('tidy up containers', async () => {
      for (const name of await namesIn(this.directory))
        if (name.startsWith(UNFINISHED)) await discard(join(this.directory, name), removeData);
    });
  }

  /** Calls back soon after any container came, went or changed its state, through whatever process. */
  watch(onChange: () => void): () => void {
    return watchChanges(this.directory, onChange);
  }

  private async underNames<Result>(purpose: string, work: () => Promise<Result>): Promise<Result> {
    const lock = await this.locker.acquire(join(this.directory, NAMES_LOCK), {
      mode: 'exclusive',
      purpose,
      timeoutMs: LOCK_TIMEOUT_MS,
    });
    try {
      return await work();
    } finally {
      await lock.release();
    }
  }

  private async writeNew(
    config: ContainerConfig,
    state: ContainerState,
    prepare: ((directory: string) => Promise<void>) | undefined,
  ): Promise<void> {
    const unfinished = join(this.directory, `${UNFINISHED}${config.id}`);
    try {
      await mkdir(unfinished, { mode: 0o700 });
      await Promise.all([
        writeDurably(join(unfinished, CONFIG), Buffer.from(JSON.stringify(config))),
        writeDurably(join(unfinished, STATE), Buffer.from(JSON.stringify(state))),
      ]);
      await prepare?.(unfinished);
      // What goes with its process need not be there after a power failure, only not be there in part.
      if (!config.autoRemove) await fsyncDirectory(unfinished);
      await rename(unfinished, this.pathOf(config.id));
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true });
      throw toPhylloError(error, 'create container');
    }
    if (!config.autoRemove) await fsyncDirectory(this.directory);
    markChange(this.directory);
  }

  /** Undefined when it is not there, or went away meanwhile. */
  private async read(id: ContainerId): Promise<Container | undefined> {
    const directory = join(this.directory, id);
    const config = await readPart(join(directory, CONFIG), parseContainerConfig);
    const state = await readPart(join(directory, STATE), parseContainerState);
    if (config.value && state.value && config.value.id === id) return { ...config.value, ...state.value };
    if (!(await exists(directory))) return undefined;
    const error = config.error ?? state.error ?? 'config.json belongs to another container';
    return deadContainer(id, `its record is damaged: ${error}`, {
      ...config.value,
      ...state.value,
      id,
    });
  }

  private async sweepTrash(directory: string, removeData: RemoveData | undefined): Promise<void> {
    const lock = await this.locker
      .acquire(join(directory, STATE_LOCK), {
        mode: 'exclusive',
        purpose: 'tidy up containers',
        timeoutMs: 0,
      })
      .catch((error: unknown) => {
        // Somebody is at it, or was just done with it.
        if (isPhylloError(error, 'locked') || isPhylloError(error, 'not-found')) return undefined;
        throw error;
      });
    if (lock === undefined) return;
    try {
      if (await exists(directory)) await discard(directory, removeData);
    } finally {
      await lock.release();
    }
  }

  private async lock(id: ContainerId, directory: string, purpose: string): Promise<Lock> {
    const path = join(directory, STATE_LOCK);
    return this.locker
      .acquire(path, { mode: 'exclusive', purpose, timeoutMs: LOCK_TIMEOUT_MS })
      .catch((error: unknown) => {
        throw toNoContainer(error, id);
      });
  }
}

async function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return [];
    throw toPhylloError(error, `list ${directory}`);
  });
}

async function discard(directory: string, removeData: RemoveData | undefined): Promise<void> {
  const { value: config } = await readPart(join(directory, CONFIG), parseContainerConfig);
  await removeData?.(directory, config);
  // Where no record was written yet, nothing may be left of it now.
  for (const name of await namesIn(directory)) {
    if (name !== CONFIG && name !== STATE_LOCK)
      await rm(join(directory, name), { recursive: true, force: true });
  }
  for (const name of [STATE_LOCK, CONFIG]) await gone(unlink(join(directory, name)));
  await gone(rmdir(directory));
}

/** Somebody else may be at it, too: they made a lock of their own in it, and remove it with that. */
async function gone(removing: Promise<void>): Promise<void> {
  await removing.catch((error: unknown) => {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].some((code) => isSystemError(error, code))) throw error;
  });
}

async function readPart<Value>(
  path: string,
  parse: (data: Uint8Array) => Value,
): Promise<{ value?: Value; error?: string }> {
  try {
    return { value: parse(await readFile(path)) };
  } catch (error) {
    return { error: `${basename(path)}, ${safeText(toPhylloError(error, 'read file').message)}` };
  }
}

function stateOf(container: Container): ContainerState {
  const { name, status, pid, startedAt, finishedAt, exitCode, error, published, isolation } = container;
  return {
    name,
    status,
    pid,
    ...(startedAt !== undefined && { startedAt }),
    ...(finishedAt !== undefined && { finishedAt }),
    ...(exitCode !== undefined && { exitCode }),
    ...(error !== undefined && { error }),
    published,
    ...(isolation !== undefined && { isolation }),
  };
}

function inUse(name: string, id: ContainerId): PhylloError {
  return new PhylloError(
    'already-exists',
    `name container ${name}: container ${id.slice(0, 12)} has this name`,
    {
      hint: 'Remove or rename that container, or give another name.',
      data: { container: id },
    },
  );
}

function toNoContainer(error: unknown, id: ContainerId): PhylloError {
  const known = toPhylloError(error, `use container ${id}`);
  return known.code === 'not-found' ? noContainer(id) : known;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
