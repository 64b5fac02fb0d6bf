// One pass over a blob: what it is, its digests, and what happens when these are not what was promised.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ScanOptions, scanLayer, scanLayerStream } from '../../src/layer/scan.ts';
import { parseDigest } from '../../src/oci/digest.ts';
import { entry, latin1, pieces, tar } from '../support/layer-tar.ts';

const TAR = tar(entry({ name: 'a', body: 'x'.repeat(3000) }), entry({ name: 'b' }));
const sha = (bytes: Uint8Array, algorithm = 'sha256'): ReturnType<typeof parseDigest> =>
  parseDigest(`${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`);
const options = (names: string[] = [], more: Partial<ScanOptions> = {}): ScanOptions => ({
  hashFiles: true,
  onEntry: ({ path }) => names.push(latin1(path)),
  ...more,
});
const SKIPPED = Buffer.from('502a4d180200000041420', 'hex');

const BLOBS: readonly (readonly [string, Buffer, string])[] = [
  ['plain', TAR, 'none'],
  ['gzip', gzipSync(TAR), 'gzip'],
  ['gzip with much padding', Buffer.concat([gzipSync(TAR), Buffer.alloc(3_000_000)]), 'gzip'],
  ['zstd', zstdCompressSync(TAR), 'zstd'],
  [
    'zstd with a skippable frame in front and behind',
    Buffer.concat([SKIPPED, zstdCompressSync(TAR), SKIPPED]),
    'zstd',
  ],
];

describe.each(BLOBS)('a %s layer', (_, blob, compression) => {
  test.each([
    ['whole', [2 ** 30]],
    ['in small pieces', [1, 2, 700]],
  ])('is told by its content and hashed in full, %s', async (__, lengths) => {
    const names: string[] = [];
    const result = await scanLayerStream(
      pieces(blob, lengths),
      options(names, { expectedDigest: sha(blob), expectedDiffID: sha(TAR) }),
    );
    expect(result).toEqual({
      compression,
      digest: sha(blob),
      diffID: sha(TAR),
      compressedBytes: blob.length,
      uncompressedBytes: TAR.length,
    });
    expect(names).toEqual(['a', 'b']);
  });

  test('whose digest is known is not hashed twice, its tar always is', async () => {
    const result = await scanLayerStream(
      pieces(blob, [1000]),
      options([], { hashStored: false, expectedDiffID: sha(TAR) }),
    );
    expect(result).toMatchObject({
      digest: compression === 'none' ? sha(blob) : undefined,
      diffID: sha(TAR),
    });
    const more = { hashStored: false, expectedDiffID: sha(Buffer.from('other')) };
    await expect(scanLayerStream(pieces(blob, [1000]), options([], more))).rejects.toMatchObject({
      code: 'digest-mismatch',
    });
  });

  test('is refused with another digest or diffID', async () => {
    const other = sha(Buffer.from('other'));
    for (const more of [{ expectedDigest: other }, { expectedDiffID: other }])
      await expect(scanLayerStream(pieces(blob, [1000]), options([], more))).rejects.toMatchObject({
        code: 'digest-mismatch',
        data: { expected: other },
      });
  });

  test('may be named by sha512', async () => {
    const more = { expectedDigest: sha(blob, 'sha512'), expectedDiffID: sha(TAR, 'sha512') };
    expect(await scanLayerStream(pieces(blob, [1000]), options([], more))).toMatchObject({
      digest: more.expectedDigest,
      diffID: more.expectedDiffID,
    });
  });

  test('stops when it is told to', async () => {
    const controller = new AbortController();
    const source = (async function* (): AsyncGenerator<Uint8Array> {
      yield blob.subarray(0, 100);
      controller.abort();
      yield blob.subarray(100);
    })();
    await expect(scanLayerStream(source, options([], { signal: controller.signal }))).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  test('tells how far it is', async () => {
    const done: number[] = [];
    await scanLayerStream(
      pieces(blob, [1000]),
      options([], { onProgress: ({ doneBytes }) => done.push(doneBytes) }),
      blob.length,
    );
    expect(done.at(-1)).toBe(blob.length);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
  });
});

describe('a layer in a file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'phyllo-scan-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test.each(BLOBS)('%s: is read where it lies', async (_, blob) => {
    const path = join(folder, 'archive');
    writeFileSync(path, Buffer.concat([Buffer.alloc(1000, 'x'), blob, Buffer.alloc(1000, 'y')]));
    const result = await scanLayer({ path, offset: 1000, sizeBytes: blob.length }, options());
    expect(result).toMatchObject({ digest: sha(blob), diffID: sha(TAR) });
  });

  test('an empty one is an empty tar', async () => {
    const path = join(folder, 'archive');
    writeFileSync(path, '');
    expect(await scanLayer({ path, offset: 0, sizeBytes: 0 }, options())).toMatchObject({
      diffID: sha(Buffer.alloc(0)),
      uncompressedBytes: 0,
    });
  });

  test('one that is shorter than promised is refused', async () => {
    const path = join(folder, 'archive');
    writeFileSync(path, TAR.subarray(0, 2000));
    await expect(scanLayer({ path, offset: 0, sizeBytes: TAR.length }, options())).rejects.toMatchObject({
      code: 'invalid-archive',
    });
  });

  test('one that is not there is told in our terms', async () => {
    await expect(
      scanLayer({ path: join(folder, 'none'), offset: 0, sizeBytes: 5 }, options()),
    ).rejects.toMatchObject({ code: 'not-found', message: 'read layer: no such file or directory' });
  });
});
