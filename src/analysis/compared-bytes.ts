// How many bytes two squashed stacks do not have in common. Inode-aware: bytes of a hard-linked file count once, and only
// when none of its names has stayed. Pure.
import { type SquashView, contentBytes } from '../tree/squash-view.ts';
import { ABSENT, Reason } from '../tree/stack-index.ts';
import type { FileComparison } from './compare-files.ts';

export interface ComparedBytes {
  /** Bytes of files that b alone has, or has with another content. */
  readonly added: number;
  /** The same of a. */
  readonly removed: number;
}

const OTHER_BYTES = Reason.content | Reason.contentUnknown | Reason.type;

export function comparedBytes(files: FileComparison): ComparedBytes {
  const differs = (_: number, index: number): boolean => hasOtherContent(files, index);
  return {
    added: bytesOf(files.b, files.nodesB.filter(differs)),
    removed: bytesOf(files.a, files.nodesA.filter(differs)),
  };
}

/** Whether more than the attributes differs. What is on one side alone has no reason at all. */
export function hasOtherContent({ reason }: FileComparison, index: number): boolean {
  return reason[index] === 0 || (reason[index]! & OTHER_BYTES) !== 0;
}

function bytesOf(view: SquashView, nodes: Int32Array): number {
  const { stack, version } = view;
  const groupOf = new Map<number, number>();
  stack.facts.linkGroups.forEach((members, group) => {
    for (const member of members) groupOf.set(member, group);
  });
  const gone = new Map<number, number>();
  let bytes = 0;
  for (const node of nodes) {
    if (node === ABSENT) continue;
    const group = groupOf.get(version[node]!);
    if (group === undefined) bytes += contentBytes(stack, version[node]!);
    else gone.set(group, (gone.get(group) ?? 0) + 1);
  }
  for (const [group, names] of gone) {
    const members = stack.facts.linkGroups[group]!;
    const visible = members.filter((member) => version[stack.pathOf[member]!] === member).length;
    if (names === visible) bytes += contentBytes(stack, members[0]!);
  }
  return bytes;
}
