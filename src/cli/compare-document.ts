// A comparison as a JSON document, one file a line.
import type { FileComparison } from '../analysis/compare-files.ts';
import type { Comparison } from '../analysis/compare.ts';
import type { ExploredImage } from '../app/services.ts';
import { type LayerTree, NodeType } from '../tree/layer-tree.ts';
import { type SquashView, contentBytes } from '../tree/squash-view.ts';
import { ABSENT, type Status } from '../tree/stack-index.ts';
import { imageDocument } from './explored.ts';
import { bytesField, documentLines } from './json.ts';
import { rfc3339 } from './times.ts';
import { STATUS_NAMES, TYPES, reasonNames } from './tree-entries.ts';

export interface DocumentSide {
  readonly image: ExploredImage;
  /** Of a container. */
  readonly container?: { readonly id: string; readonly name: string };
  readonly upto: number;
}

/** `diffs`: texts by index of the file, where they were asked for. */
export function comparisonLines(
  comparison: Comparison,
  a: DocumentSide,
  b: DocumentSide,
  diffs: ReadonlyMap<number, string>,
): Iterable<string> {
  const { config, files, bytes, packages, notes } = comparison;
  return documentLines({
    schema: 'phyllo.compare/1',
    head: {
      a: sideDocument(a),
      b: sideDocument(b),
      layers: layersDocument(comparison, a, b),
      config: config.map((one) => ({ field: one.field, a: one.a ?? null, b: one.b ?? null })),
      packages: packages.map((one) => ({ ...one, a: one.a ?? null, b: one.b ?? null })),
      bytes,
      notes,
    },
    list: 'files',
    items: fileDocuments(files, diffs),
  });
}

function sideDocument({ image, container, upto }: DocumentSide): object {
  return {
    ...imageDocument(image),
    ...(container && { container: { id: container.id, name: container.name } }),
    upto: upto < 0 ? null : upto,
  };
}

function layersDocument({ layers, files }: Comparison, a: DocumentSide, b: DocumentSide): object {
  return {
    shared: layers.shared.map((pair) => ({
      a: pair.a,
      b: pair.b,
      ...sizedLayer(a, files.a, pair.a),
    })),
    onlyA: layers.onlyA.map((index) => ({ index, ...sizedLayer(a, files.a, index) })),
    onlyB: layers.onlyB.map((index) => ({ index, ...sizedLayer(b, files.b, index) })),
  };
}

function sizedLayer({ image }: DocumentSide, { stack }: SquashView, layer: number): object {
  return {
    diffID: image.layers[layer]?.diffID ?? null,
    size: stack.trees[layer]!.facts.contentBytes,
    createdBy: image.rows.find((row) => row.layer === layer)?.createdBy ?? '',
  };
}

function* fileDocuments(files: FileComparison, diffs: ReadonlyMap<number, string>): Generator<object> {
  const { a, b, nodesA, nodesB, status, reason } = files;
  for (let index = 0; index < status.length; index++) {
    const [nodeA, nodeB] = [nodesA[index]!, nodesB[index]!];
    const path = nodeA === ABSENT ? b.stack.pathBytes(nodeB) : a.stack.pathBytes(nodeA);
    const diff = diffs.get(index);
    yield {
      ...bytesField('path', Buffer.concat([Buffer.from('/'), path])),
      status: STATUS_NAMES[status[index] as Status],
      ...(nodeA !== ABSENT && { a: entryDocument(a, nodeA) }),
      ...(nodeB !== ABSENT && { b: entryDocument(b, nodeB) }),
      reason: reasonNames(reason[index]!),
      ...(diff !== undefined && { diff }),
    };
  }
}

function entryDocument({ stack, version }: SquashView, node: number): object {
  const { tree, node: entry } = stack.locateContent(version[node]!);
  return {
    type: TYPES[tree.type[entry] as NodeType],
    mode: tree.mode[entry]!.toString(8).padStart(4, '0'),
    uid: tree.uid[entry]!,
    gid: tree.gid[entry]!,
    size: contentBytes(stack, version[node]!),
    mtime: rfc3339(tree.mtimeSeconds[entry]!, tree.mtimeNanos[entry]!),
    ...targetFields(tree, entry),
  };
}

function targetFields(tree: LayerTree, entry: number): object {
  const type = tree.type[entry];
  if (type === NodeType.symlink) return bytesField('linkname', tree.linkBytes(entry));
  if (type !== NodeType.char && type !== NodeType.block) return {};
  const [major, minor] = tree.device(entry);
  return { device: { major, minor } };
}
