// What trees cost once they are there: loaded from the cache, against JSON of the same; merged, against a plain merge
// of objects in a map.
import { env } from 'node:process';
import { analyzeStack } from '../../src/analysis/analysis.ts';
import { composeServices } from '../../src/app/compose.ts';
import { LayerTree, NodeFlag, NodeType } from '../../src/tree/layer-tree.ts';
import { mergeLayers } from '../../src/tree/merge.ts';
import { type Answer, answer, childArguments } from './answer.ts';

export interface TreesAnswer extends Answer {
  readonly entries: number;
  readonly paths: number;
  readonly loadMs: readonly number[];
  readonly jsonMs: readonly number[];
  readonly mergeMs: readonly number[];
  readonly objectsMs: readonly number[];
  readonly analyzeMs: readonly number[];
  readonly stackBytes: number;
}

interface PlainEntry {
  readonly path: string;
  readonly type: number;
  readonly flags: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly offset: number;
  readonly mtime: number;
  readonly link: string;
  readonly digest: string | undefined;
}

const { image, root, rounds } = childArguments('image', 'root', 'rounds');
const services = await composeServices({ env, root });
const explored = await services.explore.open(image);
const trees = await Promise.all(explored.trees);
const stack = await explored.stack;
const plain = trees.map(plainEntries);
const sealed = trees.map((tree) => (tree.columns.seal(), tree.buffer));
const json = plain.map((entries) => JSON.stringify(entries));

function plainEntries(tree: LayerTree): PlainEntry[] {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
  return Array.from({ length: tree.count }, (_, node) => ({
    path: text(tree.pathBytes(node)),
    type: tree.type[node]!,
    flags: tree.flags[node]!,
    mode: tree.mode[node]!,
    uid: tree.uid[node]!,
    gid: tree.gid[node]!,
    size: tree.sizeBytes[node]!,
    offset: tree.dataOffset[node]!,
    mtime: tree.mtimeSeconds[node]!,
    link: text(tree.linkBytes(node)),
    digest: tree.digestBytes(node) && Buffer.from(tree.digestBytes(node)!).toString('hex'),
  }));
}

/** As one writes it down at first: a map of paths, an object for each, a scan for what a whiteout covers. */
function mergeObjects(layers: readonly (readonly PlainEntry[])[]): Map<string, PlainEntry> {
  const visible = new Map<string, PlainEntry>();
  const children = new Map<string, Set<string>>();
  const remove = (path: string): void => {
    for (const child of children.get(path) ?? []) remove(child);
    children.delete(path);
    visible.delete(path);
  };
  for (const entries of layers) {
    for (const entry of entries) {
      if (entry.type === NodeType.whiteout || (entry.flags & NodeFlag.replaces) !== 0) remove(entry.path);
      if (entry.type === NodeType.whiteout) continue;
      const folder = entry.path.slice(0, Math.max(0, entry.path.lastIndexOf('/')));
      const siblings = children.get(folder) ?? new Set<string>();
      children.set(folder, siblings.add(entry.path));
      visible.set(entry.path, { ...entry });
    }
  }
  return visible;
}

function timed(run: () => unknown): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

const times = {
  loadMs: [] as number[],
  jsonMs: [] as number[],
  mergeMs: [] as number[],
  objectsMs: [] as number[],
  analyzeMs: [] as number[],
};
const input = {
  stack: await explored.exact(),
  rows: explored.rows,
  compressedBytes: explored.layers.map(({ compressedBytes }) => compressedBytes),
};
for (let round = 0; round < Number(rounds); round++) {
  times.loadMs.push(timed(() => sealed.map((buffer) => LayerTree.from(buffer, true))));
  times.jsonMs.push(timed(() => json.map((text) => JSON.parse(text) as unknown)));
  times.mergeMs.push(timed(() => mergeLayers(trees)));
  times.objectsMs.push(timed(() => mergeObjects(plain)));
  times.analyzeMs.push(timed(() => analyzeStack(input)));
}
const entries = trees.reduce((sum, { count }) => sum + count, 0);
answer({ entries, paths: stack.count, stackBytes: stack.columns.buffer.byteLength, ...times });
await explored.close();
await services.close();
