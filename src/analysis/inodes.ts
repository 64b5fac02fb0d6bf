// The files that layers ship, as inodes: whose content a version shows, how many bytes it has, and which versions are
// names of one inode. Columns only: asked once for every entry of an image.
import { NodeFlag, NodeType } from '../tree/layer-tree.ts';
import { ABSENT, type StackIndex } from '../tree/stack-index.ts';

/** No group: the inode has one name. */
export const ALONE = -1;

export class Inodes {
  readonly stack: StackIndex;
  /** For each version the number of its inode's group in `facts.linkGroups`, or ALONE; undefined without any group. */
  private readonly groups: Int32Array | undefined;
  private readonly lowerTargets: ReadonlyMap<number, number>;

  constructor(stack: StackIndex) {
    this.stack = stack;
    this.lowerTargets = new Map(stack.facts.lowerTargets);
    const { linkGroups } = stack.facts;
    if (linkGroups.length === 0) return;
    this.groups = new Int32Array(stack.layerStart[stack.layerCount]!).fill(ALONE);
    linkGroups.forEach((members, group) => {
      for (const version of members) this.groups![version] = group;
    });
  }

  groupOf(version: number): number {
    return this.groups === undefined ? ALONE : this.groups[version]!;
  }

  /** The version whose layer ships the content. */
  contentOf(version: number): number {
    return this.lowerTargets.size === 0 ? version : (this.lowerTargets.get(version) ?? version);
  }

  /** The layer that ships the content. */
  makerOf(version: number): number {
    return this.stack.layerOf(this.contentOf(version));
  }

  /** Content bytes: 0 for anything but a regular file. Every name of an inode has the bytes of the inode. */
  bytesOf(version: number): number {
    const content = this.contentOf(version);
    const layer = this.stack.layerOf(content);
    const tree = this.stack.trees[layer]!;
    const node = content - this.stack.layerStart[layer]!;
    if (tree.type[node] !== NodeType.file || tree.has(node, NodeFlag.lowerTarget)) return 0;
    return tree.sizeBytes[node]!;
  }

  /** The sha256 of the content as 32 bytes, one character a byte; undefined where it was not hashed. */
  digestOf(version: number): string | undefined {
    const content = this.contentOf(version);
    const layer = this.stack.layerOf(content);
    const bytes = this.stack.trees[layer]!.digestBytes(content - this.stack.layerStart[layer]!);
    return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  }
}

/** For each path node the version that the whole stack shows, or ABSENT. */
export function visibleVersions(stack: StackIndex): Int32Array {
  const visible = new Int32Array(stack.count).fill(ABSENT);
  for (let layer = 0; layer < stack.layerCount; layer++) {
    const { nodes, after } = stack.changes(layer);
    for (let index = 0; index < nodes.length; index++) visible[nodes[index]!] = after[index]!;
  }
  return visible;
}
