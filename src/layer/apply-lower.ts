// What the layers below are to one that is being applied: what its whiteouts hide and its hard links lead to. Paths are
// strings with one character a byte.
import type { TargetTree } from './apply-target.ts';

export interface LowerLayers {
  /** Before an entry is put at the path: it is the layer's own from now on, with the directories that it implies. */
  claim(path: string, isDirectory: boolean): void;
  /** Hides what lower layers have at a path. What this layer puts there stays, wherever the whiteout stands. */
  whiteOut(path: string): void;
  /** Hides what lower layers have in a directory. */
  hideContent(path: string): void;
  /** Another name for a file that the target tree does not have; false when no lower layer has it either. */
  putHardlink(path: string, target: string): boolean;
  /** After the last entry, before directories get their attributes. */
  finish(): void;
}

/** They are in the tree that the layer is applied to: what is hidden is removed. */
export class LowerInPlace implements LowerLayers {
  private readonly target: TargetTree;
  /** Paths of this layer: true for its entries, false for directories that these imply. Whiteouts spare them. */
  private readonly own = new Map<string, boolean>();

  constructor(target: TargetTree) {
    this.target = target;
  }

  claim(path: string): void {
    this.own.set(path, true);
    this.claimParents(path);
  }

  private claimParents(path: string): void {
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const parent = path.slice(0, slash);
      if (this.own.has(parent)) return;
      this.own.set(parent, false);
    }
  }

  whiteOut(path: string): void {
    this.claimParents(path);
    const own = this.own.get(path);
    if (own === undefined) return this.target.remove(path);
    if (!this.target.isDirectory(path)) return;
    if (!own) this.target.describe(path);
    this.hideContent(path);
  }

  /** Needs no recursion: the paths of a layer may be deep. */
  hideContent(path: string): void {
    if (path !== '' && !this.own.has(path)) this.own.set(path, false);
    this.claimParents(path);
    const pending = [path];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      for (const name of this.target.names(at)) {
        const child = at === '' ? name : `${at}/${name}`;
        const own = this.own.get(child);
        if (own === undefined) this.target.remove(child);
        else if (this.target.isDirectory(child)) {
          if (!own) this.target.describe(child);
          pending.push(child);
        }
      }
    }
  }

  putHardlink(): boolean {
    return false;
  }

  finish(): void {}
}
