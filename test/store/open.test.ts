// Opening a store: made, found, read-only, refused; and what happens when it goes away.
import { execFileSync } from 'node:child_process';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getuid } from 'node:process';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../../src/store/store.ts';
import { type BuiltImage, buildImage, loadImage } from '../support/store-images.ts';
import { type ChildProgram, type Ended, bundleChild, runChild } from '../support/store-processes.ts';
import { needTool } from '../support/tools.ts';

let folder: string;
let root: string;
let image: BuiltImage;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phyllo-open-'));
  root = join(folder, 'store');
  image = await buildImage('a', 'b');
});

afterEach(() => rm(folder, { recursive: true }));

async function loaded(): Promise<void> {
  await loadImage(await openStore(root), image, 'a');
}

/** Every file with its content and times: what must stay as it is. */
async function snapshot(directory: string): Promise<string[]> {
  const names = await readdir(directory, { recursive: true });
  const facts = names.map(async (name) => {
    const { mtimeNs, ctimeNs, size, mode } = await stat(join(directory, name), { bigint: true });
    return [name, mtimeNs, ctimeNs, size, mode].join(' ');
  });
  return (await Promise.all(facts)).sort();
}

describe('a store', () => {
  test('is made with its parents, and is an OCI image layout from the start', async () => {
    root = join(folder, 'not', 'there', 'store');
    const store = await openStore(root);
    expect(store.readOnly).toBe(false);
    expect(JSON.parse(await readFile(store.paths.layout, 'utf8'))).toEqual({ imageLayoutVersion: '1.0.0' });
    expect(await store.images()).toEqual([]);
    expect((await store.check()).problems).toEqual([]);
  });

  test('that lost oci-layout keeps its images', async () => {
    await loaded();
    await rm(join(root, 'oci-layout'));
    expect(await (await openStore(root)).images()).toHaveLength(1);
  });

  test('behind a symlink is the same store', async () => {
    await loaded();
    const link = join(folder, 'link');
    await symlink(root, link);
    const lease = await (await openStore(link)).lease('load');
    await expect((await openStore(root)).gc()).rejects.toMatchObject({ code: 'locked' });
    await lease.release();
    expect(await (await openStore(link)).images()).toHaveLength(1);
  });

  test.each<[string, () => Promise<void>]>([
    ['a file', () => writeFile(root, '')],
    [
      'below a file',
      async () => {
        await writeFile(join(folder, 'file'), '');
        root = join(folder, 'file', 'store');
      },
    ],
    ['a link to nowhere', () => symlink(join(folder, 'nowhere', 'deep'), root)],
  ])('cannot be made in the place of %s', async (_, make) => {
    await make();
    await expect(openStore(root)).rejects.toMatchObject({
      name: 'PhylloError',
      message: expect.stringMatching(/^open store .*: /) as string,
    });
  });

  test('that is to be read only has to be there', async () => {
    await expect(openStore(root, { readOnly: true })).rejects.toMatchObject({ code: 'not-found' });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('a version', () => {
  test('that is newer is refused with what to do, and nothing is touched', async () => {
    await loaded();
    await writeFile(join(root, 'version'), '99\n');
    const before = await snapshot(root);
    await expect(openStore(root)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('it has format 99, this phyllo knows 1') as string,
      hint: expect.stringContaining('newer phyllo') as string,
    });
    expect(await snapshot(root)).toEqual(before);
  });

  test.each(['', '0\n', 'one', '1.5', '-1', '1e99', '\0'])(
    'that reads %j is refused as damaged',
    async (text) => {
      await loaded();
      await writeFile(join(root, 'version'), text);
      await expect(openStore(root)).rejects.toMatchObject({ code: 'invalid-image' });
    },
  );

  test('that is missing is that of a layout which another program made', async () => {
    await loaded();
    await rm(join(root, 'version'));
    expect(await (await openStore(root)).images()).toHaveLength(1);
  });
});

describe('a store that is opened to be read', () => {
  test('is read without a trace', async () => {
    await loaded();
    await rm(join(root, 'lock'));
    await rm(join(root, 'index.lock'));
    const before = await snapshot(root);
    const store = await openStore(root, { readOnly: true });
    expect(await store.images()).toHaveLength(1);
    expect(await buffer(await store.open(image.image.manifest.config))).toEqual(image.image.configData);
    expect((await store.check()).problems).toEqual([]);
    expect(await snapshot(root)).toEqual(before);
  });

  test('refuses every way to change it', async () => {
    await loaded();
    const store = await openStore(root, { readOnly: true });
    const { digest } = image.image.descriptor;
    const ways = [
      () => store.put(Buffer.from('x'), undefined),
      () => store.update({ removeImages: [digest] }),
      () => store.lease('load'),
      () => store.lockDigest(digest),
      () => store.gc(),
      () => store.check({ repair: true }),
    ];
    for (const way of ways) await expect(way()).rejects.toMatchObject({ code: 'read-only' });
  });
});

describe('a store that is gone while it is open', () => {
  test.each<[string, () => Promise<void>]>([
    ['moved', () => rename(root, join(folder, 'elsewhere'))],
    ['removed', () => rm(root, { recursive: true })],
  ])('because it was %s is one clear error, and is not made anew', async (_, go) => {
    await loaded();
    const store = await openStore(root);
    const lease = await store.lease('load');
    await go();
    const ways = [
      () => store.images(),
      () => store.update({ removeImages: [] }),
      () => store.put(Buffer.from('x'), undefined),
      () => store.put(Buffer.from('x'), undefined, { lease }),
      () => store.lease('load'),
      () => store.lockDigest(image.image.descriptor.digest),
      () => store.gc(),
      () => store.check(),
      () => store.check({ repair: true }),
    ];
    for (const way of ways)
      await expect(way()).rejects.toMatchObject({
        code: 'not-found',
        message: `use store ${root}: it was moved or removed`,
      });
    await lease.release();
    store.watch(() => undefined)();
    expect(await readdir(folder)).not.toContain('store');
  });
});

describe('a process', () => {
  let program: ChildProgram;
  beforeAll(async () => {
    program = await bundleChild();
    await chmod(join(program.script, '..'), 0o755);
  });
  afterAll(() => program.remove());

  const isRoot = getuid?.() === 0;
  const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

  describe.runIf(isRoot && needTool('setpriv'))('of another user', () => {
    beforeEach(() => chmod(folder, 0o755));

    test('is told that a private store is not for it', async () => {
      await loaded();
      const ended = await runChild(program, ['images', root], asNobody);
      expect(ended).toMatchObject({
        code: 'read-only',
        message: expect.stringContaining('permission denied') as string,
      });
    });

    test('reads a store that is open to it, and leaves no trace', async () => {
      await loaded();
      for (const name of ['.', 'blobs', 'blobs/sha256']) await chmod(join(root, name), 0o755);
      for (const name of ['index.json', 'version', 'oci-layout']) await chmod(join(root, name), 0o644);
      const before = await snapshot(root);
      expect(await runChild(program, ['images', root], asNobody)).toMatchObject({
        done: 'docker.io/library/a:latest',
      });
      expect(await runChild(program, ['check', root], asNobody)).toMatchObject({ done: '' });
      expect(await runChild(program, ['put', root, 'x'], asNobody)).toMatchObject({ code: 'read-only' });
      expect(await snapshot(root)).toEqual(before);
    });

    test('uses blobs in its store that belong to root', async () => {
      await loaded();
      const owned = await readdir(root, { recursive: true });
      for (const name of ['.', ...owned]) await chown(join(root, name), 65534, 65534);
      await chown(join(root, 'blobs', 'sha256', image.layers[0]!.descriptor.digest.slice(7)), 0, 0);
      expect(await runChild(program, ['load', root, 'b:1', 'a', 'c'], asNobody)).toMatchObject({ done: '' });
      expect(await runChild(program, ['check', root], asNobody)).toMatchObject({ done: '' });
    });
  });

  const canUnshare = needTool('unshare', 'mount') && works('unshare', '-rm', 'true');
  const inMounts = (script: string): string[] => ['unshare', '-rm', 'sh', '-c', `${script}; exec "$@"`, 'sh'];

  test.runIf(canUnshare)('reads a store on a read-only file system', async () => {
    await loaded();
    const before = await snapshot(root);
    const through = inMounts(`mount --bind '${root}' '${root}' && mount -o remount,bind,ro '${root}'`);
    expect(await runChild(program, ['images', root], through)).toMatchObject({
      done: 'docker.io/library/a:latest',
    });
    expect(await runChild(program, ['check', root], through)).toMatchObject({ done: '' });
    expect(await runChild(program, ['put', root, 'x'], through)).toMatchObject({ code: 'read-only' });
    expect(await snapshot(root)).toEqual(before);
  });

  test.runIf(canUnshare)('says that a disk is full, and can free space on it', async () => {
    await mkdir(root);
    // Fills the disk, sees the load fail, and cleans up, all in the mount that only this process sees.
    const child = `"$1" --no-warnings '${program.script}'`;
    const script = [
      `mount -t tmpfs -o size=200k tmpfs '${root}'`,
      `${child} load '${root}' small:1 small`,
      `${child} load '${root}' big:1 $(head -c 100000 /dev/zero | tr '\\0' x) $(head -c 99000 /dev/zero | tr '\\0' y)`,
      `cat /dev/zero > '${root}/filler' 2>/dev/null`,
      `${child} put '${root}' more`,
      `${child} gc '${root}' 0`,
      `rm '${root}/filler'`,
    ].join('; ');
    const args = [process.execPath, program.script, 'check', root];
    const printed = output('unshare', ['-rm', 'sh', '-c', `${script}; exec "$@"`, 'sh', ...args]);
    const lines = printed
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Ended);
    expect(lines.map(({ code, done }) => code ?? done)).toEqual(['', 'no-space', 'no-space', '', '']);
  });

  test.runIf(needTool('prlimit'))('is told when a file would be larger than it may', async () => {
    const through = ['prlimit', '--fsize=3000', 'env', '--ignore-signal=XFSZ'];
    await openStore(root);
    expect(await runChild(program, ['put', root, 'x'.repeat(5000)], through)).toMatchObject({
      code: 'no-space',
    });
    expect(await runChild(program, ['put', root, 'x'.repeat(500)], through)).toMatchObject({ done: '' });
    expect(await readdir(join(root, 'tmp'))).toEqual([]);
  });

  test.runIf(needTool('prlimit'))('works with 64 open files, however many layers there are', async () => {
    const texts = Array.from({ length: 100 }, (_, at) => `layer ${at}`);
    const through = ['prlimit', '--nofile=64'];
    expect(await runChild(program, ['load', root, 'many:1', ...texts], through)).toMatchObject({ done: '' });
    expect(await runChild(program, ['check', root], through)).toMatchObject({ done: '' });
    expect(await runChild(program, ['remove', root, ...texts], through)).toMatchObject({ done: '' });
  });
});

describe('other programs read the folder as it is', () => {
  test.runIf(needTool('skopeo'))('skopeo', async () => {
    await loaded();
    const names = `oci:${root}:docker.io/library/a:latest`;
    const config = output('skopeo', ['inspect', '--config', '--raw', names]);
    expect(config).toEqual(Buffer.from(image.image.configData));
    const copy = join(folder, 'copy');
    output('skopeo', ['copy', '--quiet', '--preserve-digests', names, `oci:${copy}:a`]);
    const copied = await openStore(copy);
    expect((await copied.images())[0]!.descriptor.digest).toBe(image.image.descriptor.digest);
    expect((await copied.check()).problems).toEqual([]);
  });

  test.runIf(needTool('umoci'))('umoci', async () => {
    await loaded();
    const listed = output('umoci', ['ls', '--layout', root]).toString();
    expect(listed.trim()).toBe('docker.io/library/a:latest');
  });

  test.runIf(needTool('skopeo'))('and what they put there is taken in, and kept by gc', async () => {
    await loaded();
    const other = await buildImage('theirs');
    const theirs = join(folder, 'theirs');
    await loadImage(await openStore(theirs), other, 'theirs');
    output('skopeo', [
      'copy',
      '--quiet',
      `oci:${theirs}:docker.io/library/theirs:latest`,
      `oci:${root}:theirs:1`,
    ]);
    const store = await openStore(root);
    await store.gc({ graceMs: 0 });
    expect((await store.images()).flatMap(({ references }) => references)).toEqual([
      'docker.io/library/a:latest',
      'theirs:1',
    ]);
    expect((await store.check()).problems).toEqual([]);
  });
});

function output(program: string, args: readonly string[]): Buffer {
  return execFileSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
}

function works(program: string, ...args: string[]): boolean {
  try {
    output(program, args);
    return true;
  } catch {
    return false;
  }
}
