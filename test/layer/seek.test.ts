// The cache of inflated tars: what is in it is right, bounded, made once, and nothing half made is left behind.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InflatedLayers } from '../../src/layer/seek.ts';
import { type Digest, digestHex, parseDigest } from '../../src/oci/digest.ts';
import type { BlobLocation } from '../../src/oci/image.ts';

let folder: string;
let cache: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'phyllo-seek-'));
  cache = join(folder, 'cache');
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Blob {
  readonly content: Buffer;
  readonly diffID: Digest;
  readonly location: BlobLocation;
}

/** A layer between other bytes of a file; 1000 bytes unless told. */
function blob(name: string, pack: (content: Buffer) => Buffer = gzipSync, sizeBytes = 1000): Blob {
  const content = Buffer.alloc(sizeBytes, name);
  const packed = pack(content);
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat([Buffer.alloc(100, 'x'), packed, Buffer.alloc(100, 'y')]));
  const diffID = parseDigest(`sha256:${createHash('sha256').update(content).digest('hex')}`);
  return { content, diffID, location: { path, offset: 100, sizeBytes: packed.length } };
}

function bytesAt({ path, offset, sizeBytes }: BlobLocation): Buffer {
  return readFileSync(path).subarray(offset, offset + sizeBytes);
}

function kept(): string[] {
  return existsSync(cache) ? readdirSync(cache).sort() : [];
}

describe('a layer', () => {
  test.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ])('of %s is inflated once and found again, by another instance too', async (_, pack) => {
    const { location, diffID, content } = blob('a', pack);
    const first = await new InflatedLayers(cache, 10_000).open(location, diffID);
    expect(bytesAt(first).equals(content)).toBe(true);
    rmSync(location.path);
    writeFileSync(location.path, Buffer.concat([Buffer.alloc(100), pack(Buffer.from('other'))]));
    const again = await new InflatedLayers(cache, 10_000).open(location, diffID);
    expect(bytesAt(again).equals(content)).toBe(true);
    expect(kept()).toEqual([digestHex(diffID)]);
  });

  test('that is not compressed is read where it lies', async () => {
    const { location, diffID } = blob('a', (content) => content);
    expect(await new InflatedLayers(cache, 10_000).open(location, diffID)).toEqual(location);
    expect(kept()).toEqual([]);
  });

  test('may be named by sha512', async () => {
    const { location, content } = blob('a');
    const diffID = parseDigest(`sha512:${createHash('sha512').update(content).digest('hex')}`);
    expect(bytesAt(await new InflatedLayers(cache, 10_000).open(location, diffID)).equals(content)).toBe(
      true,
    );
  });

  test('of other bytes than its diffID says is refused each time and never kept', async () => {
    const layers = new InflatedLayers(cache, 10_000);
    for (let round = 0; round < 2; round++)
      await expect(layers.open(blob('a').location, blob('b').diffID)).rejects.toMatchObject({
        code: 'digest-mismatch',
      });
    expect(kept()).toEqual([]);
  });

  test('that is damaged leaves nothing', async () => {
    const { location, diffID } = blob('a');
    const cut = { ...location, sizeBytes: location.sizeBytes - 5 };
    await expect(new InflatedLayers(cache, 10_000).open(cut, diffID)).rejects.toMatchObject({
      code: 'invalid-archive',
    });
    expect(kept()).toEqual([]);
  });

  test('that is not there is told in our terms', async () => {
    const { location, diffID } = blob('a');
    rmSync(location.path);
    await expect(new InflatedLayers(cache, 10_000).open(location, diffID)).rejects.toMatchObject({
      code: 'not-found',
    });
  });
});

describe('room', () => {
  test('is made by what was used least recently', async () => {
    const layers = new InflatedLayers(cache, 2500);
    const [a, b, c] = [blob('a'), blob('b'), blob('c')];
    for (const { location, diffID } of [a, b]) await layers.open(location, diffID);
    utimesSync(join(cache, digestHex(a.diffID)), 1, 1);
    utimesSync(join(cache, digestHex(b.diffID)), 2, 2);
    // Used again, a is newer than b.
    await layers.open(a.location, a.diffID);
    await layers.open(c.location, c.diffID);
    expect(kept()).toEqual([a, c].map(({ diffID }) => digestHex(diffID)).sort());
  });

  test('for one that is larger than all the room is made by all others', async () => {
    const layers = new InflatedLayers(cache, 2500);
    for (const { location, diffID } of [blob('a'), blob('b')]) await layers.open(location, diffID);
    const large = blob('large', gzipSync, 5000);
    expect(bytesAt(await layers.open(large.location, large.diffID))).toHaveLength(5000);
    expect(kept()).toEqual([digestHex(large.diffID)]);
  });

  test('is not made by what another process is just writing, but by what a killed one left', async () => {
    const layers = new InflatedLayers(cache, 1500);
    const [a, b] = [blob('a'), blob('b')];
    await layers.open(a.location, a.diffID);
    for (const name of ['busy.tmp', 'left.tmp']) writeFileSync(join(cache, name), Buffer.alloc(800));
    utimesSync(join(cache, 'left.tmp'), 1, 1);
    await layers.open(b.location, b.diffID);
    expect(kept()).toEqual([digestHex(b.diffID), 'busy.tmp'].sort());
  });
});

describe('several at once', () => {
  /** How often the layer was read from its start. */
  const startsOf = (progress: readonly number[]): number =>
    progress.filter((done, index) => index === 0 || done < progress[index - 1]!).length;

  test('inflate once', async () => {
    const layers = new InflatedLayers(cache, 1e9);
    const { location, diffID } = blob('a', gzipSync, 5_000_000);
    const progress: number[] = [];
    const onProgress = ({ doneBytes }: { doneBytes: number }): unknown => progress.push(doneBytes);
    const opened = await Promise.all(
      Array.from({ length: 5 }, () => layers.open(location, diffID, { onProgress })),
    );
    expect(new Set(opened.map(({ path }) => path)).size).toBe(1);
    expect(startsOf(progress)).toBe(1);
    expect(kept()).toHaveLength(1);
  });

  test('in several processes agree in the end', async () => {
    const { location, diffID, content } = blob('a', gzipSync, 5_000_000);
    const opened = await Promise.all(
      Array.from({ length: 4 }, () => new InflatedLayers(cache, 1e9).open(location, diffID)),
    );
    expect(opened.every((each) => bytesAt(each).equals(content))).toBe(true);
    expect(kept()).toEqual([digestHex(diffID)]);
  });

  test('one that gives up does not stop the others', async () => {
    const layers = new InflatedLayers(cache, 1e9);
    const { location, diffID, content } = blob('a', gzipSync, 5_000_000);
    const controller = new AbortController();
    // Whichever of the two begins the work is told of its progress.
    const onProgress = (): void => controller.abort();
    const first = layers.open(location, diffID, { signal: controller.signal, onProgress });
    const second = layers.open(location, diffID, { onProgress });
    await expect(first).rejects.toMatchObject({ code: 'cancelled' });
    expect(bytesAt(await second).equals(content)).toBe(true);
  });

  test('the last that gives up stops the work, and nothing is left', async () => {
    const layers = new InflatedLayers(cache, 1e9);
    const { location, diffID, content } = blob('a', gzipSync, 5_000_000);
    const controller = new AbortController();
    // Whichever of the two begins the work is told of its progress.
    const options = { signal: controller.signal, onProgress: () => controller.abort() };
    const opened = await Promise.allSettled([
      layers.open(location, diffID, options),
      layers.open(location, diffID, options),
    ]);
    expect(
      opened.map((each) => each.status === 'rejected' && (each.reason as { code: string }).code),
    ).toEqual(['cancelled', 'cancelled']);
    expect(kept()).toEqual([]);
    expect(bytesAt(await layers.open(location, diffID)).equals(content)).toBe(true);
  });

  test('one that comes with a signal that fired is refused at once', async () => {
    const { location, diffID } = blob('a');
    await expect(
      new InflatedLayers(cache, 1e9).open(location, diffID, { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: 'cancelled' });
  });
});
