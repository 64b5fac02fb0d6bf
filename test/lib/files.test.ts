import {
  type FileHandle,
  mkdtemp,
  open,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  exists,
  fsyncDirectory,
  makeDirectory,
  readAt,
  writeAtomically,
  writeDurably,
  writeFully,
} from '../../src/lib/files.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phyllo-files-'));
});

afterEach(() => rm(folder, { recursive: true }));

/** A file that takes at most `most` bytes at a time, as a disk that fills up may. */
function shortWrites(file: FileHandle, most: number): FileHandle {
  const write = (data: Uint8Array, at: number, length: number, position: number | null) =>
    file.write(data, at, Math.min(length, most), position);
  return { write } as unknown as FileHandle;
}

describe('writing all of it', () => {
  const data = Buffer.from('a text of some length');

  test.each([1, 2, 7, 100])('goes on after writes of %i bytes', async (most) => {
    await using file = await open(join(folder, 'file'), 'w');
    await writeFully(shortWrites(file, most), data);
    await writeFully(shortWrites(file, most), data);
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe(data.toString().repeat(2));
  });

  test('goes to a place', async () => {
    await using file = await open(join(folder, 'file'), 'w');
    await writeFully(shortWrites(file, 4), data, 3);
    await writeFully(file, Buffer.from('abc'), 0);
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe(`abc${data.toString()}`);
  });

  test('is given up when no byte is taken', async () => {
    await using file = await open(join(folder, 'file'), 'w');
    await expect(writeFully(shortWrites(file, 0), data)).rejects.toMatchObject({ code: 'no-space' });
  });
});

describe('reading at a place', () => {
  test('gives as much as there is, and nothing behind the end', async () => {
    await writeFile(join(folder, 'file'), 'a text');
    await using file = await open(join(folder, 'file'));
    const buffer = Buffer.alloc(8, '.');
    expect(await readAt(file.fd, buffer, 1, 4, 2)).toBe(4);
    expect(buffer.toString()).toBe('.text...');
    expect(await readAt(file.fd, buffer, 0, 8, 4)).toBe(2);
    expect(await readAt(file.fd, buffer, 0, 8, 6)).toBe(0);
  });

  test("fails with the system's own error", async () => {
    await using place = await open(folder);
    await expect(readAt(place.fd, Buffer.alloc(1), 0, 1, 0)).rejects.toMatchObject({ code: 'EISDIR' });
  });
});

describe('writing a new file', () => {
  test('is for its user alone, unless more are named', async () => {
    await writeDurably(join(folder, 'own'), Buffer.from('text'));
    await writeDurably(join(folder, 'open'), Buffer.from('text'), 0o644);
    expect(await readFile(join(folder, 'own'), 'utf8')).toBe('text');
    for (const [name, mode] of [
      ['own', 0o600],
      ['open', 0o644],
    ] as const)
      expect((await stat(join(folder, name))).mode & 0o777).toBe(mode);
  });

  test('leaves what is there already, and what a link there points to', async () => {
    await writeFile(join(folder, 'old'), 'old');
    await symlink('target', join(folder, 'link'));
    for (const name of ['old', 'link'])
      await expect(writeDurably(join(folder, name), Buffer.from('new'))).rejects.toMatchObject({
        code: 'EEXIST',
      });
    expect(await readFile(join(folder, 'old'), 'utf8')).toBe('old');
    expect((await readdir(folder)).toSorted()).toEqual(['link', 'old']);
  });
});

describe('replacing a file', () => {
  test('leaves only the new one, with its mode', async () => {
    const path = join(folder, 'file');
    await writeAtomically(path, 'old', 0o644);
    await writeAtomically(path, Buffer.from('new'));
    expect(await readFile(path, 'utf8')).toBe('new');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['file']);
  });

  test('leaves the old one when it fails, and nothing beside it', async () => {
    const path = join(folder, 'full');
    await makeDirectory(join(path, 'inside'));
    await expect(writeAtomically(path, 'new')).rejects.toMatchObject({ code: 'EISDIR' });
    expect(await readdir(folder)).toEqual(['full']);
  });

  test('replaces a link, not what it points to', async () => {
    await writeFile(join(folder, 'target'), 'target');
    await symlink('target', join(folder, 'link'));
    await writeAtomically(join(folder, 'link'), 'new');
    expect(await readFile(join(folder, 'target'), 'utf8')).toBe('target');
    expect(await readFile(join(folder, 'link'), 'utf8')).toBe('new');
  });
});

describe('making a directory', () => {
  test('makes its parents, for the user alone, and may be repeated', async () => {
    const path = join(folder, 'a', 'b', 'c');
    await makeDirectory(path);
    await makeDirectory(path);
    for (const name of ['a', 'a/b', 'a/b/c'])
      expect((await stat(join(folder, name))).mode & 0o777).toBe(0o700);
    await fsyncDirectory(path);
  });
});

describe('what exists', () => {
  test('is found', async () => {
    expect(await exists(folder)).toBe(true);
  });

  test('is not what is absent, behind a file, too long or no path at all', async () => {
    await writeFile(join(folder, 'file'), '');
    await symlink('loop', join(folder, 'loop'));
    for (const name of ['absent', 'file/below', 'x'.repeat(5000), 'a\0b', 'loop'])
      expect(await exists(`${folder}/${name}`)).toBe(false);
  });
});
