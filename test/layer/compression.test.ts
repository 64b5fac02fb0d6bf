// Compressed layers: any number of members or frames, cut anywhere, damaged anywhere. Oracles: gzip(1) and zstd(1).
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { memoryUsage } from 'node:process';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPhylloError } from '../../src/lib/errors.ts';
import type { Compression } from '../../src/oci/media-types.ts';
import { compressed, decompressed, sniffCompression } from '../../src/layer/compression.ts';
import { pieces } from '../support/layer-tar.ts';
import { needTool } from '../support/tools.ts';

const WHOLE = [2 ** 30];
const MIB = 1024 * 1024;

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(Buffer.from(chunk));
  return Buffer.concat(parts);
}

/** The uncompressed bytes, or the code of the error. */
async function inflate(bytes: Uint8Array, lengths: readonly number[] = WHOLE): Promise<Buffer | string> {
  try {
    return await collect(decompressed(pieces(bytes, lengths), sniffCompression(bytes)));
  } catch (error) {
    if (!isPhylloError(error)) throw error;
    return error.code;
  }
}

/** True, or what went wrong. Comparing large buffers item by item takes seconds. */
function same(found: Buffer | string, expected: Buffer): boolean | string {
  return typeof found === 'string' ? found : found.equals(expected);
}

function skippable(content: Uint8Array, variant = 0): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(0x184d2a50 + variant, 0);
  header.writeUInt32LE(content.length, 4);
  return Buffer.concat([header, content]);
}

const zstd = (text: string | Buffer): Buffer =>
  zstdCompressSync(text, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
const A = Buffer.from('first part, '.repeat(50));
const B = randomBytes(300_000);
const C = Buffer.alloc(200_000, 'c');
const CUTS: readonly (readonly [string, readonly number[]])[] = [
  ['whole', WHOLE],
  ['byte by byte', [1]],
  ['in odd pieces', [3, 1, 4, 1, 5, 9, 2, 6]],
  ['in large pieces', [65_536]],
];

describe('what a blob is told by', () => {
  test.each<[string, Uint8Array, Compression]>([
    ['gzip', gzipSync('x'), 'gzip'],
    ['zstd', zstdCompressSync('x'), 'zstd'],
    ['a skippable frame', skippable(Buffer.from('x'), 0), 'zstd'],
    ['a skippable frame of the last kind', skippable(Buffer.from('x'), 15), 'zstd'],
    ['almost a skippable frame', Uint8Array.of(0x60, 0x2a, 0x4d, 0x18), 'none'],
    ['a tar', Buffer.alloc(512, 'name'), 'none'],
    ['nothing', new Uint8Array(0), 'none'],
    ['a single byte', Uint8Array.of(0x1f), 'none'],
  ])('%s', (_, bytes, expected) => {
    expect(sniffCompression(bytes)).toBe(expected);
  });
});

describe.each(CUTS)('gzip, %s', (_, lengths) => {
  const small = lengths[0]! < 100;
  const content = small ? [A, Buffer.from('b'), A] : [A, B, C];

  test('members follow each other', async () => {
    expect(
      same(
        await inflate(Buffer.concat(content.map((part) => gzipSync(part))), lengths),
        Buffer.concat(content),
      ),
    ).toBe(true);
  });

  test('members may be empty', async () => {
    const empty = gzipSync('');
    expect(
      same(
        await inflate(Buffer.concat([empty, gzipSync(A), empty, gzipSync(A), empty]), lengths),
        Buffer.concat([A, A]),
      ),
    ).toBe(true);
  });

  test.each([1, 511, 5000])('%s zeros behind the end are padding', async (count) => {
    expect(same(await inflate(Buffer.concat([gzipSync(A), Buffer.alloc(count)]), lengths), A)).toBe(true);
  });

  test.each<[string, Buffer[]]>([
    ['text', [gzipSync(A), Buffer.from('garbage')]],
    ['half of a magic', [gzipSync(A), Buffer.of(0x1f)]],
    ['a magic alone', [gzipSync(A), Buffer.of(0x1f, 0x8b)]],
    ['zeros and text', [gzipSync(A), Buffer.alloc(20), Buffer.from('garbage')]],
    ['zeros and another member', [gzipSync(A), Buffer.alloc(20), gzipSync(A)]],
    ['many zeros and a byte', [gzipSync(A), Buffer.alloc(10_000), Buffer.of(1)]],
  ])('behind the end is refused: %s', async (__, parts) => {
    expect(await inflate(Buffer.concat(parts), lengths)).toBe('invalid-archive');
  });
});

describe.each(CUTS)('zstd, %s', (_, lengths) => {
  const small = lengths[0]! < 100;
  const content = small ? [A, Buffer.from('b'), A] : [A, B, C];

  test('frames follow each other', async () => {
    expect(
      same(await inflate(Buffer.concat(content.map((part) => zstd(part))), lengths), Buffer.concat(content)),
    ).toBe(true);
  });

  test('skippable frames are skipped in front, between and behind', async () => {
    const skips = [Buffer.from('x'), Buffer.alloc(0), Buffer.alloc(700, 0x28), zstd(A)].map((part, index) =>
      skippable(part, index * 5),
    );
    const parts = [...skips, zstd(A), ...skips, zstd(A), ...skips];
    expect(same(await inflate(Buffer.concat(parts), lengths), Buffer.concat([A, A]))).toBe(true);
  });

  test('frames may be empty, and there may be none', async () => {
    expect(same(await inflate(Buffer.concat([zstd(''), zstd(A), zstd('')]), lengths), A)).toBe(true);
    expect(same(await inflate(skippable(Buffer.from('x')), lengths), Buffer.alloc(0))).toBe(true);
  });

  test.each<[string, Buffer[]]>([
    ['text', [zstd(A), Buffer.from('garbage')]],
    ['zeros', [zstd(A), Buffer.alloc(4)]],
    ['half of a magic', [zstd(A), Buffer.of(0x28, 0xb5)]],
    ['half of a skippable frame', [zstd(A), skippable(Buffer.alloc(10)).subarray(0, 12)]],
  ])('behind the end is refused: %s', async (__, parts) => {
    expect(await inflate(Buffer.concat(parts), lengths)).toBe('invalid-archive');
  });
});

describe('damage', () => {
  const blobs: readonly (readonly [string, Buffer])[] = [
    ['gzip', gzipSync(A)],
    ['gzip of two members', Buffer.concat([gzipSync('x'), gzipSync(A)])],
    ['zstd', zstd(A)],
    ['zstd of two frames', Buffer.concat([zstd('x'), skippable(Buffer.from('y')), zstd(A)])],
  ];
  /** Where one part is over and the next has not begun: what is there is whole. */
  const ends = new Map<string, readonly number[]>([
    ['gzip of two members', [gzipSync('x').length]],
    ['zstd of two frames', [zstd('x').length, zstd('x').length + 9]],
  ]);

  test.each(blobs)('%s that is cut short is refused wherever the cut is', async (name, bytes) => {
    const taken: number[] = [];
    for (let length = 4; length < bytes.length; length++)
      if ((await inflate(bytes.subarray(0, length))) !== 'invalid-archive') taken.push(length);
    expect(taken).toEqual(ends.get(name) ?? []);
  });

  test.each(blobs)(
    '%s with a changed byte is refused, or its bytes are told apart by their digest',
    async (_, bytes) => {
      let refused = 0;
      for (let at = 4; at < bytes.length; at++) {
        const changed = Buffer.from(bytes);
        changed[at]! ^= 0x55;
        if ((await inflate(changed)) === 'invalid-archive') refused++;
      }
      // Headers have fields that nothing checks: a name, a time, the content of a skippable frame.
      expect(refused).toBeGreaterThan((bytes.length - 4) * 0.6);
    },
  );

  test.each<[string, Buffer]>([
    ['a gzip checksum', edited(gzipSync(A), -8)],
    ['a gzip length', edited(gzipSync(A), -4)],
    ['a gzip method', edited(gzipSync(A), 2)],
    ['a zstd checksum', edited(zstd(A), -1)],
    ['a zstd dictionary that nobody has', Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 0x21, 7, 1, 0x09, 0, 0, 0x41)],
    ['a zstd block of an unknown type', Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 1, 0x07, 0, 0, 0x41)],
    ['a zstd size that its blocks do not have', Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 9, 0x09, 0, 0, 0x41)],
  ])('%s that is wrong is refused', async (_, bytes) => {
    expect(await inflate(bytes)).toBe('invalid-archive');
  });

  function edited(bytes: Buffer, at: number): Buffer {
    const copy = Buffer.from(bytes);
    copy[at < 0 ? copy.length + at : at]! ^= 0xff;
    return copy;
  }

  test('errors of the source are the errors of the reader', async () => {
    const cause = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', errno: -5 });
    for (const compression of ['none', 'gzip', 'zstd'] as const) {
      const source = (async function* (): AsyncGenerator<Uint8Array> {
        yield { none: A, gzip: gzipSync(A), zstd: zstd(A) }[compression].subarray(0, 20);
        throw cause;
      })();
      await expect(collect(decompressed(source, compression))).rejects.toMatchObject({ code: 'io', cause });
    }
  });

  test('a reader that stops early closes its source', async () => {
    for (const compression of ['none', 'gzip', 'zstd'] as const) {
      let closed = false;
      const source = (async function* (): AsyncGenerator<Uint8Array> {
        try {
          for (;;) yield { none: A, gzip: gzipSync(A), zstd: zstd(A) }[compression];
        } finally {
          closed = true;
        }
      })();
      for await (const chunk of decompressed(source, compression)) if (chunk.length > 0) break;
      await expect.poll(() => closed).toBe(true);
    }
  });
});

describe('bombs', () => {
  /** Reads all of it and keeps nothing; how much the process grew meanwhile. */
  async function growth(
    input: AsyncIterable<Uint8Array>,
    compression: Compression,
  ): Promise<{ bytes: number; grown: number }> {
    const before = memoryUsage.rss();
    let most = before;
    let bytes = 0;
    for await (const chunk of decompressed(input, compression)) {
      bytes += chunk.length;
      if (bytes % (16 * MIB) === 0) most = Math.max(most, memoryUsage.rss());
    }
    return { bytes, grown: Math.max(most, memoryUsage.rss()) - before };
  }
  async function* repeated(part: Uint8Array, count: number): AsyncGenerator<Uint8Array> {
    for (let index = 0; index < count; index++) yield part;
  }
  const zeros = Buffer.alloc(64 * MIB);

  test.each<[string, AsyncIterable<Uint8Array>, Compression]>([
    ['gzip', repeated(gzipSync(zeros), 8), 'gzip'],
    ['zstd', repeated(zstd(zeros), 8), 'zstd'],
  ])('a %s blob of zeros inflates in bounded memory', async (_, input, compression) => {
    const { bytes, grown } = await growth(input, compression);
    expect(bytes).toBe(512 * MIB);
    expect(grown).toBeLessThan(160 * MIB);
  });

  test('very many frames take the memory of one', async () => {
    const frames = Buffer.concat(Array.from({ length: 500 }, () => zstd('x')));
    const { bytes, grown } = await growth(repeated(frames, 40), 'zstd');
    expect(bytes).toBe(20_000);
    expect(grown).toBeLessThan(100 * MIB);
  });

  test.each([0x90, 0xa8, 0xf8])(
    'a zstd window of more than 128 MiB is refused, descriptor %s',
    async (window) => {
      expect(await inflate(Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, window, 0x0b, 0, 0, 0x41))).toBe(
        'invalid-archive',
      );
    },
  );

  test('a zstd content size of a terabyte takes no memory', async () => {
    const frame = Buffer.from('28b52ffde0000000000001000001000041', 'hex');
    expect(await inflate(frame)).toBe('invalid-archive');
  });
});

describe('what we compress', () => {
  test.each<[Compression, number | undefined]>([
    ['none', undefined],
    ['gzip', undefined],
    ['gzip', 9],
    ['zstd', undefined],
    ['zstd', 19],
  ])('%s at level %s comes back, whatever the pieces', async (compression, level) => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 3000 }),
        fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 4 }),
        async (bytes, lengths) => {
          const packed = await collect(
            compressed(pieces(bytes, lengths), compression, level === undefined ? {} : { level }),
          );
          expect(
            Buffer.compare(await collect(decompressed(pieces(packed, lengths), compression)), bytes),
          ).toBe(0);
        },
      ),
      { numRuns: 25 },
    );
  });

  test('an error of the source is not swallowed', async () => {
    for (const compression of ['none', 'gzip', 'zstd'] as const) {
      const source = (async function* (): AsyncGenerator<Uint8Array> {
        yield A;
        throw new Error('source broke');
      })();
      await expect(collect(compressed(source, compression))).rejects.toThrow('source broke');
    }
  });
});

describe.runIf(needTool('gzip'))('gzip(1)', () => {
  test('reads what we write', async () => {
    const content = Buffer.concat([A, B, C, B, C]);
    const packed = await collect(compressed(pieces(content, [100_000]), 'gzip'));
    expect(same(execFileSync('gzip', ['-dc'], { input: packed, maxBuffer: 16 * MIB }), content)).toBe(true);
  });

  test.each([['-1'], ['-9'], ['-N']])('is read at %s, also several in a row', async (option) => {
    const packed = [A, B, C].map((input) =>
      execFileSync('gzip', [option, '-c'], { input, maxBuffer: 16 * MIB }),
    );
    expect(same(await inflate(Buffer.concat(packed), [10_000]), Buffer.concat([A, B, C]))).toBe(true);
  });
});

describe.runIf(needTool('zstd'))('zstd(1)', () => {
  const run = (input: Buffer, ...options: string[]): Buffer =>
    execFileSync('zstd', ['-q', ...options], { input, maxBuffer: 16 * MIB });

  test('reads what we write', async () => {
    const content = Buffer.concat([A, B, C]);
    const packed = await collect(compressed(pieces(content, [100_000]), 'zstd'));
    expect(same(run(packed, '-dc'), content)).toBe(true);
  });

  test.each([['-1'], ['-19'], ['--no-check'], ['--no-content-size'], ['--long=27'], ['-T2'], ['--fast=5']])(
    'is read with %s, also several in a row',
    async (option) => {
      const packed = [A, B, C].map((input) => run(input, option, '-c'));
      expect(same(await inflate(Buffer.concat(packed), [10_000]), Buffer.concat([A, B, C]))).toBe(true);
    },
  );
});
