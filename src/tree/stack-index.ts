// StackIndex: the layers of an image (or any prefix, build, container) merged into one tree of paths, with what each
// layer did to each path. Made by `mergeLayers`; immutable and shared between threads.
import type { LayerTree, NamedNodes } from './layer-tree.ts';
import { NodeFlag, NodeType, findPath, joinPath } from './layer-tree.ts';
import { ColumnBuffer } from './layout.ts';
import { indexOfNode } from './sorted-nodes.ts';
import { entryAt, layerOfVersion } from './union.ts';

export const Status = { unchanged: 0, added: 1, modified: 2, removed: 3 } as const;
export type Status = (typeof Status)[keyof typeof Status];

/** Why a path counts as modified; several may hold. */
export const Reason = {
  content: 1,
  mode: 2,
  owner: 4,
  type: 8,
  linkname: 16,
  xattr: 32,
  mtime: 64,
  /** Same size, but the contents were never compared: see `resolveContent`. */
  contentUnknown: 128,
} as const;

/** What made a path of a lower layer go away (or be covered). */
export const Cause = { none: 0, overwritten: 1, whiteout: 2, opaque: 3, replaced: 4 } as const;

export const STACK_VERSION = 1;
/** No version: the path does not exist there. */
export const ABSENT = -1;

export interface StackFacts {
  readonly layers: number;
  /** Inodes with several names: lists of versions. */
  readonly linkGroups: readonly (readonly number[])[];
  /** Hard links into lower layers: version of the link to version of its target. */
  readonly lowerTargets: readonly (readonly [link: number, target: number])[];
  /** Odd things met while merging, safe to show. */
  readonly warnings: readonly string[];
}

/** What one layer did: parallel arrays, sorted by path node. */
export interface LayerDelta {
  /** Path nodes of the stack, ascending. */
  readonly nodes: Int32Array;
  /** Version below the layer, ABSENT for added paths. */
  readonly before: Int32Array;
  /** Version from this layer on, ABSENT for removed paths. */
  readonly after: Int32Array;
  readonly status: Uint8Array;
  readonly reason: Uint8Array;
  readonly cause: Uint8Array;
}

/**
 * A *path node* is a number for a path that exists in any layer (node 0 is the root; numbering as in LayerTree).
 * A *version* is a number for one entry of one layer: `layerStart[layer] + node of that layer's tree`.
 */
export class StackIndex implements NamedNodes {
  readonly trees: readonly LayerTree[];
  readonly columns: ColumnBuffer<StackFacts>;
  readonly facts: StackFacts;
  /** Number of path nodes. */
  readonly count: number;
  readonly parent: Int32Array;
  readonly childStart: Uint32Array;
  /** First version of layer i; one more at the end. */
  readonly layerStart: Uint32Array;
  /** The path node of every version. */
  readonly pathOf: Int32Array;
  /** Versions of path node n, base first: `versions[versionStart[n] … versionStart[n+1]-1]`. */
  readonly versionStart: Uint32Array;
  readonly versions: Int32Array;
  private readonly deltaStart: Uint32Array;
  private readonly delta: LayerDelta;
  private readonly lowerTarget: ReadonlyMap<number, number>;

  constructor(trees: readonly LayerTree[], columns: ColumnBuffer<StackFacts>) {
    this.trees = trees;
    this.columns = columns;
    this.facts = columns.facts;
    this.parent = columns.column('parent', 'i32');
    this.count = this.parent.length;
    this.childStart = columns.column('childStart', 'u32');
    this.layerStart = columns.column('layerStart', 'u32');
    this.pathOf = columns.column('pathOf', 'i32');
    this.versionStart = columns.column('versionStart', 'u32');
    this.versions = columns.column('versions', 'i32');
    this.deltaStart = columns.column('deltaStart', 'u32');
    this.delta = {
      nodes: columns.column('deltaNodes', 'i32'),
      before: columns.column('deltaBefore', 'i32'),
      after: columns.column('deltaAfter', 'i32'),
      status: columns.column('deltaStatus', 'u8'),
      reason: columns.column('deltaReason', 'u8'),
      cause: columns.column('deltaCause', 'u8'),
    };
    this.lowerTarget = new Map(this.facts.lowerTargets);
  }

  static from(trees: readonly LayerTree[], buffer: SharedArrayBuffer, verify = false): StackIndex {
    return new StackIndex(trees, ColumnBuffer.from<StackFacts>(buffer, STACK_VERSION, verify));
  }

  get layerCount(): number {
    return this.trees.length;
  }

  layerOf(version: number): number {
    return layerOfVersion(this.layerStart, version);
  }

  /** Layer and tree node of a version. */
  locate(version: number): { layer: number; tree: LayerTree; node: number } {
    return entryAt(this, version);
  }

  /** Like `locate`, but a hard link into a lower layer leads to the file it names. */
  locateContent(version: number): { layer: number; tree: LayerTree; node: number } {
    return this.locate(this.lowerTarget.get(version) ?? version);
  }

  nameBytes(node: number): Uint8Array {
    if (node === 0) return new Uint8Array(0);
    const { tree, node: entry } = this.locate(this.versions[this.versionStart[node]!]!);
    return tree.nameBytes(entry);
  }

  pathBytes(node: number): Uint8Array {
    return joinPath(node, this);
  }

  /** The path node at a raw path, or -1. */
  find(path: Uint8Array): number {
    return findPath(path, this);
  }

  /** Entries of every layer that mention the path (whiteouts too), base first. */
  versionsOf(node: number): Int32Array {
    return this.versions.subarray(this.versionStart[node], this.versionStart[node + 1]);
  }

  /** What layer `layer` did, by path. */
  changes(layer: number): LayerDelta {
    const start = this.deltaStart[layer]!;
    const end = this.deltaStart[layer + 1]!;
    return {
      nodes: this.delta.nodes.subarray(start, end),
      before: this.delta.before.subarray(start, end),
      after: this.delta.after.subarray(start, end),
      status: this.delta.status.subarray(start, end),
      reason: this.delta.reason.subarray(start, end),
      cause: this.delta.cause.subarray(start, end),
    };
  }

  /** Index of a path in `changes(layer)`, or -1 when the layer left it alone. */
  changeOf(layer: number, node: number): number {
    return indexOfNode(this.changes(layer).nodes, node);
  }

  isDirectory(version: number): boolean {
    const { tree, node } = this.locate(version);
    return tree.type[node] === NodeType.dir;
  }

  isHardlink(version: number): boolean {
    const { tree, node } = this.locate(version);
    return tree.has(node, NodeFlag.hardlink);
  }
}
