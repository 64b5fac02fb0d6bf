// One tree as every kind of source has it, and sources as text.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { FileSource } from '../../../src/build/file-view.ts';
import { type OpenLayerFile, StackSource } from '../../../src/build/context/stack-source.ts';
import { scanLayerStream } from '../../../src/layer/scan.ts';
import { LayerTreeBuilder } from '../../../src/tree/build.ts';
import { openContent } from '../../../src/tree/content.ts';
import type { LayerTree } from '../../../src/tree/layer-tree.ts';
import { mergeLayers } from '../../../src/tree/merge.ts';
import { type Layer, tarOf } from '../../layer/apply-fixtures.ts';

export const LARGE = Buffer.from(Array.from({ length: 700_000 }, (_, at) => (at * 7919) >> 5));

export async function bytesOf(input: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of input) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}

export async function textOf(source: FileSource, path: string): Promise<string> {
  return (await bytesOf(source.open(path) as AsyncIterable<Uint8Array>)).toString('latin1');
}

export function streamOf(data: Uint8Array, chunkBytes = 10_000): Readable {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += chunkBytes) chunks.push(data.subarray(at, at + chunkBytes));
  return Readable.from(chunks);
}

/** All paths of a source, the root first. */
export function pathsOf(source: FileSource, path = ''): string[] {
  const inside = source.children(path).map((name) => (path === '' ? name : `${path}/${name}`));
  return [path, ...inside.flatMap((child) => pathsOf(source, child))];
}

/** Every path with all that is said of it, contents as digests; names of one file are told together. */
export async function describeSource(source: FileSource): Promise<string[]> {
  const firsts = new Map<string, string>();
  const lines: string[] = [];
  for (const path of pathsOf(source)) {
    const { type, mode, uid, gid, sizeBytes, mtimeSeconds, mtimeNanos, linkname, inode } =
      source.lookup(path)!;
    const first = inode === undefined ? undefined : (firsts.get(inode) ?? path);
    if (inode !== undefined) firsts.set(inode, first!);
    const content = type === 'file' ? sha256(await bytesOf(source.open(path))) : '';
    const digest = type === 'file' ? await source.digest(path) : '';
    lines.push(
      `${path} ${type} ${mode.toString(8)} ${uid}:${gid} ${sizeBytes} @${mtimeSeconds}.${mtimeNanos} ${linkname ?? ''} ${first ?? ''} ${content} ${digest}`,
    );
  }
  return lines;
}

/** Layers that lie as plain tars in `folder`. */
export async function stackOf(
  folder: string,
  layers: readonly Layer[],
  { hashFiles = true, upto = layers.length - 1 } = {},
): Promise<StackSource> {
  const locations: { path: string; offset: number; sizeBytes: number }[] = [];
  const trees: LayerTree[] = [];
  for (const layer of layers) {
    const data = await bytesOf(tarOf(layer));
    const path = join(folder, `layer-${trees.length}.tar`);
    writeFileSync(path, data);
    locations.push({ path, offset: 0, sizeBytes: data.length });
    const builder = new LayerTreeBuilder();
    await scanLayerStream(streamOf(data), {
      hashFiles,
      onEntry: (entry, digest) => builder.add(entry, digest),
    });
    trees.push(builder.finish({ uncompressedBytes: data.length }));
  }
  const stack = mergeLayers(trees);
  const open: OpenLayerFile = async (layer, node) => openContent(locations[layer]!, trees[layer]!, node);
  return new StackSource(stack, open, upto);
}
