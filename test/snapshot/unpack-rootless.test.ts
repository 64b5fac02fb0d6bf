// Layers unpacked and mounted by root of a user namespace, who may less than root of the machine.
import { execFileSync } from 'node:child_process';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import type { Layer } from '../layer/apply-fixtures.ts';
import { treeOfDirectory } from '../support/image-trees.ts';
import { Image, canMount, mountLayers } from './unpack-fixtures.ts';

const NAMESPACE = ['unshare', '-U', '--map-root-user', '-m', '--propagation', 'private'];
const CHILD = fileURLToPath(new URL('./unpack-child.ts', import.meta.url));

const canUseNamespaces = canMount && entersNamespace();

function entersNamespace(): boolean {
  try {
    execFileSync(NAMESPACE[0]!, [...NAMESPACE.slice(1), 'true']);
    return true;
  } catch {
    console.warn('SKIPPED: user namespaces cannot be made here; tests that need them do not run');
    return false;
  }
}

const images: Image[] = [];
afterEach(() => images.splice(0).forEach((image) => image.remove()));

async function unpackInside(layers: readonly Layer[]): Promise<{
  image: Image;
  stacked: string[];
  warnings: readonly string[];
}> {
  const image = await Image.build(layers, 'gzip');
  images.push(image);
  const [program, ...args] = [...NAMESPACE, execPath, '--no-warnings', CHILD, 'ensure', image.folder, 'user'];
  const told = JSON.parse(execFileSync(program!, args, { encoding: 'utf8' })) as {
    directories: string[];
    warnings: string[];
  };
  const mount = await mountLayers(image.unpackedFolder, told.directories, {
    form: 'user',
    through: NAMESPACE,
  });
  try {
    return { image, stacked: treeOfDirectory(mount.path), warnings: told.warnings };
  } finally {
    await mount.end();
  }
}

describe.runIf(canUseNamespaces)('in a user namespace', () => {
  test('a stack of unpacked layers is what a full apply gives', async () => {
    const { image, stacked, warnings } = await unpackInside([
      {
        'd/': { mode: 0o700, mtime: 5 },
        'd/old': 'o',
        'd/s/': {},
        'd/s/x': 'x',
        'e/': {},
        'e/gone': 'g',
        'bin/su': { content: 'su', mode: 0o4755 },
        f: { content: 'f', xattrs: { 'user.a': 'b' } },
        none: { content: '', mode: 0 },
        x: 'file',
      },
      {
        'd/.wh..wh..opq': '',
        'd/new': 'n',
        'e/.wh.gone': '',
        'e/.wh.absent': '',
        'n/.wh.absent': '',
        hard: { type: 'hardlink', link: 'bin/su' },
        'x/': {},
        'x/y': 'y',
        pipe: { type: 'fifo' },
      },
      { x: 'file again', 'bin/.wh.su': '' },
    ]);
    expect(warnings).toEqual([]);
    expect(stacked.length).toBeGreaterThan(8);
    expect(stacked).toEqual(treeOfDirectory(await image.applied()));
  });

  test('devices and users that do not exist there are left out and told of', async () => {
    const { stacked, warnings } = await unpackInside([
      { 'dev/': {}, 'dev/null': { type: 'char', device: [1, 3] }, f: { content: 'f', uid: 33 } },
      { 'dev/zero': { type: 'char', device: [1, 5] }, 'dev/.wh.null': '' },
    ]);
    expect(stacked.map((line) => line.split(' ')[0])).toEqual(['dev', 'f']);
    expect(warnings.toSorted()).toEqual([
      'device node left out: /dev/null',
      'device node left out: /dev/zero',
      'owner not kept: /f',
    ]);
  });
});
