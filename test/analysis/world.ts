// The plainest model of layers there is: maps of paths. Tests hold our columns against it, and rebuild images with it.
import type { LayerTree } from '../../src/tree/layer-tree.ts';
import { NodeFlag, NodeType } from '../../src/tree/layer-tree.ts';
import { type EntrySpec, layer as makeLayer } from '../support/layers.ts';

/** One entry of a layer. Paths have one character a byte; the root is empty. */
export interface Item {
  readonly path: string;
  readonly kind: 'file' | 'dir' | 'other' | 'whiteout';
  readonly isOpaque: boolean;
  /** What lies there below is removed first. */
  readonly replaces: boolean;
  readonly isImplied: boolean;
  readonly sizeBytes: number;
  /** Names of one inode have the same key. */
  readonly inode: string;
  /** A hard link into lower layers. */
  readonly target: string | undefined;
}

export interface Seen {
  readonly kind: 'file' | 'dir' | 'other';
  readonly inode: string;
  readonly sizeBytes: number;
  /** The layer whose entry it is. */
  readonly layer: number;
}
export type World = Map<string, Seen>;

export function itemsOf(tree: LayerTree, layer: number): Item[] {
  return Array.from({ length: tree.count }, (_, node): Item => {
    const type = tree.type[node]!;
    const isLower = tree.has(node, NodeFlag.lowerTarget);
    return {
      path: latin1(tree.pathBytes(node)),
      kind:
        type === NodeType.file
          ? 'file'
          : type === NodeType.dir
            ? 'dir'
            : type === NodeType.whiteout
              ? 'whiteout'
              : 'other',
      isOpaque: tree.has(node, NodeFlag.opaque),
      replaces: tree.has(node, NodeFlag.replaces),
      isImplied: tree.has(node, NodeFlag.implicit),
      sizeBytes: type === NodeType.file && !isLower ? tree.sizeBytes[node]! : 0,
      inode: type === NodeType.dir ? `${layer}/${node}` : `${layer}:${tree.inode[node]}`,
      target: isLower ? latin1(tree.linkBytes(node)) : undefined,
    };
  });
}

/** The world with one more layer on it. */
export function applied(before: World, items: readonly Item[], layer: number): World {
  const world: World = new Map(before);
  for (const item of items) {
    const { path, kind, inode, sizeBytes, target } = item;
    if (kind === 'whiteout' || item.replaces) removeAt(world, path);
    if (kind === 'whiteout') continue;
    const there = world.get(path);
    if (there?.kind === 'dir' && (kind !== 'dir' || item.isOpaque)) removeBelow(world, path);
    if (there?.kind === 'dir' && kind === 'dir' && item.isImplied) continue;
    const linked = target === undefined ? undefined : before.get(target);
    if (linked !== undefined && linked.kind !== 'dir') world.set(path, { ...linked, layer });
    else world.set(path, { kind, inode, sizeBytes, layer });
  }
  return world;
}

function removeAt(world: World, path: string): void {
  world.delete(path);
  removeBelow(world, path);
}

function removeBelow(world: World, path: string): void {
  const prefix = path === '' ? '' : `${path}/`;
  for (const each of world.keys())
    if (each !== '' && each !== path && each.startsWith(prefix)) world.delete(each);
}

/** Worlds before the first layer and after each. */
export function worldsOf(layers: readonly (readonly Item[])[]): World[] {
  const worlds: World[] = [new Map()];
  layers.forEach((items, layer) => worlds.push(applied(worlds.at(-1)!, items, layer)));
  return worlds;
}

/** The layer that makes `after` of `before` with the entries of `isOurs`, as tar entries. `now` is what lies below it. */
export function layerBetween(
  before: World,
  after: World,
  now: World,
  isOurs: (seen: Seen, path: string) => boolean,
): LayerTree {
  const entries: [string, EntrySpec][] = [];
  for (const [path, seen] of before) {
    const later = after.get(path);
    const parent = after.get(parentOf(path));
    const isGone = later === undefined && (path === '' || parent?.kind === 'dir');
    const changesKind = later !== undefined && (later.kind === 'dir') !== (seen.kind === 'dir');
    if (path !== '' && (isGone || changesKind))
      entries.push([path.replace(/[^/]*$/, '.wh.$&'), { content: '' }]);
  }
  const written = new Map<string, string>();
  const ours = [...after].filter(([path, seen]) => path !== '' && isOurs(seen, path)).sort(byPath);
  // Links into lower layers come first: after an entry of the same name they would mean that one.
  const isLower = ([, { kind, inode }]: [string, Seen]): boolean =>
    kind === 'file' && nameOf(now, inode) !== undefined;
  for (const [path, seen] of [...ours.filter(isLower), ...ours.filter((each) => !isLower(each))])
    entries.push([path, entrySpec(path, seen, written, now)]);
  return makeLayer(entries);
}

function byPath([a]: readonly [string, Seen], [b]: readonly [string, Seen]): number {
  return a < b ? -1 : 1;
}

/** An inode that lies below is linked, one of this layer has its bytes under its first name. */
function entrySpec(path: string, seen: Seen, written: Map<string, string>, now: World): EntrySpec {
  if (seen.kind === 'dir') return { type: 'dir' };
  if (seen.kind === 'other') return { type: 'fifo' };
  const first = written.get(seen.inode) ?? nameOf(now, seen.inode);
  if (first !== undefined) return { type: 'hardlink', link: first };
  written.set(seen.inode, path);
  return { type: 'file', sizeBytes: seen.sizeBytes };
}

function nameOf(world: World, inode: string): string | undefined {
  for (const [path, seen] of world) if (seen.kind === 'file' && seen.inode === inode) return path;
  return undefined;
}

/** What a person sees: paths, kinds, sizes, and which names are one file. */
export function sightOf(world: World): string[] {
  const first = new Map<string, string>();
  return [...world.keys()]
    .filter((path) => path !== '')
    .sort()
    .map((path) => {
      const { kind, inode, sizeBytes } = world.get(path)!;
      if (kind === 'dir') return `${path} dir`;
      if (kind === 'other') return `${path} other`;
      const known = first.get(inode) ?? path;
      first.set(inode, known);
      return `${path} file ${sizeBytes} =${known}`;
    });
}

/** Directories named like whiteouts exist only where a file below implies them: no entry can write them again. */
export function hasOddNames(worlds: readonly World[]): boolean {
  return worlds.some((world) => [...world.keys()].some((path) => /(?:^|\/)\.wh\./.test(path)));
}

export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
