// The key by which marks of secrets are made: made once, whole, and for its owner alone.
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSecretMarks } from '../../src/build/secret-marks.ts';
import { temporaryFolder } from '../support/image-folder.ts';

function keyPath(folder: string): string {
  return join(folder, 'secret-marks.key');
}

describe('marks', () => {
  test('tell texts apart, the same from time to time, and say nothing of them', async () => {
    const folder = join(temporaryFolder(), 'build');
    const [mark, again] = [await openSecretMarks(folder), await openSecretMarks(folder)];
    expect(mark('hunter2')).toMatch(/^[0-9a-f]{32}$/);
    expect(mark('hunter2')).toBe(again('hunter2'));
    expect(mark('hunter2')).not.toBe(mark('hunter3'));
  });

  test('are others in another store', async () => {
    const marks = [await openSecretMarks(temporaryFolder()), await openSecretMarks(temporaryFolder())];
    expect(marks[0]!('a')).not.toBe(marks[1]!('a'));
  });
});

describe('the key', () => {
  test('is for its owner alone, and nothing lies beside it', async () => {
    const folder = join(temporaryFolder(), 'build');
    await openSecretMarks(folder);
    expect(readdirSync(folder)).toEqual(['secret-marks.key']);
    expect(statSync(keyPath(folder)).mode & 0o777).toBe(0o600);
    expect(readFileSync(keyPath(folder))).toHaveLength(32);
  });

  test('made by many at once is one', async () => {
    const folder = join(temporaryFolder(), 'build');
    const marks = await Promise.all(Array.from({ length: 30 }, () => openSecretMarks(folder)));
    expect(new Set(marks.map((mark) => mark('a'))).size).toBe(1);
    expect(readdirSync(folder)).toEqual(['secret-marks.key']);
  });

  test.each([0, 5, 31])('of %i bytes, left by somebody who was killed, is made again', async (length) => {
    const folder = temporaryFolder();
    writeFileSync(keyPath(folder), Buffer.alloc(length));
    const mark = await openSecretMarks(folder);
    expect(readFileSync(keyPath(folder))).toHaveLength(32);
    expect((await openSecretMarks(folder))('a')).toBe(mark('a'));
  });

  test('that cannot be made is an error', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    await expect(openSecretMarks(file)).rejects.toThrow(/^make key of build cache: /);
  });
});
