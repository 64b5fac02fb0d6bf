// Archives and layouts made to harm: each is refused with a code, and nothing in or beside the store changes.
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PhylloError } from '../../src/lib/errors.ts';
import { safeText } from '../../src/lib/text.ts';
import { openPath } from '../../src/transport/open-source.ts';
import { buildImage, compressAs, imageOf } from '../support/image-build.ts';
import { ARCHIVES, LAYOUTS, evil, good } from '../support/image-hostile.ts';
import {
  blobPath,
  ociImages,
  oldDockerArchive,
  tarOfMembers,
  writeArchive,
  writeDirectory,
} from '../support/image-archives.ts';
import { contentsOf, temporaryFolder } from '../support/image-folder.ts';
import { type TestServices, servicesIn, testServices } from '../support/image-services.ts';

let shared: TestServices;
let home: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'phyllo-hostile-'));
  shared = await servicesIn(home);
  const layout = join(home, 'good');
  await shared.transfer.load(writeDirectory(layout, ociImages([{ image: good, names: ['good:1'] }])));
});

afterAll(async () => {
  await shared.close();
  rmSync(home, { recursive: true, force: true });
});

async function failure(work: Promise<unknown>): Promise<PhylloError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PhylloError);
  return error as PhylloError;
}

/** What became of loading it, with everything that must be as before. */
async function load(services: TestServices, input: string): Promise<object> {
  const truth = (): string[] => services.storeContents().filter((line) => !line.startsWith('blobs/'));
  const [before, canary] = [truth(), services.canary()];
  const { code, message } = await failure(services.transfer.load(input));
  expect(truth()).toEqual(before);
  expect(services.canary()).toEqual(canary);
  expect(readdirSync(join(services.root, 'tmp'))).toEqual([]);
  const { problems } = await services.system.check();
  const names = (await services.images.list()).flatMap((image) => image.names);
  return { code, isSafe: message === safeText(message), problems, names };
}

function refused(code: string): object {
  return { code, isSafe: true, problems: [], names: ['good:1'] };
}

/** The services are shared by the tests: whatever they try, the store stays as it is. The folder is the test's own. */
function guarded(): { services: TestServices; folder: string } {
  return { services: shared, folder: temporaryFolder() };
}

describe('a layout with', () => {
  test.each(LAYOUTS)('%s is refused: %s', async (_, code, members) => {
    const { services, folder } = guarded();
    expect(await load(services, writeDirectory(join(folder, 'evil'), members()))).toEqual(refused(code));
  });

  test.each(LAYOUTS)('%s is refused as an archive too: %s', async (_, code, members) => {
    const { services, folder } = guarded();
    expect(await load(services, await writeArchive(join(folder, 'evil.tar'), members()))).toEqual(
      refused(code),
    );
  });
});

describe('an archive with', () => {
  test.each(ARCHIVES)('%s is refused: %s', async (_, code, members) => {
    const { services, folder } = guarded();
    expect(await load(services, await writeArchive(join(folder, 'evil.tar'), members()))).toEqual(
      refused(code),
    );
  });
});

describe('links in a layout directory', () => {
  test.each([
    ['the folder of all blobs', () => 'blobs', 'path-escape'],
    ['the folder of one algorithm', () => 'blobs/sha256', 'path-escape'],
    ['a manifest', () => blobPath(evil.descriptor.digest), 'invalid-image'],
    ['a layer', () => blobPath(evil.layers[0]!.descriptor.digest), 'invalid-image'],
  ])('%s is not followed', async (_, which, code) => {
    const { services, folder } = guarded();
    const linked = which();
    const images = [{ image: evil, names: ['evil:1'] }];
    const outside = writeDirectory(join(folder, 'outside'), ociImages(images));
    const members = ociImages(images);
    for (const path of members.keys()) if (`${path}/`.startsWith(`${linked}/`)) members.delete(path);
    const layout = writeDirectory(join(folder, 'evil'), members);
    mkdirSync(dirname(join(layout, linked)), { recursive: true });
    symlinkSync(join(outside, linked), join(layout, linked));
    expect(await load(services, layout)).toEqual(refused(code));
  });

  test('index.json as a link or a FIFO is refused', async () => {
    const { services, folder } = guarded();
    for (const kind of ['link', 'fifo']) {
      const layout = join(folder, kind);
      mkdirSync(layout);
      const index = join(layout, 'index.json');
      if (kind === 'link') symlinkSync('/etc/passwd', index);
      else execFileSync('mkfifo', [index]);
      expect(await load(services, layout)).toEqual(refused('invalid-image'));
    }
  });
});

describe('what is no image at all', () => {
  test('a FIFO, a device and a link to one are refused at once', async () => {
    const { services, folder } = guarded();
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    symlinkSync('/dev/zero', join(folder, 'zero'));
    expect(await load(services, fifo)).toEqual(refused('invalid-archive'));
    expect(await load(services, join(folder, 'zero'))).toEqual(refused('invalid-archive'));
    for (const kind of ['docker-archive', 'oci-archive']) {
      expect((await failure(services.explore.open(`${kind}:${fifo}`))).code).toBe('invalid-archive');
    }
  });

  test('an empty file, text, a folder without a layout, nothing', async () => {
    const { services, folder } = guarded();
    const path = join(folder, 'file');
    writeFileSync(path, '');
    expect(await load(services, path)).toEqual(refused('invalid-archive'));
    writeFileSync(path, 'hello '.repeat(500));
    expect(await load(services, path)).toEqual(refused('invalid-archive'));
    mkdirSync(join(folder, 'folder'));
    expect(await load(services, join(folder, 'folder'))).toEqual(refused('invalid-image'));
    expect(await load(services, join(folder, 'nothing'))).toEqual(refused('not-found'));
  });

  test('a root file system is told to be one', async () => {
    const { services, folder } = guarded();
    const path = await writeArchive(join(folder, 'rootfs.tar'), new Map([['etc/passwd', Buffer.from('x')]]));
    const error = await failure(services.transfer.load(path));
    expect(error.code).toBe('invalid-archive');
    expect(error.hint).toContain('phyllo import');
  });

  test.each(['plain', 'gzip', 'zstd'] as const)('an archive cut short anywhere, %s', async (form) => {
    const { services, folder } = guarded();
    const path = join(folder, 'short.tar');
    const whole = await tarOfMembers(oldDockerArchive([{ image: good, names: ['evil:1'] }]), form);
    for (const share of [0.1, 0.5, 0.8]) {
      writeFileSync(path, whole.subarray(0, Math.floor(whole.length * share)));
      expect(await load(services, path)).toEqual(refused('invalid-archive'));
    }
  });
});

describe('archives that are compressed as a whole', () => {
  test('a bomb is stopped at its limit, and what it was inflated to is removed', async () => {
    const folder = temporaryFolder();
    const bomb = join(folder, 'bomb');
    writeFileSync(bomb, compressAs(Buffer.alloc(64 * 1024 * 1024), 'gzip'));
    mkdirSync(join(folder, 'tmp'));
    const opening = openPath(bomb, {
      temporaryDirectory: join(folder, 'tmp'),
      alwaysAllowedBytes: 8 * 1024 * 1024,
    });
    expect((await failure(opening)).code).toBe('limit-exceeded');
    expect(contentsOf(join(folder, 'tmp'))).toEqual([]);
  });

  test('one that inflates to nothing of use is refused and removed', async () => {
    const { services, folder } = guarded();
    const path = join(folder, 'zeros.gz');
    writeFileSync(path, compressAs(Buffer.alloc(1024 * 1024), 'gzip'));
    expect(await load(services, path)).toEqual(refused('invalid-archive'));
  });
});

test('a file that is changed while it is open is an error, and not loaded', async () => {
  const { services, folder } = guarded();
  const path = await writeArchive(join(folder, 'x.tar'), oldDockerArchive([{ image: good, names: [] }]));
  const explored = await services.explore.open(path);
  await explored.stack;
  truncateSync(path, 2048);
  expect(['invalid-archive', 'digest-mismatch']).toContain((await failure(explored.exact())).code);
  await explored.close();
});

test('names with escapes are left out, and what is shown of them is safe', async () => {
  const services = await testServices();
  const { folder } = services;
  const names = ['evil\u001b[2J:1', 'a\u202eb:1', '../x:1', 'fine:1'];
  const path = await writeArchive(join(folder, 'x.tar'), oldDockerArchive([{ image: good, names }]));
  expect((await services.transfer.load(path))[0]!.names).toEqual(['fine:1']);
  const several = oldDockerArchive([
    { image: good, names: names.slice(0, 1) },
    { image: good, names: [] },
  ]);
  const { hint } = await failure(
    services.explore.open(`docker-archive:${await writeArchive(join(folder, 'y.tar'), several)}`),
  );
  expect(hint).toBe('Choose one: @0 evil\\x1b[2J:1, @1.');
});

test('an image that claims the layer of another one is not believed', async () => {
  const { services, folder } = guarded();
  const other = await imageOf([{ 'etc/': {}, 'etc/os': 'evil' }], 'gzip');
  const lying = buildImage(
    other.layers.map((layer, index) => ({ ...layer, diffID: good.layers[index]!.diffID })),
  );
  const layout = writeDirectory(join(folder, 'evil'), ociImages([{ image: lying, names: ['evil:1'] }]));
  const explored = await services.explore.open(layout);
  expect((await failure(explored.stack)).code).toBe('digest-mismatch');
  await explored.close();
  expect(await load(services, layout)).toEqual(refused('digest-mismatch'));
});
