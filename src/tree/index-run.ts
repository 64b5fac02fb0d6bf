// What is done for an index job: a layer becomes a tree, trees become a stack, paths are searched. In a worker, or right here
// where that is less work than starting one.
import { open } from 'node:fs/promises';
import { sniffCompression } from '../layer/compression.ts';
import { scanLayer } from '../layer/scan.ts';
import { readTarHeaders } from '../layer/tar-positional.ts';
import { LayerTreeBuilder } from './build.ts';
import type { IndexJob, IndexResult, JobResult } from './index-job.ts';
import { LayerTree } from './layer-tree.ts';
import { mergeLayers } from './merge.ts';
import { allPaths, searchPaths } from './search.ts';
import { StackIndex } from './stack-index.ts';
import { treeOfToc } from './toc-tree.ts';

type IndexLayerJob = Extract<IndexJob, { kind: 'index' }>;
type SearchJob = Extract<IndexJob, { kind: 'search' }>;

const PROGRESS_EVERY_MS = 50;

/** `memory` has the paths of the stack that was searched last. */
export async function runIndexJob(
  job: IndexJob,
  memory: Map<SharedArrayBuffer, string[]>,
  onProgress: (doneBytes: number) => void,
): Promise<JobResult> {
  switch (job.kind) {
    case 'index':
      return indexLayer(job, onProgress);
    case 'toc': {
      const { tree, chunks } = await treeOfToc(job.toc);
      return { buffer: tree.buffer, chunks };
    }
    case 'merge':
      return mergeLayers(job.trees.map((buffer) => LayerTree.from(buffer))).columns.buffer;
    case 'search':
      return searchPaths(pathsOf(job, memory), job.query);
  }
}

async function indexLayer(
  { location, diffID, digest, full }: IndexLayerJob,
  onProgress: (doneBytes: number) => void,
): Promise<IndexResult> {
  const builder = new LayerTreeBuilder();
  if (!full && (await isPlainTar(location))) {
    readTarHeaders(location, (entry) => builder.add(entry));
    const tree = builder.finish({ diffID, uncompressedBytes: location.sizeBytes });
    return { buffer: tree.buffer, verified: false };
  }
  const { uncompressedBytes } = await scanLayer(location, {
    expectedDiffID: diffID,
    ...(digest === undefined ? { hashStored: false } : { expectedDigest: digest }),
    hashFiles: true,
    onEntry: (entry, contentDigest) => builder.add(entry, contentDigest),
    onProgress: throttled(onProgress),
  });
  return { buffer: builder.finish({ diffID, uncompressedBytes }).buffer, verified: true };
}

async function isPlainTar({ path, offset, sizeBytes }: IndexLayerJob['location']): Promise<boolean> {
  await using file = await open(path, 'r');
  const head = Buffer.alloc(Math.min(512, sizeBytes));
  const { bytesRead } = await file.read(head, 0, head.length, offset);
  return sniffCompression(head.subarray(0, bytesRead)) === 'none';
}

function throttled(onProgress: (doneBytes: number) => void): (progress: { doneBytes: number }) => void {
  let last = 0;
  return ({ doneBytes }) => {
    const now = performance.now();
    if (now - last < PROGRESS_EVERY_MS) return;
    last = now;
    onProgress(doneBytes);
  };
}

/** The paths of the stack searched last are kept: a filter is typed letter by letter. */
function pathsOf({ stack, trees }: SearchJob, memory: Map<SharedArrayBuffer, string[]>): string[] {
  let paths = memory.get(stack);
  if (paths === undefined) {
    paths = allPaths(
      StackIndex.from(
        trees.map((buffer) => LayerTree.from(buffer)),
        stack,
      ),
    );
    memory.clear();
    memory.set(stack, paths);
  }
  return paths;
}
