// Digests of the files of a listed directory: each content is hashed once, a few at a time, and what is known of old is
// not hashed at all.
import { createHash, hash } from 'node:crypto';
import { PhylloError } from '../../lib/errors.ts';
import { SharedTask } from '../../layer/shared-task.ts';
import { Breath } from '../../snapshot/upper-breath.ts';
import { refuseCancelled } from './context-options.ts';
import { DigestColumn } from './digest-column.ts';
import { type DigestRecord, keyText, readDigests, writeDigests } from './digest-file.ts';
import { type ListedFile, contentOf, readListed } from './listed-file.ts';
import { Slots } from './slots.ts';
import type { WalkedDirectory } from './walk-directory.ts';

const AT_ONCE = 4;
/** What is not larger is read in one go. */
const SMALL_BYTES = 256 * 1024;
const READ_BYTES = 1024 * 1024;
/** A file that was written this shortly before it was read may be written again without a sign of it. */
const RACY_NS = 2_000_000_000n;

export class FileDigests {
  private readonly files: WalkedDirectory;
  private readonly listed: (node: number) => ListedFile;
  private readonly digests: DigestColumn;
  /** Known, but not to be relied on in a later run. */
  private readonly racy = new Set<number>();
  /** The node that stands for all names of a file. */
  private readonly firstNames = new Map<string, number>();
  private readonly slots = new Slots(AT_ONCE);
  private readonly breath = new Breath();
  /** For one small file after the other. */
  private readonly room = Buffer.allocUnsafe(SMALL_BYTES);
  private readonly running = new Map<number, SharedTask<Uint8Array>>();
  private isSaved = true;
  /** One for all: a hundred thousand may wait, and an error for each would take a second. */
  private cancelled: PhylloError | undefined;

  constructor(files: WalkedDirectory, listed: (node: number) => ListedFile) {
    this.files = files;
    this.listed = listed;
    this.digests = new DigestColumn(files.table.count);
  }

  /** Takes what a file of `save` still says rightly. Throws `cancelled` only. */
  async load(path: string, signal?: AbortSignal): Promise<void> {
    const take = ({ digest, key, path: name }: DigestRecord): void => {
      const node = this.files.table.find(name);
      if (node > 0 && this.isFile(node) && this.keyOf(node) === key)
        this.digests.set(node, Buffer.from(digest, 'hex'));
      else this.isSaved = false;
    };
    await readDigests(path, take, signal);
  }

  /** Does nothing when nothing is new. */
  async save(path: string): Promise<void> {
    if (this.isSaved) return;
    await writeDigests(path, this.records());
    this.isSaved = true;
  }

  private *records(): Generator<DigestRecord> {
    for (let node = 1; node < this.files.table.count; node++) {
      const digest = this.racy.has(node) ? undefined : this.digests.get(node);
      if (digest !== undefined) yield { digest, key: this.keyOf(node), path: this.files.table.path(node) };
    }
  }

  private isFile(node: number): boolean {
    return this.files.table.type(node) === 'file';
  }

  private keyOf(node: number): string {
    const { table, identities } = this.files;
    return keyText({
      sizeBytes: table.sizeBytes(node),
      inode: identities.inode(node),
      mtimeNs: table.mtimeNs(node),
      ctimeNs: identities.ctimeNs(node),
    });
  }

  /** Hex. Throws as `contentOf` does, and `cancelled`. */
  async of(name: number, signal?: AbortSignal): Promise<string> {
    const node = this.firstName(name);
    const known = this.digests.get(node);
    if (known !== undefined) return known;
    await this.slots.hold(() => this.hash(node, signal));
    return this.digests.get(node)!;
  }

  private firstName(node: number): number {
    const inode = this.files.table.inode(node);
    if (inode === undefined) return node;
    const first = this.firstNames.get(inode);
    if (first !== undefined) return first;
    this.firstNames.set(inode, node);
    return node;
  }

  private async hash(node: number, signal: AbortSignal | undefined): Promise<void> {
    // Before it is refused, too: many may be at once.
    if (this.breath.isDue) await this.breath.take();
    this.refuse(signal);
    // Another may have asked for the same while we waited.
    if (this.digests.get(node) !== undefined) return;
    if (this.files.table.sizeBytes(node) > SMALL_BYTES) {
      await this.hashLarge(node).join(signal);
      return;
    }
    const startNs = now();
    this.keep(node, startNs, hash('sha256', readListed(this.listed(node), this.room), 'buffer'));
  }

  private refuse(signal: AbortSignal | undefined): void {
    if (signal?.aborted) throw (this.cancelled ??= new PhylloError('cancelled', 'hash context: cancelled'));
  }

  private hashLarge(node: number): SharedTask<Uint8Array> {
    const running = this.running.get(node);
    if (running !== undefined && !running.isAbandoned) return running;
    const task: SharedTask<Uint8Array> = new SharedTask(async (signal) => {
      try {
        const startNs = now();
        const digest = await hashContent(this.listed(node), signal);
        this.keep(node, startNs, digest);
        return digest;
      } finally {
        if (this.running.get(node) === task) this.running.delete(node);
      }
    });
    this.running.set(node, task);
    return task;
  }

  private keep(node: number, startNs: bigint, digest: Uint8Array): void {
    this.digests.set(node, digest);
    const { table, identities } = this.files;
    const isRacy = [table.mtimeNs(node), identities.ctimeNs(node)].some((at) => at > startNs - RACY_NS);
    if (isRacy) this.racy.add(node);
    else this.isSaved = false;
  }
}

async function hashContent(listed: ListedFile, signal: AbortSignal): Promise<Uint8Array> {
  const hasher = createHash('sha256');
  for await (const chunk of contentOf(listed, READ_BYTES)) {
    refuseCancelled(signal);
    hasher.update(chunk);
  }
  return hasher.digest();
}

function now(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
