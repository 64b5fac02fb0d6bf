// An explored image, made of trees in memory.
import { Readable } from 'node:stream';
import type { ExploredImage } from '../../src/app/services.ts';
import type { FileContent } from '../../src/tree/content.ts';
import type { LayerTree } from '../../src/tree/layer-tree.ts';
import { allPaths, searchPaths } from '../../src/tree/search.ts';
import type { StackIndex } from '../../src/tree/stack-index.ts';
import { stackRows } from '../../src/oci/history.ts';
import { chainIDs, parseConfig } from '../../src/oci/config.ts';
import { digestOf } from '../../src/oci/digest.ts';

export interface MemoryImage {
  readonly layers: readonly LayerTree[];
  /** Instructions, base first; by default one of each layer's own. */
  readonly instructions?: readonly string[];
  readonly content?: (layer: number, node: number) => Uint8Array;
}

export function exploredImage(
  { layers, instructions, content }: MemoryImage,
  stack: StackIndex,
): ExploredImage {
  const diffIDs = layers.map((_, index) => digestOf(Buffer.from([index])));
  const created_by = instructions ?? layers.map((_, index) => `RUN make layer ${index}`);
  const config = parseConfig(
    Buffer.from(
      JSON.stringify({
        architecture: 'amd64',
        os: 'linux',
        config: {},
        rootfs: { type: 'layers', diff_ids: diffIDs },
        history: created_by.map((text) => ({ created_by: text, created: '2024-05-01T10:00:00Z' })),
      }),
    ),
  );
  const chain = chainIDs(diffIDs);
  const read = (data: Uint8Array): FileContent => ({
    sizeBytes: data.length,
    read: async (offset, length) => data.subarray(offset, offset + length),
    open: async () => Readable.from([data]),
  });
  return {
    image: { id: diffIDs[0]! } as ExploredImage['image'],
    config,
    title: 'memory',
    stored: false,
    rows: stackRows(config.history, layers.length),
    layers: diffIDs.map((diffID, index) => ({
      index,
      diffID,
      digest: diffID,
      chainID: chain[index]!,
      mediaType: 'application/vnd.oci.image.layer.v1.tar',
      compressedBytes: 1000 * (index + 1),
      sharedWith: 0,
    })),
    bases: [],
    trees: layers.map((tree) => Promise.resolve(tree)),
    stack: Promise.resolve(stack),
    exact: async () => stack,
    onProgress: () => () => {},
    content: async (layer, node) => read(content?.(layer, node) ?? new Uint8Array(0)),
    search: async (query) => searchPaths(allPaths(stack), query),
    close: async () => {},
  };
}
