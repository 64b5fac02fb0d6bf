// Files of the final file system with the same content at different paths.
import { ABSENT, type StackIndex } from '../tree/stack-index.ts';
import { ALONE, Inodes, visibleVersions } from './inodes.ts';

export interface Duplicate {
  /** Hex sha256 of the content. */
  readonly sha256: string;
  /** Of one copy. */
  readonly sizeBytes: number;
  /** Path nodes, one for each copy: of a file with several names the first. */
  readonly nodes: readonly number[];
  /** What all copies but one weigh. */
  readonly savedBytes: number;
}

/**
 * Most saved first. Only files whose content was hashed are compared (see `ExploredImage.exact`); hard links are one
 * copy, empty files are none.
 */
export function findDuplicates(stack: StackIndex): Duplicate[] {
  const inodes = new Inodes(stack);
  const visible = visibleVersions(stack);
  const nodes = firstNames(visible, inodes);
  const sizes = Float64Array.from(nodes, (node) => inodes.bytesOf(visible[node]!));
  const repeated = sizesThatRepeat(sizes);
  const groups = new Map<string, { sizeBytes: number; nodes: number[] }>();
  for (let at = 0; at < nodes.length; at++) {
    const sizeBytes = sizes[at]!;
    if (!repeated.has(sizeBytes)) continue;
    const digest = inodes.digestOf(visible[nodes[at]!]!);
    if (digest === undefined) continue;
    const group = groups.get(digest);
    if (group === undefined) groups.set(digest, { sizeBytes, nodes: [nodes[at]!] });
    else group.nodes.push(nodes[at]!);
  }
  return Array.from(groups)
    .filter(([, group]) => group.nodes.length > 1)
    .map(([digest, group]) => ({
      sha256: Buffer.from(digest, 'latin1').toString('hex'),
      ...group,
      savedBytes: group.sizeBytes * (group.nodes.length - 1),
    }))
    .sort((a, b) => b.savedBytes - a.savedBytes || a.nodes[0]! - b.nodes[0]!);
}

/** The first visible path node of every file that has bytes, ascending. */
function firstNames(visible: Int32Array, inodes: Inodes): Int32Array {
  const seen = new Uint8Array(inodes.stack.facts.linkGroups.length);
  const nodes: number[] = [];
  for (let node = 0; node < visible.length; node++) {
    const version = visible[node]!;
    if (version === ABSENT || inodes.bytesOf(version) === 0) continue;
    const group = inodes.groupOf(version);
    if (group !== ALONE) {
      if (seen[group] === 1) continue;
      seen[group] = 1;
    }
    nodes.push(node);
  }
  return Int32Array.from(nodes);
}

/** Only files of the same size can be the same: no digest of any other is looked at. */
function sizesThatRepeat(sizes: Float64Array): Set<number> {
  const sorted = Float64Array.from(sizes).sort();
  const repeated = new Set<number>();
  for (let at = 1; at < sorted.length; at++) if (sorted[at] === sorted[at - 1]) repeated.add(sorted[at]!);
  return repeated;
}
