import { describe, expect, test } from 'vitest';
import { PhylloError } from '../../src/lib/errors.ts';
import { readAll } from '../../src/lib/streams.ts';
import { inflated, sniffed } from '../../src/transport/inflate.ts';
import { type LayerForm, compressAs } from '../support/image-build.ts';

const data = Buffer.from('some data '.repeat(1000));

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function inflate(bytes: AsyncIterable<Uint8Array>, allowed?: number): Promise<Buffer> {
  return sniffed(bytes).then((input) => readAll(inflated(input, allowed), 1024 ** 3, 'data'));
}

describe.each<LayerForm>(['plain', 'gzip', 'gzip members', 'zstd', 'zstd frames'])('%s', (form) => {
  test.each([1, 3, 4, 1000, 1_000_000])('in pieces of %i bytes', async (size) => {
    expect(await inflate(inPieces(compressAs(data, form), size))).toEqual(data);
  });
});

test.each([0, 1, 3])('%i bytes are what they are', async (length) => {
  expect(await inflate(inPieces(data.subarray(0, length), 1))).toEqual(data.subarray(0, length));
});

test('what is not compressed is never a bomb', async () => {
  expect(await inflate(inPieces(data, 100), 10)).toEqual(data);
});

test.each<LayerForm>(['gzip', 'zstd'])(
  '%s that grows without measure is stopped near the limit',
  async (form) => {
    const bomb = compressAs(Buffer.alloc(32 * 1024 * 1024), form);
    let given = 0;
    const reading = (async (): Promise<void> => {
      for await (const chunk of inflated(await sniffed(inPieces(bomb, 1000)), 1024 * 1024))
        given += chunk.length;
    })();
    await expect(reading).rejects.toMatchObject({ code: 'limit-exceeded' });
    expect(given).toBeLessThan(8 * 1024 * 1024);
  },
);

test('a reader that stops ends the input', async () => {
  let ended = false;
  const input = (async function* (): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield data;
    } finally {
      ended = true;
    }
  })();
  for await (const chunk of inflated(await sniffed(input))) {
    expect(chunk.length).toBeGreaterThan(0);
    break;
  }
  expect(ended).toBe(true);
});

test('an input that fails is told as it is', async () => {
  const input = (async function* (): AsyncGenerator<Uint8Array> {
    yield data;
    throw new PhylloError('network', 'read x: gone');
  })();
  await expect(inflate(input)).rejects.toMatchObject({ code: 'network' });
});
