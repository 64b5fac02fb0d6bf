// A layer alone in a directory, in the form that overlayfs stacks: a whiteout is a device, a directory that hides what is
// below has an attribute. Which of them a layer has is only known at its end: an entry may come after its whiteout.
import { Directory } from './apply-directory.ts';
import type { Metadata } from './apply-attributes.ts';
import type { LowerLayers } from './apply-lower.ts';
import type { TargetTree } from './apply-target.ts';

/** A file in a tree on disk, to be found without following links. */
export interface LowerFile {
  /** The root of a lower layer, on the same file system. */
  readonly directory: string;
  readonly path: string;
}

/** What a layer cannot know of the layers below it. Paths are strings with one character a byte. */
export interface OverlayForm {
  readonly opaqueXattr: 'trusted.overlay.opaque' | 'user.overlay.opaque';
  /** Whiteouts of names that no lower layer has: overlayfs would list them where it does not merge directories. */
  readonly needless: ReadonlySet<string>;
  /** What directories have that lower layers describe and this one does not; in overlayfs it is the topmost that counts. */
  readonly implied: ReadonlyMap<string, Metadata>;
  /** Names in the root that an opaque root hides: overlayfs merges roots whatever they say. */
  readonly rootNames: readonly string[];
  /** Files of lower layers that have more names in this one, by the path that its hard links name. */
  readonly files: ReadonlyMap<string, LowerFile>;
}

export class OverlayMarks implements LowerLayers {
  private readonly target: TargetTree;
  private readonly form: OverlayForm;
  private readonly own = new Map<string, 'directory' | 'other'>();
  /** Paths at which, or directories in which, what is below is hidden. */
  private readonly hidden = new Set<string>();
  /** A directory of this layer was replaced, so one that is its own may no longer have its parents. */
  private lostDirectories = false;

  constructor(target: TargetTree, form: OverlayForm) {
    this.target = target;
    this.form = form;
    target.describe('');
  }

  claim(path: string, isDirectory: boolean): void {
    this.claimParents(path);
    if (isDirectory) return this.claimDirectory(path);
    if (this.own.get(path) === 'directory') this.lostDirectories = true;
    this.own.set(path, 'other');
  }

  private claimParents(path: string): void {
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const parent = path.slice(0, slash);
      if (this.own.get(parent) === 'directory' && !this.lostDirectories) return;
      this.claimDirectory(parent);
    }
  }

  /** In the place of a file it hides what that file has replaced. */
  private claimDirectory(path: string): void {
    if (this.own.get(path) === 'other') this.hidden.add(path);
    this.own.set(path, 'directory');
  }

  whiteOut(path: string): void {
    this.claimParents(path);
    this.target.imply(path.slice(0, Math.max(0, path.lastIndexOf('/'))));
    this.hidden.add(path);
  }

  hideContent(path: string): void {
    this.claimParents(path);
    this.claimDirectory(path);
    this.target.imply(path);
    this.hidden.add(path);
  }

  /** Layers never change, so both may name one inode. */
  putHardlink(path: string, target: string): boolean {
    const file = this.form.files.get(target);
    if (file === undefined) return false;
    const lower = Directory.open(file.directory);
    try {
      return this.target.putHardlink(path, file.path, lower);
    } finally {
      lower.close();
    }
  }

  finish(): void {
    if (this.hidden.delete('')) for (const name of this.form.rootNames) this.hidden.add(name);
    for (const path of this.hidden) {
      const own = this.own.get(path);
      if (own === 'directory') this.target.markOpaque(path, this.form.opaqueXattr);
      else if (own === undefined && this.hidesSomething(path)) this.target.putWhiteout(path);
    }
  }

  /** Below an opaque directory there is nothing left to hide. */
  private hidesSomething(path: string): boolean {
    if (this.form.needless.has(path)) return false;
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1))
      if (this.hidden.has(path.slice(0, slash))) return false;
    return true;
  }
}
