// Worker thread: indexes layers, merges trees and searches paths, one job at a time. It is stopped by terminating it,
// so it never leaves half of anything behind: results go back as shared buffers, the caller writes the cache.
import { open } from 'node:fs/promises';
import { parentPort } from 'node:worker_threads';
import { toPhylloError } from '../lib/errors.ts';
import { sniffCompression } from '../layer/compression.ts';
import { scanLayer } from '../layer/scan.ts';
import { readTarHeaders } from '../layer/tar-positional.ts';
import { LayerTreeBuilder } from './build.ts';
import type { IndexJob, IndexReply, IndexResult } from './index-job.ts';
import { LayerTree } from './layer-tree.ts';
import { mergeLayers } from './merge.ts';
import { allPaths, searchPaths } from './search.ts';
import { StackIndex } from './stack-index.ts';

type IndexLayerJob = Extract<IndexJob, { kind: 'index' }>;
type SearchJob = Extract<IndexJob, { kind: 'search' }>;

const PROGRESS_EVERY_MS = 50;

async function run(
  job: IndexJob,
  memory: Map<SharedArrayBuffer, string[]>,
): Promise<IndexResult | SharedArrayBuffer | Int32Array> {
  switch (job.kind) {
    case 'index':
      return indexLayer(job);
    case 'merge':
      return mergeLayers(job.trees.map((buffer) => LayerTree.from(buffer))).columns.buffer;
    case 'search':
      return searchPaths(pathsOf(job, memory), job.query);
  }
}

async function indexLayer({ location, diffID, digest, full }: IndexLayerJob): Promise<IndexResult> {
  const builder = new LayerTreeBuilder();
  if (!full && (await isPlainTar(location))) {
    readTarHeaders(location, (entry) => builder.add(entry));
    const tree = builder.finish({ diffID, uncompressedBytes: location.sizeBytes });
    return { buffer: tree.buffer, verified: false };
  }
  const { uncompressedBytes } = await scanLayer(location, {
    expectedDiffID: diffID,
    expectedDigest: digest,
    hashFiles: true,
    onEntry: (entry, contentDigest) => builder.add(entry, contentDigest),
    onProgress: throttledProgress(),
  });
  return { buffer: builder.finish({ diffID, uncompressedBytes }).buffer, verified: true };
}

async function isPlainTar({ path, offset, sizeBytes }: IndexLayerJob['location']): Promise<boolean> {
  await using file = await open(path, 'r');
  const head = Buffer.alloc(Math.min(512, sizeBytes));
  const { bytesRead } = await file.read(head, 0, head.length, offset);
  return sniffCompression(head.subarray(0, bytesRead)) === 'none';
}

function throttledProgress(): (progress: { doneBytes: number }) => void {
  let last = 0;
  return ({ doneBytes }) => {
    const now = performance.now();
    if (now - last < PROGRESS_EVERY_MS) return;
    last = now;
    reply({ kind: 'progress', doneBytes });
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

function reply(message: IndexReply): void {
  parentPort!.postMessage(message);
}

function serve(): void {
  const memory = new Map<SharedArrayBuffer, string[]>();
  parentPort!.on('message', (job: IndexJob) => {
    run(job, memory).then(
      (result) => reply({ kind: 'done', result }),
      (error: unknown) => {
        const { code, message, hint, data } = toPhylloError(error, `${job.kind} layers`);
        reply({ kind: 'failed', error: { code, message, hint, data } });
      },
    );
  });
}

serve();
