// What the linux engine tells of a container's files, through the agent that has them mounted or one that is started for it.
import { Readable } from 'node:stream';
import { PhylloError, toPhylloError } from '../../lib/errors.ts';
import { latin1, raw } from '../../layer/apply-directory.ts';
import { decodeLiveLayer } from '../../snapshot/live-wire.ts';
import type { LiveLayer } from '../../snapshot/live-layer.ts';
import type { FileContent } from '../../tree/content.ts';
import { type LayerTree, NodeType } from '../../tree/layer-tree.ts';
import type { LayerOptions, PathStat } from '../engine.ts';
import type { Exchange } from './client-exchange.ts';
import type { Request } from './control-protocol.ts';

/** A connection to whoever has the files of one container. */
export type Reach = () => Promise<Exchange>;

const MAX_READ_BYTES = 64 * 1024 * 1024;
const MAX_LIVE_BYTES = 1024 * 1024 * 1024;
const SIZE_BYTES = 4;

export async function* liveLayers(
  reach: Reach,
  { follow = false, signal }: { follow?: boolean; signal?: AbortSignal },
): AsyncGenerator<LiveLayer> {
  if (signal?.aborted) return;
  const exchange = await reach();
  const stop = (): void => exchange.close();
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) stop();
  try {
    for await (const bytes of sized(exchange.receive({ op: 'changes', follow })))
      yield decodeLiveLayer(bytes);
  } catch (error) {
    if (!signal?.aborted) throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    exchange.close();
  }
}

/** Pieces that have their size in front. */
async function* sized(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let length = 0;
  let wanted: number | undefined;
  for await (const chunk of chunks) {
    held.push(chunk);
    length += chunk.length;
    for (;;) {
      const needed = SIZE_BYTES + (wanted ?? 0);
      if (length < needed) break;
      const all = held.length === 1 ? held[0]! : Buffer.concat(held);
      held = [all];
      if (wanted === undefined) {
        wanted = all.readUInt32BE(0);
        if (wanted > MAX_LIVE_BYTES)
          throw new PhylloError('limit-exceeded', 'read live layer: it is too large');
        continue;
      }
      yield all.subarray(SIZE_BYTES, needed);
      held = [all.subarray(needed)];
      length -= needed;
      wanted = undefined;
    }
  }
}

export function layerTar(reach: Reach, { exclude = [], signal }: LayerOptions): Readable {
  return streamOf(reach, { op: 'layer', exclude: exclude.map(latin1) }, signal);
}

export function exportTar(reach: Reach, signal: AbortSignal | undefined): Readable {
  return streamOf(reach, { op: 'export' }, signal);
}

/** Throws what is wrong with the path before anything is read from the stream. */
export async function archiveOf(
  reach: Reach,
  path: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<Readable> {
  const exchange = await reach();
  try {
    exchange.send({ op: 'get', path: latin1(path) } satisfies Request);
    const first = await exchange.next();
    return readable(withFirst(first.type === 'data' ? first.payload : undefined, exchange), exchange, signal);
  } catch (error) {
    exchange.close();
    throw error;
  }
}

async function* withFirst(first: Buffer | undefined, exchange: Exchange): AsyncGenerator<Buffer> {
  if (first === undefined) return exchange.close();
  yield first;
  yield* exchange.data();
}

export async function putArchive(
  reach: Reach,
  directory: Uint8Array,
  tar: Readable,
  { owners = false, signal }: { owners?: boolean; signal?: AbortSignal },
): Promise<void> {
  const exchange = await reach();
  const stop = (): void => exchange.close();
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) stop();
  try {
    exchange.send({ op: 'put', path: latin1(directory), owners } satisfies Request);
    const answer = exchange.reply();
    answer.catch(() => undefined);
    // A refusal comes while we still send: it is what counts.
    await Promise.race([sendAll(exchange, tar), answer]);
    await answer;
  } catch (error) {
    if (signal?.aborted) throw new PhylloError('cancelled', 'copy to container: cancelled', { cause: error });
    throw toPhylloError(error, 'copy to container');
  } finally {
    signal?.removeEventListener('abort', stop);
    exchange.close();
  }
}

async function sendAll(exchange: Exchange, tar: Readable): Promise<void> {
  for await (const chunk of tar) await exchange.connection.send('data', chunk as Uint8Array);
  await exchange.connection.send('end');
}

export async function statOf(reach: Reach, path: Uint8Array, follow: boolean): Promise<PathStat> {
  const reply = await (await reach()).ask({ op: 'stat', path: latin1(path), follow });
  if (reply.kind !== 'stat') throw unexpected();
  return { ...reply.stat, path: raw(reply.stat.path) };
}

export async function usageOf(reach: Reach): Promise<number> {
  const reply = await (await reach()).ask({ op: 'usage' });
  if (reply.kind !== 'usage') throw unexpected();
  return reply.bytes;
}

export function upperContent(reach: Reach, tree: LayerTree, node: number): FileContent {
  if (tree.type[node] !== NodeType.file)
    throw new PhylloError('invalid-argument', 'read file of container: it is not a regular file');
  const sizeBytes = tree.sizeBytes[node]!;
  const path = latin1(tree.pathBytes(node));
  const request = (offset: number, length: number): Request => ({ op: 'content', path, offset, length });
  return {
    sizeBytes,
    async read(offset, length) {
      const start = Math.max(0, offset);
      const count = Math.max(0, Math.min(sizeBytes, start + length) - start);
      if (count > MAX_READ_BYTES)
        throw new PhylloError('limit-exceeded', 'read file of container: more than 64 MiB at once');
      if (count === 0) return new Uint8Array(0);
      const chunks: Buffer[] = [];
      for await (const chunk of (await reach()).receive(request(start, count))) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
    open: async () => streamOf(reach, request(0, sizeBytes), undefined),
  };
}

function streamOf(reach: Reach, request: Request, signal: AbortSignal | undefined): Readable {
  const opened = Promise.withResolvers<Exchange>();
  opened.promise.catch(() => undefined);
  async function* chunks(): AsyncGenerator<Buffer> {
    const exchange = await reach();
    opened.resolve(exchange);
    yield* exchange.receive(request);
  }
  return readable(chunks(), opened.promise, signal);
}

/** Destroyed by the signal, and the work of the agent with it. */
function readable(
  chunks: AsyncIterable<Buffer>,
  exchange: Exchange | Promise<Exchange>,
  signal: AbortSignal | undefined,
): Readable {
  const stream = Readable.from(chunks, { objectMode: false });
  // It may end before its reader has come, who then still learns of it.
  stream.on('error', () => undefined);
  const stop = (): void => {
    stream.destroy(new PhylloError('cancelled', 'read files of container: cancelled'));
  };
  if (signal?.aborted) stop();
  else signal?.addEventListener('abort', stop);
  stream.once('close', () => {
    signal?.removeEventListener('abort', stop);
    void Promise.resolve(exchange).then(
      (open) => open.close(),
      () => undefined,
    );
  });
  return stream;
}

function unexpected(): PhylloError {
  return new PhylloError('io', 'read files of container: the agent gave another answer');
}
