// What a layer that is unpacked alone has to know of the layers below it. Pure, and empty for most layers: these are the
// same in every image that has them.
import { PhylloError } from '../lib/errors.ts';
import { latin1 } from '../layer/apply-directory.ts';
import { NodeFlag, NodeType } from '../tree/layer-tree.ts';
import { ABSENT, type StackIndex } from '../tree/stack-index.ts';

/** All paths have one character a byte and no leading slash; lists are sorted as the layer's tree is. */
export interface UnpackPlan {
  /** Whiteouts of names that no lower layer has. */
  readonly needless: readonly string[];
  /** Directories that the layer does not describe but lower ones do; the root only where it is no ordinary one. */
  readonly implied: readonly ImpliedDirectory[];
  /** Names in the root below, where this layer's root is opaque. */
  readonly rootNames: readonly string[];
  readonly links: readonly LowerLink[];
}

export interface ImpliedDirectory {
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeSeconds: number;
  readonly mtimeNanos: number;
  readonly xattrs: readonly (readonly [name: string, base64: string])[];
}

/** Hard links to `target` name the file that `layer` has at `path`. */
export interface LowerLink {
  readonly target: string;
  readonly layer: number;
  readonly path: string;
}

/** A plan goes to another process as one message. */
const MAX_PLAN_BYTES = 64 * 1024 * 1024;

/** Throws `limit-exceeded` where a layer depends on those below in far more places than any real one. */
export function unpackPlan(stack: StackIndex, layer: number): UnpackPlan {
  return new Planner(stack, layer).plan();
}

export function isEmptyPlan(plan: UnpackPlan): boolean {
  return Object.values(plan).every((list: readonly unknown[]) => list.length === 0);
}

class Planner {
  private readonly stack: StackIndex;
  private readonly layer: number;
  private bytes = 0;

  constructor(stack: StackIndex, layer: number) {
    this.stack = stack;
    this.layer = layer;
  }

  plan(): UnpackPlan {
    const tree = this.stack.trees[this.layer]!;
    const covered = new Uint8Array(tree.count);
    const needless: string[] = [];
    const implied: ImpliedDirectory[] = [];
    const links = new Map<string, LowerLink>();
    for (let node = 0; node < tree.count; node++) {
      const parent = tree.parent[node]!;
      if (parent >= 0 && (covered[parent] === 1 || tree.has(parent, NodeFlag.replaces | NodeFlag.opaque)))
        covered[node] = 1;
      if (tree.has(node, NodeFlag.lowerTarget)) this.planLink(node, links);
      if (covered[node] === 1) continue;
      if (tree.type[node] === NodeType.whiteout) this.planWhiteout(node, needless);
      else if (tree.has(node, NodeFlag.implicit)) this.planDirectory(node, implied);
    }
    return { needless, implied, rootNames: this.rootNames(), links: [...links.values()] };
  }

  private planWhiteout(node: number, needless: string[]): void {
    if (this.below(this.pathOf(node)) === ABSENT) needless.push(this.pathText(node));
  }

  private planDirectory(node: number, implied: ImpliedDirectory[]): void {
    if (this.stack.trees[this.layer]!.has(node, NodeFlag.replaces)) return;
    const version = this.below(this.pathOf(node));
    if (version === ABSENT || !this.stack.isDirectory(version)) return;
    const found = this.describe(this.pathText(node), version);
    if (!isUsual(found)) implied.push(found);
  }

  private describe(path: string, version: number): ImpliedDirectory {
    const { tree, node } = this.stack.locate(version);
    return {
      path,
      mode: tree.mode[node]!,
      uid: tree.uid[node]!,
      gid: tree.gid[node]!,
      mtimeSeconds: tree.mtimeSeconds[node]!,
      mtimeNanos: tree.mtimeNanos[node]!,
      xattrs: tree.xattrs(node),
    };
  }

  /** A link to nothing has no plan: whoever unpacks the layer refuses it. */
  private planLink(node: number, links: Map<string, LowerLink>): void {
    const version = this.stack.layerStart[this.layer]! + node;
    const found = this.stack.locateContent(version);
    if (found.layer === this.layer) return;
    const target = latin1(this.stack.trees[this.layer]!.linkBytes(node));
    if (links.has(target)) return;
    const path = this.counted(latin1(found.tree.pathBytes(found.node)));
    links.set(this.counted(target), { target, layer: found.layer, path });
  }

  private rootNames(): string[] {
    const { stack } = this;
    if (!stack.trees[this.layer]!.has(0, NodeFlag.opaque)) return [];
    const names: string[] = [];
    for (let child = stack.childStart[0]!; child < stack.childStart[1]!; child++)
      if (this.below(child) !== ABSENT) names.push(this.counted(latin1(stack.nameBytes(child))));
    return names;
  }

  private pathOf(node: number): number {
    return this.stack.pathOf[this.stack.layerStart[this.layer]! + node]!;
  }

  private pathText(node: number): string {
    return this.counted(latin1(this.stack.trees[this.layer]!.pathBytes(node)));
  }

  /** The version that is visible below the layer. */
  private below(path: number): number {
    for (let layer = this.layer - 1; layer >= 0; layer--) {
      const change = this.stack.changeOf(layer, path);
      if (change >= 0) return this.stack.changes(layer).after[change]!;
    }
    return ABSENT;
  }

  private counted(text: string): string {
    this.bytes += text.length;
    if (this.bytes <= MAX_PLAN_BYTES) return text;
    throw new PhylloError(
      'limit-exceeded',
      `unpack layer ${this.layer + 1}: it depends on the layers below in too many places`,
    );
  }
}

/** What an implied directory has anyway. Times of the root are not kept: every container's root has its own. */
function isUsual({ path, mode, uid, gid, mtimeSeconds, mtimeNanos, xattrs }: ImpliedDirectory): boolean {
  const isTimeless = path === '' || (mtimeSeconds === 0 && mtimeNanos === 0);
  return mode === 0o755 && uid === 0 && gid === 0 && isTimeless && xattrs.length === 0;
}
