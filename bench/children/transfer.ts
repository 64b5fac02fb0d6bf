// Load, save, and writing one layer: compressed, and hashed before and after.
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { env } from 'node:process';
import { composeServices } from '../../src/app/compose.ts';
import { compressed } from '../../src/layer/compression.ts';
import { writeFully } from '../../src/lib/files.ts';
import { digestHasher } from '../../src/oci/digest.ts';
import type { Compression } from '../../src/oci/media-types.ts';
import { type Answer, answer, childArguments } from './answer.ts';

export interface TransferAnswer extends Answer {
  readonly ms: number;
}

const READ_BYTES = 1024 * 1024;
const { verb, input, output, root, range } = childArguments('verb', 'input', 'output', 'root', 'range');

async function load(): Promise<void> {
  const services = await composeServices({ env, root });
  await services.transfer.load(input);
  await services.close();
}

async function save(): Promise<void> {
  const services = await composeServices({ env, root });
  const [image] = await services.images.list();
  await services.transfer.save([image!.id], output);
  await services.close();
}

async function write(compression: Compression): Promise<void> {
  const [start, sizeBytes] = range.split(':').map(Number) as [number, number];
  const end = start + sizeBytes - 1;
  const diffID = digestHasher();
  const digest = digestHasher();
  const tar = createReadStream(input, { start, end, highWaterMark: READ_BYTES });
  await using file = await open(output, 'w');
  for await (const chunk of compressed(hashed(tar, diffID), compression)) {
    digest.update(chunk);
    await writeFully(file, chunk);
  }
}

async function* hashed(
  bytes: AsyncIterable<Uint8Array>,
  hasher: { update(chunk: Uint8Array): unknown },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    hasher.update(chunk);
    yield chunk;
  }
}

const start = performance.now();
if (verb === 'load') await load();
else if (verb === 'save') await save();
else await write(verb as Compression);
answer({ ms: performance.now() - start });
