// What a COPY will have made, over the tree that it finds. Memory grows with what is planned, not with what is below.
import { PhylloError } from '../../lib/errors.ts';
import { EMPTY_ROOT, type FileFacts, type FileSource, type FileView } from '../file-view.ts';
import type { ArchiveFile } from './archive.ts';
import { nameOf, partsOf, shownPath } from './raw-path.ts';

/** Where the bytes of a regular file come from; names that share one are hard links of each other. */
export type Content =
  | { readonly kind: 'source'; readonly source: FileSource; readonly path: string }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'archive'; readonly file: ArchiveFile };

export interface PlannedFile {
  readonly facts: FileFacts;
  /** Of regular files. */
  readonly content?: Content;
}

/** A place with something planned at it or below. */
export interface PlannedNode {
  /** undefined: what is below shows, here alone. */
  file: PlannedFile | undefined;
  children: Map<string, PlannedNode>;
  /** Nothing of what lies below shows here, nor inside. */
  hidesBelow: boolean;
}

export class PlannedTree implements Pick<FileView, 'lookup'> {
  readonly root: PlannedNode = newNode();
  readonly below: FileView;

  constructor(below: FileView) {
    this.below = below;
  }

  lookup(path: string): FileFacts | undefined {
    let node: PlannedNode | undefined = this.root;
    let isHidden = node.hidesBelow;
    for (const part of partsOf(path)) {
      node = node.children.get(part);
      if (node === undefined) break;
      isHidden ||= node.hidesBelow;
    }
    if (node?.file) return node.file.facts;
    if (path === '') return this.below.lookup('') ?? EMPTY_ROOT;
    return isHidden ? undefined : this.below.lookup(path);
  }

  /** Undefined for what this plan did not put there. */
  planned(path: string): PlannedFile | undefined {
    let node: PlannedNode | undefined = this.root;
    for (const part of partsOf(path)) node = node?.children.get(part);
    return node?.file;
  }

  /**
   * Puts something in a directory that is there. A directory keeps what is in one that it takes the place of; any other
   * thing in its way is gone, with all that was in it. Throws `invalid-argument` for a name that no layer can have.
   */
  put(path: string, file: PlannedFile): void {
    const node = this.node(path);
    const isMerged = file.facts.type === 'dir' && this.lookup(path)?.type === 'dir';
    node.file = file;
    if (isMerged) return;
    node.children = new Map();
    node.hidesBelow = true;
  }

  private node(path: string): PlannedNode {
    let node = this.root;
    for (const part of partsOf(path)) {
      let child = node.children.get(part);
      if (child === undefined) {
        if (isReserved(part)) throw reserved(path);
        child = newNode();
        node.children.set(part, child);
      }
      node = child;
    }
    return node;
  }
}

function newNode(): PlannedNode {
  return { file: undefined, children: new Map(), hidesBelow: false };
}

/** Such a name means a deletion in a layer. */
export function isReserved(name: string): boolean {
  return nameOf(name).startsWith('.wh.');
}

function reserved(path: string): PhylloError {
  return new PhylloError(
    'invalid-argument',
    `copy to ${shownPath(path)}: names that begin with .wh. mean deletions in a layer`,
  );
}

/** What `--link` copies into. */
export const EMPTY_VIEW: FileView = {
  lookup: (path) => (path === '' ? EMPTY_ROOT : undefined),
  children: () => [],
};
