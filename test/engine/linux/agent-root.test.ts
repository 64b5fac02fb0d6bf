// What the agent does with paths inside a container stays inside, whatever an image or a process made of them.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readRootFile } from '../../../src/engine/linux/root-file.ts';
import { absolutePath, resolveInRoot } from '../../../src/engine/linux/root-path.ts';
import { upperUsage } from '../../../src/engine/linux/root-usage.ts';
import { checkMounts, prepareMounts } from '../../../src/engine/linux/volumes.ts';
import { Directory } from '../../../src/layer/apply-directory.ts';
import { type TarMember, writeTar } from '../../../src/layer/tar-writer.ts';
import { untar } from '../../../src/layer/untar.ts';
import { temporaryFolder } from '../../support/image-folder.ts';

interface Place {
  /** The root of a container. */
  readonly root: string;
  /** Beside it, with a canary. */
  readonly outside: string;
}

function makePlace(): Place {
  const folder = temporaryFolder();
  const [root, outside] = [join(folder, 'root'), join(folder, 'outside')];
  for (const path of [root, join(root, 'etc'), outside]) mkdirSync(path);
  writeFileSync(join(root, 'etc', 'motd'), 'inside');
  writeFileSync(join(outside, 'motd'), 'canary');
  return { root, outside };
}

function where(root: string, path: string, follow = true): string {
  const top = Directory.open(root);
  try {
    const found = resolveInRoot(top, Buffer.from(path), { follow });
    found.close();
    return absolutePath(found).toString();
  } finally {
    top.close();
  }
}

function read(root: string, path: string, maxBytes = 100): string | undefined {
  const top = Directory.open(root);
  try {
    return readRootFile(top, path, maxBytes)?.toString();
  } finally {
    top.close();
  }
}

describe('a path inside a container', () => {
  test('is followed from the root inside, also through absolute links and parents', () => {
    const { root, outside } = makePlace();
    symlinkSync('/etc', join(root, 'absolute'));
    symlinkSync('../../../../etc', join(root, 'etc', 'up'));
    symlinkSync(outside, join(root, 'out'));
    mkdirSync(join(root, outside), { recursive: true });
    expect(where(root, '/absolute/motd')).toBe('/etc/motd');
    expect(where(root, '/etc/up/up/motd')).toBe('/etc/motd');
    expect(where(root, '../../etc/./motd')).toBe('/etc/motd');
    expect(where(root, '/out')).toBe(outside);
    expect(where(root, '/..')).toBe('/');
    expect(read(root, '/out/motd')).toBeUndefined();
  });

  test('names a link itself, unless a slash says what is behind it', () => {
    const { root } = makePlace();
    symlinkSync('etc', join(root, 'link'));
    const top = Directory.open(root);
    const [link, behind] = ['/link', '/link/'].map((path) => {
      const found = resolveInRoot(top, Buffer.from(path));
      found.close();
      return absolutePath(found).toString();
    });
    top.close();
    expect([link, behind]).toEqual(['/link', '/etc']);
  });

  test('that goes in circles or through a file is told as such', () => {
    const { root } = makePlace();
    symlinkSync('circle', join(root, 'circle'));
    expect(() => where(root, '/circle')).toThrow(/too many links/);
    expect(() => where(root, '/etc/motd/x')).toThrow(/not a directory/);
    expect(() => where(root, '/none/x')).toThrow(/no such file/);
    expect(() => where(root, '/etc\0/x')).toThrow(/no path/);
  });

  test('leaves no descriptor open', () => {
    const { root } = makePlace();
    const before = readdirSync('/proc/self/fd').length;
    for (let round = 0; round < 20; round++) {
      where(root, '/etc/../etc/motd');
      expect(() => where(root, '/etc/none/x')).toThrow('no such file');
    }
    expect(readdirSync('/proc/self/fd')).toHaveLength(before);
  });
});

describe('a small file inside a container', () => {
  test('is read up to its bound, and a pipe in its place holds nobody up', () => {
    const { root } = makePlace();
    execFileSync('mkfifo', [join(root, 'etc', 'passwd')]);
    expect(read(root, '/etc/motd')).toBe('inside');
    expect(read(root, '/etc/motd', 2)).toBe('ins');
    expect(read(root, '/etc/passwd')).toBeUndefined();
    expect(read(root, '/etc')).toBeUndefined();
    expect(read(root, '/etc/none')).toBeUndefined();
  });
});

describe('an archive that is put into a container', () => {
  const file = (path: string, text: string): TarMember => ({
    header: { path: Buffer.from(path), type: 'file', mode: 0o644, sizeBytes: text.length },
    body: [Buffer.from(text)],
  });

  test('is not led out by a link that is in the way, nor by one that it brings', async () => {
    const { root, outside } = makePlace();
    symlinkSync(outside, join(root, 'out'));
    await expect(untar(writeTar([file('out/motd', 'x')]), root, { owners: false })).rejects.toMatchObject({
      code: 'path-escape',
    });
    const link: TarMember = {
      header: { path: Buffer.from('own'), type: 'symlink', mode: 0o777, linkname: Buffer.from(outside) },
    };
    const led = untar(writeTar([link, file('own/motd', 'x')]), root, { owners: false });
    await expect(led).rejects.toMatchObject({ code: 'path-escape' });
    expect(readFileSync(join(outside, 'motd'), 'utf8')).toBe('canary');
  });

  test('has names that mean nothing but themselves', async () => {
    const { root } = makePlace();
    await untar(writeTar([file('etc/.wh.motd', 'x'), file('etc/.wh..wh..opq', '')]), root, {
      owners: false,
    });
    expect(readdirSync(join(root, 'etc')).sort()).toEqual(['.wh..wh..opq', '.wh.motd', 'motd']);
  });

  test('does not put a file in the place of a directory', async () => {
    const { root } = makePlace();
    await expect(untar(writeTar([file('etc', 'x')]), root, { owners: false })).rejects.toMatchObject({
      code: 'already-exists',
    });
    expect(existsSync(join(root, 'etc', 'motd'))).toBe(true);
  });
});

describe('what is mounted into a container', () => {
  const bind = (source: string, target = '/x') =>
    ({ type: 'bind', source, target, readOnly: false }) as const;

  test('is never the store, what has it in it, or what lies in it', async () => {
    const { root, outside } = makePlace();
    const places = { storeRoot: outside, volumes: join(outside, 'volumes') };
    for (const source of [outside, join(outside, 'motd'), join(outside, '..'), '/', 'relative']) {
      expect(() => checkMounts(places, [bind(source)])).toThrow(/store/);
    }
    symlinkSync(outside, join(root, 'seemingly'));
    const config = { mounts: [bind(join(root, 'seemingly'))] } as never;
    await expect(prepareMounts(places, config, root)).rejects.toThrow(/store/);
  });

  test('is not there: it is told, and no root is covered', async () => {
    const { root, outside } = makePlace();
    const places = { storeRoot: outside, volumes: join(outside, 'volumes') };
    const config = { mounts: [bind(join(root, 'none'))] } as never;
    await expect(prepareMounts(places, config, root)).rejects.toMatchObject({ code: 'not-found' });
    expect(() => checkMounts(places, [bind(root, '/a/..')])).toThrow(/absolute path other than/);
  });

  test('a new volume gets what the image has in its place, and keeps what it has then', async () => {
    const { root, outside } = makePlace();
    const storeRoot = join(outside, 'store');
    const places = { storeRoot, volumes: join(storeRoot, 'volumes') };
    const mounts = [{ type: 'volume', name: 'kept', target: '/etc', readOnly: false }];
    const config = { id: 'c', mounts } as never;
    const [ready] = await prepareMounts(places, config, root);
    expect(ready).toMatchObject({ type: 'bind', source: join(storeRoot, 'volumes', 'kept'), target: '/etc' });
    const inVolume = join(storeRoot, 'volumes', 'kept', 'motd');
    expect(readFileSync(inVolume, 'utf8')).toBe('inside');
    writeFileSync(inVolume, 'changed');
    await prepareMounts(places, config, root);
    expect(readFileSync(inVolume, 'utf8')).toBe('changed');
  });

  test('a volume is not filled from outside of the root', async () => {
    const { root, outside } = makePlace();
    rmSync(join(root, 'etc'), { recursive: true });
    symlinkSync(outside, join(root, 'etc'));
    const storeRoot = join(outside, 'store');
    const places = { storeRoot, volumes: join(storeRoot, 'volumes') };
    const mounts = [{ type: 'volume', name: undefined, target: '/etc', readOnly: false }];
    await prepareMounts(places, { id: 'c', mounts } as never, root);
    expect(readdirSync(join(storeRoot, 'volumes', 'c-0'))).toEqual([]);
  });
});

describe('the size of an upperdir', () => {
  test('counts what is on the disk, a file with several names once', async () => {
    const { root } = makePlace();
    const before = await upperUsage(root);
    writeFileSync(join(root, 'big'), Buffer.alloc(1024 * 1024, 1));
    execFileSync('ln', [join(root, 'big'), join(root, 'etc', 'again')]);
    const after = await upperUsage(root);
    expect(after - before).toBeGreaterThanOrEqual(1024 * 1024);
    expect(after - before).toBeLessThan(1024 * 1024 + 64 * 1024);
  });
});
