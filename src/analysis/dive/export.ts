// The JSON that `dive --json FILE` of 0.13.1 writes, byte for byte: its fields, their order, Go's escapes, and no version.
import { escapeBytes, isUtf8 } from '../../lib/text.ts';
import type { StackRow } from '../../oci/history.ts';
import { type LayerTree, NodeFlag, NodeType } from '../../tree/layer-tree.ts';
import type { StackIndex } from '../../tree/stack-index.ts';
import { rowsOfLayers } from '../instructions.ts';
import type { DiveFigures } from './figures.ts';
import { type DiveEntry, diveLayerSize, diveSize, visitDive } from './tree.ts';

export interface DiveImage {
  readonly stack: StackIndex;
  readonly rows: readonly StackRow[];
  /** Of each layer; the layer of a container has none. */
  readonly diffIDs: readonly string[];
  /** Of each layer: the first component of its path in the archive. Archives of Docker 25 and later say `blobs`. */
  readonly archiveIDs?: readonly string[];
}

/** Pieces of the document, a layer at a time: it lists every file of every layer. */
export function* diveJson(image: DiveImage, figures: DiveFigures): Generator<string> {
  const { stack } = image;
  const rows = rowsOfLayers(image.rows, stack.layerCount);
  yield '{\n  "layer": [';
  for (let layer = 0; layer < stack.layerCount; layer++) {
    if (layer > 0) yield ',';
    yield `\n${indented(goJson(layerDocument(image, rows[layer], layer)), '    ')}`;
  }
  yield stack.layerCount === 0 ? '],\n' : '\n  ],\n';
  yield `  "image": ${indented(goJson(imageDocument(stack, figures)), '  ').trimStart()}\n}`;
}

function imageDocument(stack: StackIndex, figures: DiveFigures): object {
  return {
    sizeBytes: figures.sizeBytes,
    inefficientBytes: figures.wastedBytes,
    efficiencyScore: figures.efficiency,
    fileReference: figures.inefficient.map(({ node, count, sizeBytes }) => ({
      count,
      sizeBytes,
      file: `/${goText(stack.pathBytes(node))}`,
    })),
  };
}

function layerDocument(
  { stack, diffIDs, archiveIDs }: DiveImage,
  row: StackRow | undefined,
  layer: number,
): object {
  const tree = stack.trees[layer]!;
  // A row that only stands for a layer has nothing of a history.
  const isMissing =
    row === undefined || (row.createdBy === '' && row.created === undefined && row.comment === undefined);
  const fileList: object[] = [];
  const firstNames = namesOfInodes(tree);
  visitDive(tree, (entry) => {
    fileList.push(fileDocument(tree, entry, firstNames));
    return true;
  });
  return {
    index: layer,
    id: archiveIDs?.[layer] ?? 'blobs',
    digestId: isMissing ? '' : (diffIDs[layer] ?? ''),
    sizeBytes: diveLayerSize(tree),
    command: isMissing ? '(missing)' : row.createdBy.replace(/^\/bin\/sh -c /, ''),
    fileList,
  };
}

const NO_FILE = {
  path: '',
  typeFlag: 0,
  linkName: '',
  size: 0,
  fileMode: 0,
  uid: 0,
  gid: 0,
  isDir: false,
} as const;
const TYPE_FLAGS: Readonly<Record<number, string>> = {
  [NodeType.file]: '0',
  [NodeType.symlink]: '2',
  [NodeType.char]: '3',
  [NodeType.block]: '4',
  [NodeType.dir]: '5',
  [NodeType.fifo]: '6',
};
const HARD_LINK = '1';

function fileDocument(tree: LayerTree, { node, isWhiteout }: DiveEntry, firstNames: Int32Array): object {
  const path = goText(tree.pathBytes(node));
  if (isWhiteout)
    return { ...NO_FILE, path: path.replace(/[^/]*$/, (name) => `.wh.${name}`), typeFlag: code('0') };
  if (tree.has(node, NodeFlag.implicit)) return NO_FILE;
  const type = tree.type[node]!;
  const isLink = tree.has(node, NodeFlag.hardlink);
  return {
    path,
    typeFlag: code(isLink ? HARD_LINK : TYPE_FLAGS[type]!),
    linkName: goText(isLink ? linkTarget(tree, node, firstNames) : tree.linkBytes(node)),
    size: diveSize(tree, node),
    fileMode: goMode(isLink ? NodeType.file : type, tree.mode[node]!),
    uid: tree.uid[node]!,
    gid: tree.gid[node]!,
    isDir: type === NodeType.dir,
  };
}

function linkTarget(tree: LayerTree, node: number, firstNames: Int32Array): Uint8Array {
  const first = firstNames[tree.inode[node]!]!;
  return tree.has(node, NodeFlag.lowerTarget) || first < 0 ? tree.linkBytes(node) : tree.pathBytes(first);
}

/** For each inode the node that is no link. */
function namesOfInodes(tree: LayerTree): Int32Array {
  let last = 0;
  for (let node = 0; node < tree.count; node++) last = Math.max(last, tree.inode[node]!);
  const names = new Int32Array(last + 1).fill(-1);
  for (let node = 0; node < tree.count; node++)
    if (!tree.has(node, NodeFlag.hardlink)) names[tree.inode[node]!] = node;
  return names;
}

function code(flag: string): number {
  return flag.charCodeAt(0);
}

/** Bits of Go's os.FileMode. */
const GO_TYPE_BITS: Readonly<Record<number, number>> = {
  [NodeType.dir]: 2 ** 31,
  [NodeType.symlink]: 2 ** 27,
  [NodeType.char]: 2 ** 26 + 2 ** 21,
  [NodeType.block]: 2 ** 26,
  [NodeType.fifo]: 2 ** 25,
};

function goMode(type: number, mode: number): number {
  const special =
    ((mode & 0o4000) === 0 ? 0 : 2 ** 23) +
    ((mode & 0o2000) === 0 ? 0 : 2 ** 22) +
    ((mode & 0o1000) === 0 ? 0 : 2 ** 20);
  return (GO_TYPE_BITS[type] ?? 0) + special + (mode & 0o777);
}

/** Go writes U+FFFD for every byte that is not part of UTF-8. */
function goText(bytes: Uint8Array): string {
  const text = escapeBytes(bytes);
  if (isUtf8(bytes)) return text;
  return text.replace(/\\x[0-9a-f]{2}|\\\\/g, (escape) => (escape === '\\\\' ? '\\' : '\ufffd'));
}

/** As json.MarshalIndent writes it, two spaces a level. */
function goJson(value: object): string {
  return JSON.stringify(value, undefined, 2).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function indented(text: string, by: string): string {
  return by + text.replaceAll('\n', `\n${by}`);
}
