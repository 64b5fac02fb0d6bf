// A container's directory as files: opened by the one process that writes, or read along by anybody else.
import { join } from 'node:path';
import type { InflatedLayers } from '../../layer/seek.ts';
import type { Inode } from './inode.ts';
import { JournalReader, JournalWriter } from './journal.ts';
import { type Lower, loadLower } from './lower.ts';
import { MergedTree } from './merged-tree.ts';
import { OwnFiles } from './own-files.ts';
import { snapshotOf } from './snapshot.ts';
import { addSpecialFiles } from './special-files.ts';
import { Room, type UpperLimits } from './room.ts';
import { VirtualFiles } from './virtual-files.ts';

export function lowerPath(directory: string): string {
  return join(directory, 'lower');
}

export function upperPath(directory: string): string {
  return join(directory, 'upper');
}

export interface WritableFiles {
  readonly files: VirtualFiles;
  readonly own: OwnFiles;
  /** Everything that was told as done is on disk afterwards. */
  close(): Promise<void>;
}

/** `upper` is a directory; whoever calls has made sure that nobody else writes. */
export async function openWritable(
  upper: string,
  lower: Lower,
  { hostname, limits, readOnly }: { hostname: string; limits?: UpperLimits; readOnly?: boolean },
): Promise<WritableFiles> {
  const own = new OwnFiles(join(upper, 'files'));
  const opened: { room?: Room } = {};
  const freed = ({ body, sizeBytes }: Inode): void => {
    if (body.kind !== 'own' || opened.room === undefined) return;
    opened.room.free(sizeBytes);
    void own.remove(body.number);
  };
  const tree = new MergedTree(lower, freed);
  const reader = new JournalReader(upper);
  for (const change of (await reader.read()).changes) tree.apply(change);
  await reader.close();
  const changes = [...snapshotOf(tree)];
  await own.prepare(new Set(changes.flatMap(ownNumber)));
  const journal = await JournalWriter.start(upper, changes);
  addSpecialFiles(tree, hostname);
  const room = new Room(await own.usedBytes(), limits);
  opened.room = room;
  const files = new VirtualFiles({ tree, own, journal, room, readOnly });
  return {
    files,
    own,
    close: async () => {
      await files.idle();
      journal.close();
    },
  };
}

function ownNumber(change: Parameters<MergedTree['apply']>[0]): number[] {
  const body = change.op === 'add' ? change.made.body : undefined;
  return body?.kind === 'own' ? [body.number] : [];
}

/** The files as another process writes them; `refresh` brings what came since. */
export class FollowedFiles {
  readonly own: OwnFiles;
  private readonly lower: Lower;
  private readonly reader: JournalReader;
  private current: MergedTree;

  private constructor(upper: string, lower: Lower) {
    this.lower = lower;
    this.own = new OwnFiles(join(upper, 'files'));
    this.reader = new JournalReader(upper);
    this.current = new MergedTree(lower, () => undefined);
  }

  static async open(directory: string, inflated: InflatedLayers): Promise<FollowedFiles> {
    const followed = new FollowedFiles(upperPath(directory), await loadLower(lowerPath(directory), inflated));
    await followed.refresh();
    return followed;
  }

  get tree(): MergedTree {
    return this.current;
  }

  /** Read only. */
  get files(): VirtualFiles {
    return new VirtualFiles({ tree: this.current, own: this.own });
  }

  /** True when something changed. */
  async refresh(): Promise<boolean> {
    const { restarted, changes } = await this.reader.read();
    if (restarted) this.current = new MergedTree(this.lower, () => undefined);
    for (const change of changes) this.current.apply(change);
    return restarted || changes.length > 0;
  }

  async close(): Promise<void> {
    await this.reader.close();
  }
}
