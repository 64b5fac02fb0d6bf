// Why a path counts as modified, in words. Pure.
import type { EntryAt } from '../../tree/compare.ts';
import { Reason } from '../../tree/stack-index.ts';
import { octal, ownerText } from './attributes.ts';

const NAMES: readonly (readonly [bit: number, name: string])[] = [
  [Reason.type, 'type'],
  [Reason.content, 'content'],
  [Reason.contentUnknown, 'content?'],
  [Reason.linkname, 'link'],
  [Reason.mode, 'mode'],
  [Reason.owner, 'owner'],
  [Reason.xattr, 'xattr'],
  [Reason.mtime, 'mtime'],
];

export function reasonNames(reason: number): string[] {
  return NAMES.filter(([bit]) => (reason & bit) !== 0).map(([, name]) => name);
}

/** `mode 0644→0600, content`; a new time alone goes without saying when there is another reason. */
export function reasonText(reason: number, before: EntryAt, after: EntryAt): string {
  const told = reason & ~Reason.mtime || reason;
  return NAMES.filter(([bit]) => (told & bit) !== 0)
    .map(([bit, name]) => name + changeOf(bit, before, after))
    .join(', ');
}

function changeOf(bit: number, before: EntryAt, after: EntryAt): string {
  if (bit === Reason.mode) {
    return ` ${octal(before.tree.mode[before.node]!)}→${octal(after.tree.mode[after.node]!)}`;
  }
  if (bit === Reason.owner) {
    return ` ${ownerText(before.tree, before.node)}→${ownerText(after.tree, after.node)}`;
  }
  return '';
}
