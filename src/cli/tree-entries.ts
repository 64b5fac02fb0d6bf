// The entries that `phyllo tree` lists: of a squashed stack, or of one layer's changes.
import { type LayerTree, NodeType } from '../tree/layer-tree.ts';
import { contentBytes, SquashView } from '../tree/squash-view.ts';
import { Reason, type StackIndex, Status } from '../tree/stack-index.ts';

export type StatusName = 'added' | 'modified' | 'removed' | 'unchanged';

export const STATUS_NAMES: Readonly<Record<Status, StatusName>> = {
  [Status.unchanged]: 'unchanged',
  [Status.added]: 'added',
  [Status.modified]: 'modified',
  [Status.removed]: 'removed',
};

const REASONS = [
  ['content', Reason.content | Reason.contentUnknown],
  ['mode', Reason.mode],
  ['owner', Reason.owner],
  ['type', Reason.type],
  ['linkname', Reason.linkname],
  ['xattr', Reason.xattr],
  ['mtime', Reason.mtime],
] as const;

export const TYPES = {
  [NodeType.file]: 'file',
  [NodeType.dir]: 'dir',
  [NodeType.symlink]: 'symlink',
  [NodeType.char]: 'char',
  [NodeType.block]: 'block',
  [NodeType.fifo]: 'fifo',
  [NodeType.whiteout]: 'file',
} as const;

export type EntryType = (typeof TYPES)[NodeType] | 'hardlink';

export interface Entry {
  /** Raw, with a leading slash. */
  readonly path: Uint8Array;
  readonly type: EntryType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of a directory, the bytes of all files at and below it. */
  readonly sizeBytes: number;
  readonly mtimeSeconds: number;
  readonly mtimeNanos: number;
  readonly linkname: Uint8Array | undefined;
  readonly device: readonly [major: number, minor: number] | undefined;
  readonly xattrs: readonly (readonly [name: string, base64: string])[];
  readonly status: StatusName;
  /** The layer that last wrote it. */
  readonly layer: number;
  readonly reasons: readonly string[];
}

export interface EntryQuery {
  readonly upto: number;
  /** Only what layer `upto` changed. */
  readonly changesOnly: boolean;
  /** Path node to start at; the root itself is never listed. */
  readonly top: number;
  readonly maxDepth: number;
  readonly only: ReadonlySet<StatusName> | undefined;
  readonly matches: ReadonlySet<number> | undefined;
  readonly bySize: boolean;
}

export class TreeEntries {
  private readonly stack: StackIndex;
  private readonly query: EntryQuery;
  private readonly now: SquashView;
  /** As it was below the layer, for what the layer removed. */
  private readonly below: SquashView;
  private readonly statusOf: Uint8Array;
  private readonly reasonOf: Uint8Array;
  private readonly firstNames: ReadonlyMap<number, number>;
  private readonly firstRemoved: ReadonlyMap<number, number>;

  constructor(stack: StackIndex, query: EntryQuery) {
    this.stack = stack;
    this.query = query;
    this.now = new SquashView(stack, query.upto);
    this.below = new SquashView(stack, query.upto - 1);
    this.statusOf = new Uint8Array(stack.count);
    this.reasonOf = new Uint8Array(stack.count);
    if (query.upto >= 0) {
      const { nodes, status, reason } = stack.changes(query.upto);
      nodes.forEach((node, at) => {
        this.statusOf[node] = status[at]!;
        this.reasonOf[node] = reason[at]!;
      });
    }
    this.firstNames = firstNames(this.now);
    this.firstRemoved = firstNames(this.below);
  }

  *entries(): Generator<Entry> {
    const nodes = this.query.bySize ? this.bySize() : this.nodes();
    for (const node of nodes) yield this.entry(node);
  }

  private bySize(): number[] {
    const nodes = [...this.nodes()];
    const sizes = new Map(nodes.map((node) => [node, this.sizeOf(node)]));
    return nodes.sort((a, b) => sizes.get(b)! - sizes.get(a)!);
  }

  /** Depth first, names in byte order. */
  private *nodes(): Generator<number> {
    const { stack, query } = this;
    const pending: (readonly [node: number, depth: number])[] = [[query.top, 0]];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const [node, depth] = next;
      if (node !== 0 && this.isListed(node)) yield node;
      if (depth >= query.maxDepth) continue;
      for (let child = stack.childStart[node + 1]! - 1; child >= stack.childStart[node]!; child--) {
        if (this.now.has(child) || this.statusOf[child] === Status.removed) pending.push([child, depth + 1]);
      }
    }
  }

  private isListed(node: number): boolean {
    const { changesOnly, only, matches } = this.query;
    const status = this.statusOf[node] as Status;
    if (changesOnly && status === Status.unchanged) return false;
    // What is gone belongs to a squashed tree only when it was asked for.
    if (only ? !only.has(STATUS_NAMES[status]) : status === Status.removed && !changesOnly) return false;
    return matches?.has(node) ?? true;
  }

  private view(node: number): SquashView {
    return this.now.has(node) ? this.now : this.below;
  }

  private sizeOf(node: number): number {
    const view = this.view(node);
    return view.isDirectory(node) ? view.sizeBytes[node]! : contentBytes(this.stack, view.version[node]!);
  }

  private entry(node: number): Entry {
    const { stack } = this;
    const view = this.view(node);
    const version = view.version[node]!;
    const { tree, node: own } = stack.locateContent(version);
    const type = tree.type[own] as NodeType;
    const first = (view === this.now ? this.firstNames : this.firstRemoved).get(version);
    const hardlink = first === undefined || first === node ? undefined : rooted(stack.pathBytes(first));
    const isDevice = type === NodeType.char || type === NodeType.block;
    return {
      path: rooted(stack.pathBytes(node)),
      type: hardlink ? 'hardlink' : TYPES[type],
      ...attributes(tree, own),
      sizeBytes: this.sizeOf(node),
      linkname: hardlink ?? (type === NodeType.symlink ? tree.linkBytes(own) : undefined),
      device: isDevice ? tree.device(own) : undefined,
      status: STATUS_NAMES[this.statusOf[node] as Status],
      layer: stack.layerOf(version),
      reasons: reasonNames(this.reasonOf[node]!),
    };
  }
}

function attributes(
  tree: LayerTree,
  node: number,
): Pick<Entry, 'mode' | 'uid' | 'gid' | 'xattrs' | 'mtimeSeconds' | 'mtimeNanos'> {
  return {
    mode: tree.mode[node]!,
    uid: tree.uid[node]!,
    gid: tree.gid[node]!,
    mtimeSeconds: tree.mtimeSeconds[node]!,
    mtimeNanos: tree.mtimeNanos[node]!,
    xattrs: tree.xattrs(node),
  };
}

export function reasonNames(reason: number): string[] {
  return REASONS.filter(([, bits]) => (reason & bits) !== 0).map(([name]) => name);
}

function rooted(path: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from('/'), path]);
}

/** For each version of an inode with several visible names: the path node of the first of them. */
function firstNames(view: SquashView): Map<number, number> {
  const { stack } = view;
  const first = new Map<number, number>();
  for (const members of stack.facts.linkGroups) {
    const visible = members.filter((version) => view.version[stack.pathOf[version]!] === version);
    const node = Math.min(...visible.map((version) => stack.pathOf[version]!));
    for (const version of visible) first.set(version, node);
  }
  return first;
}
