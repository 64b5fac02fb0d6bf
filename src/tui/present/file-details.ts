// The detail pane for a path: everything the layers say about it. Pure.
import { safeBytes, safeText } from '../../lib/text.ts';
import { formatCount } from '../../lib/units.ts';
import { type LayerTree, NodeType } from '../../tree/layer-tree.ts';
import { contentBytes } from '../../tree/squash-view.ts';
import { ABSENT, type StackIndex, Status } from '../../tree/stack-index.ts';
import { modeText } from '../../tree/mode-text.ts';
import type { FilesPane } from '../screens/stack/files.ts';
import type { Theme } from '../theme/theme.ts';
import { octal, ownerText, timeText, typeName } from './attributes.ts';
import { exactSize } from './layer-details.ts';
import { reasonNames } from './reasons.ts';
import { type Field, fieldLines, wrapText } from './wrap.ts';

const STATUS_NAMES = ['unchanged', 'added', 'modified', 'removed'] as const;
const MAX_NAMES = 8;

export function fileDetails(pane: FilesPane, node: number, width: number, theme: Theme): string[] {
  const path = `/${safeBytes(pane.stack.pathBytes(node))}`;
  const lines = wrapText(path, width).map((line) => theme.title(line));
  for (const field of fields(pane, node)) lines.push(...fieldLines(field, width, theme.muted));
  return lines;
}

function fields(pane: FilesPane, node: number): Field[] {
  const version = pane.facts.versionOf(node);
  if (version === ABSENT) return [{ label: 'state', value: 'not there at this layer' }];
  const { stack } = pane;
  const { tree, node: entry } = stack.locateContent(version);
  const list: Field[] = [
    { label: 'type', value: typeName(tree, entry) },
    {
      label: 'mode',
      value: `${modeText(tree.type[entry]!, tree.mode[entry]!)} (${octal(tree.mode[entry]!)})`,
    },
    { label: 'owner', value: ownerText(tree, entry) },
    { label: 'modified', value: `${timeText(tree.mtimeSeconds[entry]!)} UTC` },
    ...sizeFields(pane, node, version),
    ...linkFields(tree, entry),
    ...xattrFields(tree, entry),
    { label: 'here', value: statusText(pane, node) },
    { label: 'written by', value: `layer ${stack.layerOf(version)}` },
    ...nameFields(stack, version),
  ];
  const digest = tree.digestBytes(entry);
  if (digest) list.push({ label: 'sha256', value: hexText(digest) });
  return list;
}

function statusText(pane: FilesPane, node: number): string {
  const status = STATUS_NAMES[pane.facts.statusOf(node)]!;
  const reasons = reasonNames(pane.facts.reasonOf(node));
  return reasons.length === 0 ? status : `${status}: ${reasons.join(', ')}`;
}

function sizeFields(pane: FilesPane, node: number, version: number): Field[] {
  if (!pane.stack.isDirectory(version))
    return [{ label: 'size', value: exactSize(contentBytes(pane.stack, version)) }];
  if (pane.facts.statusOf(node) === Status.removed)
    return [{ label: 'removed', value: exactSize(pane.bytesOf(node)) }];
  const files = formatCount(pane.view.files[node]!);
  return [{ label: 'holds', value: `${exactSize(pane.view.sizeBytes[node]!)} in ${files} files` }];
}

function linkFields(tree: LayerTree, entry: number): Field[] {
  switch (tree.type[entry]) {
    case NodeType.symlink:
      return [{ label: 'leads to', value: safeBytes(tree.linkBytes(entry)) }];
    case NodeType.char:
    case NodeType.block:
      return [{ label: 'device', value: tree.device(entry).join(', ') }];
    default:
      return [];
  }
}

function xattrFields(tree: LayerTree, entry: number): Field[] {
  return tree.xattrs(entry).map(([name, base64]) => {
    return { label: 'xattr', value: `${safeText(name)} = ${safeBytes(bytesOf(base64))}` };
  });
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** The other names of the same inode. */
function nameFields(stack: StackIndex, version: number): Field[] {
  if (stack.isDirectory(version)) return [];
  const group = stack.facts.linkGroups.find((members) => members.includes(version));
  const others = group?.filter((other) => other !== version) ?? [];
  if (others.length === 0) return [];
  const names = others
    .slice(0, MAX_NAMES)
    .map((other) => `/${safeBytes(stack.pathBytes(stack.pathOf[other]!))}`);
  const more = others.length > MAX_NAMES ? ` and ${others.length - MAX_NAMES} more` : '';
  return [{ label: 'same inode', value: names.join(', ') + more }];
}

function hexText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
