// Blocks that differ, counted in goes of limited size.
import {
  appendFileSync,
  lstatSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Comparison, differingBytes } from '../../src/snapshot/changed-bytes.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'phyllo-changed-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const place = (name: string): Buffer => Buffer.from(join(folder, name));

function begin(upper: Buffer, lower: Buffer): Comparison {
  writeFileSync(place('upper'), upper);
  writeFileSync(place('lower'), lower);
  return new Comparison(
    lstatSync(place('upper'), { bigint: true }),
    lstatSync(place('lower'), { bigint: true }),
  );
}

async function changedBytes(upper: Buffer, lower: Buffer): Promise<unknown> {
  return begin(upper, lower).proceed(place('upper'), place('lower'), { bytesLeft: Infinity });
}

test('only whole blocks count, the last one as long as it is', () => {
  const a = Buffer.alloc(10_000);
  const b = Buffer.from(a);
  expect(differingBytes(a, b)).toBe(0);
  b[5000] = 1;
  expect(differingBytes(a, b)).toBe(4096);
  b[9999] = 1;
  expect(differingBytes(a, b)).toBe(4096 + 10_000 - 8192);
});

test('what lies beyond the shorter one counts', async () => {
  const long = Buffer.alloc(3_000_000, 'a');
  expect(await changedBytes(long, long)).toBe(0);
  expect(await changedBytes(long, long.subarray(0, 2_000_000))).toBe(1_000_000);
  expect(await changedBytes(Buffer.alloc(0), long)).toBe(3_000_000);
});

test('a budget that is used up stops it, and the next one goes on', async () => {
  const lower = Buffer.alloc(5_000_000, 'a');
  const upper = Buffer.from(lower);
  for (const at of [0, 2_500_000, 4_999_999]) upper[at] = 0x62;
  const comparison = begin(upper, lower);
  let rounds = 0;
  let result: unknown = 'unfinished';
  while (result === 'unfinished') {
    result = await comparison.proceed(place('upper'), place('lower'), { bytesLeft: 1_000_000 });
    rounds++;
  }
  expect(result).toBe(4096 + 4096 + (5_000_000 % 4096));
  expect(rounds).toBeGreaterThan(3);
});

test('a file that became another one is not compared', async () => {
  const comparison = begin(Buffer.from('a'), Buffer.from('b'));
  appendFileSync(place('upper'), 'more');
  expect(await comparison.proceed(place('upper'), place('lower'), { bytesLeft: 9 })).toBe('changed');
});

test('no link is followed', async () => {
  const comparison = begin(Buffer.from('a'), Buffer.from('b'));
  unlinkSync(place('upper'));
  symlinkSync('lower', place('upper'));
  expect(await comparison.proceed(place('upper'), place('lower'), { bytesLeft: 9 })).toBe('changed');
});
