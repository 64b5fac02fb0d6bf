// What skopeo, umoci, docker, podman and buildah write is opened by us with the layers that they say it has.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ociImages, writeDirectory, writeArchive, oldDockerArchive } from '../support/image-archives.ts';
import type { BuiltImage } from '../support/image-build.ts';
import { type Dockerd, containersTools, isRoot, runner, startDockerd } from '../support/image-engines.ts';
import { codeImage, identityOf, openedByUs } from '../support/image-real.ts';
import { type TestServices, servicesIn } from '../support/image-services.ts';
import { treeOfStack } from '../support/image-trees.ts';
import { needTool } from '../support/tools.ts';

const canUseDocker = needTool('dockerd', 'docker') && isRoot;

let home: string;
let services: TestServices;
let image: BuiltImage;
let layout: string;
let archive: string;
let dockerd: Dockerd | undefined;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'phyllo-written-'));
  services = await servicesIn(home);
  image = await codeImage();
  layout = writeDirectory(join(home, 'layout'), ociImages([{ image, names: ['one'] }]));
  archive = await writeArchive(
    join(home, 'docker.tar'),
    oldDockerArchive([{ image, names: ['localhost/code:1'] }]),
  );
  if (canUseDocker) dockerd = await startDockerd(join(home, 'docker'));
});

afterAll(async () => {
  await dockerd?.stop();
  await services.close();
  rmSync(home, { recursive: true, force: true });
});

async function treeAt(path: string): Promise<string[]> {
  const explored = await services.explore.open(path);
  const tree = treeOfStack(await explored.exact());
  await explored.close();
  return tree;
}

describe.runIf(needTool('skopeo'))('skopeo', () => {
  test.each([
    ['docker-archive', 'docker-archive:', ':localhost/code:1'],
    ['oci-archive', 'oci-archive:', ':one'],
    ['oci', 'oci:', ':one'],
  ])('writes %s', async (kind, transport, name) => {
    const { skopeo } = containersTools(join(home, 'containers'));
    const out = join(home, `skopeo-${kind}`);
    await skopeo('copy', '-q', `oci:${layout}:one`, `${transport}${out}${name}`);
    expect(await openedByUs(services, out)).toEqual(identityOf(image));
    expect(await treeAt(out)).toEqual(await treeAt(layout));
  });

  test('writes zstd layers', async () => {
    const { skopeo } = containersTools(join(home, 'containers'));
    const out = join(home, 'skopeo-zstd');
    await skopeo(
      'copy',
      '-q',
      '--dest-compress-format',
      'zstd',
      `docker-archive:${archive}`,
      `oci:${out}:one`,
    );
    const explored = await services.explore.open(out);
    expect(new Set(explored.layers.map(({ mediaType }) => mediaType))).toEqual(
      new Set(['application/vnd.oci.image.layer.v1.tar+zstd']),
    );
    await explored.close();
    expect(await treeAt(out)).toEqual(await treeAt(layout));
  });
});

test.runIf(needTool('umoci') && isRoot)(
  'umoci makes a layout, inserts files and repacks a layer',
  async () => {
    const umoci = runner('umoci');
    const out = join(home, 'umoci');
    const files = join(home, 'files');
    mkdirSync(join(files, 'deep'), { recursive: true });
    writeFileSync(join(files, 'deep', 'file'), 'inserted');
    await umoci('init', '--layout', out);
    await umoci('new', '--image', `${out}:app`);
    await umoci('insert', '--image', `${out}:app`, files, '/srv');
    await umoci('unpack', '--image', `${out}:app`, join(home, 'bundle'));
    rmSync(join(home, 'bundle', 'rootfs', 'srv', 'deep'), { recursive: true });
    writeFileSync(join(home, 'bundle', 'rootfs', 'new'), 'new');
    await umoci('repack', '--image', `${out}:app`, join(home, 'bundle'));
    const paths = (await treeAt(out)).map((line) => line.split(' ')[0]);
    expect(paths).toEqual(['new', 'srv']);
  },
);

describe.runIf(canUseDocker)('docker', () => {
  test('saves one image and several', async (context) => {
    if (dockerd === undefined) return context.skip();
    const { docker } = dockerd;
    await docker('load', '-i', archive);
    await docker('tag', 'localhost/code:1', 'localhost/code:2');
    await docker('save', '-o', join(home, 'one.tar'), 'localhost/code:1');
    expect(await openedByUs(services, join(home, 'one.tar'))).toEqual(identityOf(image));
    expect(await treeAt(join(home, 'one.tar'))).toEqual(await treeAt(layout));
    await docker('save', '-o', join(home, 'two.tar'), 'localhost/code:1', 'localhost/code:2');
    const loaded = await services.transfer.load(join(home, 'two.tar'));
    expect(loaded).toEqual([
      { id: image.id, names: expect.arrayContaining(['localhost/code:1', 'localhost/code:2']) as string[] },
    ]);
  });

  test('saves what it built, empty layers and all', async (context) => {
    if (dockerd === undefined) return context.skip();
    const { docker } = dockerd;
    const folder = join(home, 'context');
    mkdirSync(folder);
    writeFileSync(join(folder, 'a'), 'a');
    writeFileSync(
      join(folder, 'Dockerfile'),
      'FROM scratch\nENV A=b\nCOPY a /x/a\nLABEL l=1\nCOPY a /x/b\nCMD ["/x/a"]\n',
    );
    await docker('build', '-q', '-t', 'localhost/built:1', folder);
    await docker('save', '-o', join(home, 'built.tar'), 'localhost/built:1');
    const explored = await services.explore.open(join(home, 'built.tar'));
    expect(explored.rows.map(({ layer }) => layer)).toEqual([undefined, 0, undefined, 1, undefined]);
    expect((await treeAt(join(home, 'built.tar'))).map((line) => line.split(' ')[0])).toEqual([
      'x',
      'x/a',
      'x/b',
    ]);
    await explored.close();
  });
});

describe.runIf(needTool('podman') && isRoot)('podman', () => {
  test.each(['docker-archive', 'oci-archive', 'oci-dir'])('saves %s', async (format) => {
    const { podman } = containersTools(join(home, 'containers'));
    const out = join(home, `podman-${format}`);
    await podman('load', '-q', '-i', archive);
    await podman('save', '-q', '--format', format, '-o', out, 'localhost/code:1');
    expect((await openedByUs(services, out)).diffIDs).toEqual(identityOf(image).diffIDs);
    expect(await treeAt(out)).toEqual(await treeAt(layout));
  });
});

describe.runIf(needTool('buildah') && isRoot)('buildah', () => {
  test.each(['docker-archive', 'oci-archive', 'oci'])('pushes to %s', async (transport) => {
    const { buildah } = containersTools(join(home, 'containers'));
    const out = join(home, `buildah-${transport}`);
    const file = join(home, 'buildah-file');
    writeFileSync(file, 'built');
    const container = await buildah('from', '--pull-never', `docker-archive:${archive}`);
    await buildah('copy', '-q', container, file, '/etc/built');
    await buildah('commit', '-q', container, `localhost/built-${transport}`);
    await buildah('push', '-q', `localhost/built-${transport}`, `${transport}:${out}:localhost/built:1`);
    await buildah('rm', container);
    const [before, after] = [await treeAt(layout), await treeAt(out)];
    const paths = (tree: readonly string[]): string[] => tree.map((line) => line.split(' ')[0]!);
    expect(new Set(paths(after))).toEqual(new Set([...paths(before), 'etc/built']));
  });
});
