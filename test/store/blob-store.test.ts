// What every store of blobs promises: ours on disk is the one that there is.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Descriptor } from '../../src/oci/descriptor.ts';
import { type Digest, digestOf } from '../../src/oci/digest.ts';
import type { BlobReader } from '../../src/oci/image.ts';
import { openStore } from '../../src/store/store.ts';

type Expected = Pick<Descriptor, 'digest' | 'size'>;

interface BlobStore extends BlobReader {
  put(
    data: AsyncIterable<Uint8Array> | Uint8Array,
    expected: Expected | undefined,
    options?: { signal?: AbortSignal },
  ): Promise<Expected>;
  list(): AsyncIterable<Digest>;
}

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phyllo-blobs-'));
});

afterEach(() => rm(folder, { recursive: true }));

function descriptorOf(data: Uint8Array): Descriptor {
  return { mediaType: 'application/octet-stream', digest: digestOf(data), size: data.length };
}

async function listed(store: BlobStore): Promise<Digest[]> {
  const digests: Digest[] = [];
  for await (const digest of store.list()) digests.push(digest);
  return digests.sort();
}

function inChunks(data: Uint8Array, bytes: number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += bytes) chunks.push(data.subarray(at, at + bytes));
  return chunks;
}

describe.each<[string, () => Promise<BlobStore>]>([['on disk', () => openStore(join(folder, 'store'))]])(
  'a store of blobs %s',
  (_, open) => {
    const data = Buffer.from('some bytes of a layer');
    const descriptor = descriptorOf(data);

    test('gives back what was put, however it was cut into chunks', async () => {
      const store = await open();
      await fc.assert(
        fc.asyncProperty(
          fc.uint8Array({ maxLength: 5000 }),
          fc.integer({ min: 1, max: 700 }),
          async (bytes, cut) => {
            const wanted = descriptorOf(bytes);
            await store.put(Readable.from(inChunks(bytes, cut)), wanted);
            expect(await buffer(await store.open(wanted))).toEqual(Buffer.from(bytes));
          },
        ),
        { numRuns: 20 },
      );
    });

    test('names a blob by its bytes when nothing was expected', async () => {
      const store = await open();
      expect(await store.put(data, undefined)).toEqual({ digest: descriptor.digest, size: data.length });
    });

    test('keeps blobs of sha512 apart from those of sha256', async () => {
      const store = await open();
      const wide = { digest: digestOf(data, 'sha512'), size: data.length };
      await store.put(data, wide);
      await store.put(data, descriptor);
      expect(await listed(store)).toEqual([descriptor.digest, wide.digest]);
      expect(await buffer(await store.open({ ...descriptor, ...wide }))).toEqual(data);
    });

    test('takes the same blob again as a success', async () => {
      const store = await open();
      await store.put(data, descriptor);
      await store.put(data, descriptor);
      expect(await listed(store)).toEqual([descriptor.digest]);
    });

    test('takes the same blob from several at once', async () => {
      const store = await open();
      await Promise.all(
        Array.from({ length: 8 }, () => store.put(Readable.from(inChunks(data, 3)), descriptor)),
      );
      expect(await listed(store)).toEqual([descriptor.digest]);
      expect(await buffer(await store.open(descriptor))).toEqual(data);
    });

    test('refuses other bytes of the right size, and has nothing then', async () => {
      const store = await open();
      const other = Buffer.from(data).fill('x');
      await expect(store.put(other, descriptor)).rejects.toMatchObject({ code: 'digest-mismatch' });
      expect(await listed(store)).toEqual([]);
      expect(await store.has(descriptor)).toBe(false);
    });

    test.each([
      ['too few', data.subarray(1)],
      ['too many', Buffer.concat([data, data])],
      ['no', Buffer.alloc(0)],
    ])('refuses %s bytes', async (_amount, bytes) => {
      const store = await open();
      await expect(store.put(Readable.from([bytes]), descriptor)).rejects.toMatchObject({
        code: 'size-mismatch',
      });
      expect(await listed(store)).toEqual([]);
    });

    test('stops reading a source that sends more than was announced', async () => {
      const store = await open();
      let sent = 0;
      const endless = (async function* () {
        for (;;) {
          await Promise.resolve();
          sent++;
          yield data;
        }
      })();
      await expect(store.put(endless, descriptor)).rejects.toMatchObject({ code: 'size-mismatch' });
      expect(sent).toBe(2);
    });

    test('shows a blob only when its last byte came', async () => {
      const store = await open();
      const seen: Digest[][] = [];
      const watched = (async function* () {
        yield data.subarray(0, 5);
        seen.push(await listed(store));
        yield data.subarray(5);
        seen.push(await listed(store));
      })();
      await store.put(watched, descriptor);
      expect(seen).toEqual([[], []]);
      expect(await listed(store)).toEqual([descriptor.digest]);
    });

    test('has nothing of a source that breaks, and passes on why', async () => {
      const store = await open();
      const broken = (async function* () {
        yield data.subarray(0, 5);
        await Promise.reject(new Error('the wire was cut'));
      })();
      await expect(store.put(broken, descriptor)).rejects.toThrow('the wire was cut');
      expect(await listed(store)).toEqual([]);
    });

    test('has nothing of what was cancelled', async () => {
      const store = await open();
      const controller = new AbortController();
      const stopped = (async function* () {
        yield data.subarray(0, 5);
        controller.abort();
        yield data.subarray(5);
      })();
      const put = store.put(stopped, descriptor, { signal: controller.signal });
      await expect(put).rejects.toMatchObject({ code: 'cancelled' });
      expect(await listed(store)).toEqual([]);
    });

    test('does not have a blob under another size', async () => {
      const store = await open();
      await store.put(data, descriptor);
      expect(await store.has(descriptor)).toBe(true);
      expect(await store.has({ ...descriptor, size: data.length + 1 })).toBe(false);
    });

    test('tells of an absent blob when it is opened', async () => {
      const store = await open();
      await expect(store.open(descriptor)).rejects.toMatchObject({ code: 'not-found' });
    });

    test.each([
      [0, 4, 'some'],
      [5, 5, 'bytes'],
      [16, 100, 'layer'],
      [21, 5, ''],
      [100, 5, ''],
      [3, 0, ''],
    ])('reads a range from %i of %i bytes', async (offset, length, text) => {
      const store = await open();
      await store.put(data, descriptor);
      const range = await buffer(await store.open(descriptor, { offset, length }));
      expect(range.toString()).toBe(text);
    });
  },
);
