// Layers unpacked once, for all containers. On disk, below `directory`:
//   KEY/d            a layer's tree as overlayfs stacks it, KEY/layer.json its record
//   chains/KEY.json  the layers of an image, by chainID: whoever finds it need not look at trees
//   tmp/             what is being unpacked or removed; locks/ one file for each layer at work
// A layer is there when its folder is: it gets its name last, when it is whole and durable.
import { PhylloError, toPhylloError } from '../lib/errors.ts';
import { type Lock, Locker } from '../lib/lock.ts';
import type { ReportProgress } from '../lib/progress.ts';
import { type Digest, shortDigest } from '../oci/digest.ts';
import type { BlobLocation } from '../oci/image.ts';
import type { StackIndex } from '../tree/stack-index.ts';
import { LayerFolders, type UnpackedLayer } from './layer-folders.ts';
import { type LayerKey, chainKey, layerKey } from './layer-keys.ts';
import { type UnpackPlan, unpackPlan } from './unpack-plan.ts';
import {
  type LayerRecord,
  type UnpackForm,
  type UnpackJob,
  type UnpackOptions,
  removeFolder,
  unpackLayer,
} from './unpack.ts';

/** Who does the work: another process, in the user namespace whose users own the layers. */
export interface LayerWorker {
  /** As `unpackLayer`. When it is told to stop it has ended before it rejects. */
  unpack(job: UnpackJob, options: UnpackOptions): Promise<LayerRecord>;
  /** As `removeFolder`. */
  remove(path: string): Promise<void>;
}

export interface UnpackedLayersOptions {
  readonly form: UnpackForm;
  /** Default: this process. */
  readonly worker?: LayerWorker;
}

/** The layers of an image, base first. */
export interface LayerStack {
  readonly diffIDs: readonly Digest[];
  stack(): Promise<StackIndex>;
  /** Where the blob of layer `index` lies. */
  locate(index: number): Promise<BlobLocation>;
}

/** Of several images: diffIDs, base first. */
export type Stacks = readonly (readonly Digest[])[];

export interface EnsureOptions {
  readonly signal?: AbortSignal | undefined;
  /** One `item` for each layer that has to be unpacked. */
  readonly onProgress?: ReportProgress | undefined;
}

/** One layer of a stack on its way. */
interface Wanted {
  readonly key: LayerKey;
  readonly index: number;
  readonly plan: UnpackPlan;
}

const IN_PROCESS: LayerWorker = {
  unpack: unpackLayer,
  remove: async (path) => removeFolder(path),
};

/** A user's layers and root's may lie in one folder. */
const FORMS: readonly UnpackForm[] = ['trusted', 'user'];

const UNPACK_TIMEOUT_MS = 60 * 60 * 1000;

export class UnpackedLayers {
  readonly form: UnpackForm;
  private readonly folders: LayerFolders;
  private readonly worker: LayerWorker;
  private readonly locker = new Locker();

  constructor(directory: string, { form, worker = IN_PROCESS }: UnpackedLayersOptions) {
    this.form = form;
    this.worker = worker;
    this.folders = new LayerFolders(directory, this.locker, (path) => worker.remove(path));
  }

  get directory(): string {
    return this.folders.root;
  }

  /** The trees of all layers, absolute, base first; undefined unless all are there. */
  async find(diffIDs: readonly Digest[]): Promise<string[] | undefined> {
    const keys = await this.folders.readChain(chainKey(this.form, diffIDs));
    if (keys?.length !== diffIDs.length) return undefined;
    const there = await Promise.all(keys.map((key) => this.folders.has(key)));
    return there.every(Boolean) ? keys.map((key) => this.folders.tree(key)) : undefined;
  }

  /**
   * The same, after what is missing was unpacked. Hold a `lease` until it is written down what needs them. Throws
   * `digest-mismatch`, `invalid-archive`, `no-space`, `cancelled` …, and then leaves only layers that are whole.
   */
  async ensure(layers: LayerStack, options: EnsureOptions = {}): Promise<string[]> {
    const found = await this.find(layers.diffIDs);
    if (found) return found;
    await this.folders.make();
    await this.folders.reclaim();
    const keys: LayerKey[] = [];
    const stack = await layers.stack();
    for (const [index, diffID] of layers.diffIDs.entries()) {
      const plan = unpackPlan(stack, index);
      const key = layerKey(this.form, diffID, plan, layers.diffIDs.slice(0, index));
      await this.ensureLayer(layers, { key, index, plan }, keys, options);
      keys.push(key);
    }
    await this.folders.writeChain(chainKey(this.form, layers.diffIDs), keys);
    return keys.map((key) => this.folders.tree(key));
  }

  /** Two processes never unpack the same layer: the second waits, and then it is there. */
  private async ensureLayer(
    layers: LayerStack,
    wanted: Wanted,
    below: readonly LayerKey[],
    options: EnsureOptions,
  ): Promise<void> {
    if (await this.folders.has(wanted.key)) return;
    const lock = await this.folders.lock(wanted.key, {
      purpose: 'unpack',
      timeoutMs: UNPACK_TIMEOUT_MS,
      signal: options.signal,
    });
    try {
      if (!(await this.folders.has(wanted.key))) await this.unpack(layers, wanted, below, options);
    } finally {
      await lock.release();
    }
  }

  private async unpack(
    layers: LayerStack,
    { key, index, plan }: Wanted,
    below: readonly LayerKey[],
    options: EnsureOptions,
  ): Promise<void> {
    const folder = this.folders.temporary(key);
    const diffID = layers.diffIDs[index]!;
    const doing = `unpack layer ${shortDigest(diffID)}`;
    try {
      if (options.signal?.aborted) throw new PhylloError('cancelled', `${doing}: cancelled`);
      const job: UnpackJob = {
        blob: await layers.locate(index),
        diffID,
        form: this.form,
        folder,
        lowers: plan.links.length === 0 ? [] : below.map((lower) => this.folders.tree(lower)),
        plan,
      };
      await this.worker.unpack(job, options);
      await this.folders.settle(folder, key);
    } catch (error) {
      await this.worker.remove(folder).catch(() => undefined);
      throw toPhylloError(error, doing);
    }
  }

  /** Keeps `remove` and `prune` of other processes away. */
  lease(signal?: AbortSignal): Promise<Lock> {
    return this.folders.lease(signal);
  }

  list(): Promise<UnpackedLayer[]> {
    return this.folders.list();
  }

  /** Those that none of these stacks (diffIDs, base first) has. */
  async unused(keep: Stacks): Promise<UnpackedLayer[]> {
    const { kept } = await this.needed(keep);
    return (await this.folders.list()).filter(({ key }) => !kept.has(key));
  }

  private async needed(stacks: Stacks): Promise<{ chains: Set<LayerKey>; kept: Set<LayerKey> }> {
    const chains = new Set(FORMS.flatMap((form) => stacks.map((diffIDs) => chainKey(form, diffIDs))));
    const kept = new Set<LayerKey>();
    for (const chain of chains) for (const key of (await this.folders.readChain(chain)) ?? []) kept.add(key);
    return { chains, kept };
  }

  /**
   * Removes layers that none of the stacks has that `keep` tells, and tells which. It is asked when nobody can write
   * down any more that they need another. Throws `locked` while others hold leases.
   */
  prune(keep: () => Promise<Stacks>): Promise<UnpackedLayer[]> {
    return this.folders.alone('prune', async () => {
      const { chains, kept } = await this.needed(await keep());
      const gone = (await this.folders.list()).filter(({ key }) => !kept.has(key));
      await this.folders.forgetChains(chains);
      for (const key of await this.folders.keys()) if (!kept.has(key)) await this.folders.retire(key);
      await this.folders.reclaim();
      return gone;
    });
  }
}
