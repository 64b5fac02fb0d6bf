// What comes in pieces of any size is written once, in its order.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BlockWriter } from '../../src/store/block-writer.ts';

const MIB = 1024 * 1024;

interface Disk {
  readonly bytes: Buffer;
  readonly blocks: number[];
  readonly write: (block: Uint8Array, position: number) => Promise<void>;
}

/** Writes late: the writer must not fill a block again before it is written. */
function slowDisk(sizeBytes: number): Disk {
  const bytes = Buffer.alloc(sizeBytes);
  const blocks: number[] = [];
  return {
    bytes,
    blocks,
    write: async (block, position) => {
      blocks.push(block.length);
      await new Promise((resolve) => setImmediate(resolve));
      bytes.set(block, position);
    },
  };
}

function someBytes(length: number, seed: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, at) => (at * 31 + seed + (at >> 8)) & 0xff));
}

async function written(pieces: readonly Buffer[]): Promise<Disk> {
  const disk = slowDisk(pieces.reduce((sum, piece) => sum + piece.length, 0));
  const writer = new BlockWriter(disk.write);
  for (const piece of pieces) {
    await writer.write(piece);
    // Whoever brought it uses its memory again.
    piece.fill(0xee);
  }
  await writer.end();
  return disk;
}

test('pieces of any size come out as they went in', async () => {
  const sizes = fc.array(fc.oneof(fc.nat(2000), fc.nat(3 * MIB)), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(sizes, async (lengths) => {
      const pieces = lengths.map(someBytes);
      const whole = Buffer.concat(pieces);
      const { bytes } = await written(pieces);
      expect(bytes.equals(whole)).toBe(true);
    }),
    { numRuns: 40 },
  );
});

test('small pieces become large blocks', async () => {
  const { blocks } = await written(Array.from({ length: 3100 }, (_, at) => someBytes(1000, at)));
  expect(blocks).toEqual([16_384, MIB, MIB, 3_100_000 - 2 * MIB - 16_384]);
});

test('of nothing nothing is written', async () => {
  const { blocks } = await written([Buffer.alloc(0)]);
  expect(blocks).toEqual([]);
});

test('a block that cannot be written is told by the next piece, or by the end', async () => {
  const full = new Error('ENOSPC');
  const refuse = async (): Promise<void> => {
    throw full;
  };
  const next = new BlockWriter(refuse);
  await next.write(Buffer.alloc(16_384));
  await expect(next.write(Buffer.alloc(MIB))).rejects.toBe(full);
  const last = new BlockWriter(refuse);
  await last.write(Buffer.alloc(1));
  await last.write(Buffer.alloc(16_384));
  await expect(last.end()).rejects.toBe(full);
});
