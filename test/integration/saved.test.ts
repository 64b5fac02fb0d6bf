// What we save is loaded by skopeo, umoci, podman and docker, as the same image with the same layers.
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestHex } from '../../src/oci/digest.ts';
import { ociImages, writeDirectory } from '../support/image-archives.ts';
import type { BuiltImage } from '../support/image-build.ts';
import { type Dockerd, containersTools, isRoot, runner, startDockerd } from '../support/image-engines.ts';
import { type Identity, busyboxImage, codeImage, identityOf } from '../support/image-real.ts';
import { type TestServices, servicesIn } from '../support/image-services.ts';
import { treeOfDirectory, treeOfStack } from '../support/image-trees.ts';
import { needTool } from '../support/tools.ts';

const FORMATS = ['docker-archive', 'oci-archive', 'oci-dir'] as const;
const SKOPEO_NAMES = { 'docker-archive': 'docker-archive', 'oci-archive': 'oci-archive', 'oci-dir': 'oci' };
const NAMES = ['code', 'busybox'] as const;
const canUseDocker = needTool('dockerd', 'docker') && isRoot;

let home: string;
let services: TestServices;
let dockerd: Dockerd | undefined;
const images = new Map<string, BuiltImage>();

beforeAll(async () => {
  // podman calls what it finds in a layout by its path, and takes no capitals.
  home = join(tmpdir(), `phyllo-saved-${randomUUID()}`);
  mkdirSync(home, { mode: 0o700 });
  services = await servicesIn(home);
  images.set('code', await codeImage()).set('busybox', await busyboxImage());
  for (const [name, image] of images) {
    const layout = join(home, `source-${name}`);
    await services.transfer.load(
      writeDirectory(layout, ociImages([{ image, names: [`localhost/${name}:1`] }])),
    );
    for (const format of FORMATS) {
      await services.transfer.save([`localhost/${name}:1`], saved(name, format), { format });
    }
  }
  if (canUseDocker) dockerd = await startDockerd(join(home, 'docker'));
});

afterAll(async () => {
  await dockerd?.stop();
  await services.close();
  rmSync(home, { recursive: true, force: true });
});

function saved(name: string, format: string): string {
  return join(home, `${name}.${format}`);
}

function expected(name: string): Identity {
  return identityOf(images.get(name)!);
}

/** docker's and podman's inspect. */
function inspected(text: string): Identity {
  const [facts] = JSON.parse(text) as [{ Id: string; RootFS: { Layers: Identity['diffIDs'] } }];
  return { id: `sha256:${facts.Id.replace('sha256:', '')}` as Identity['id'], diffIDs: facts.RootFS.Layers };
}

const BOTH = NAMES.flatMap((name) => FORMATS.map((format) => [name, format] as const));

test.runIf(needTool('skopeo')).each(BOTH)('skopeo copies %s from our %s', async (name, format) => {
  const { skopeo } = containersTools(join(home, 'containers'));
  const copy = join(home, `copy-${name}-${format}`);
  await skopeo('copy', '-q', `${SKOPEO_NAMES[format]}:${saved(name, format)}`, `dir:${copy}`);
  const manifest = JSON.parse(readFileSync(join(copy, 'manifest.json'), 'utf8')) as {
    config: { digest: Identity['id'] };
  };
  const { id } = expected(name);
  expect(manifest.config.digest).toBe(id);
  const config = JSON.parse(readFileSync(join(copy, digestHex(id)), 'utf8')) as {
    rootfs: { diff_ids: string[] };
  };
  expect(config.rootfs.diff_ids).toEqual(expected(name).diffIDs);
});

test.runIf(needTool('umoci') && isRoot).each(NAMES)('umoci unpacks %s from our layout', async (name) => {
  const bundle = join(home, `bundle-${name}`);
  const image = `${saved(name, 'oci-dir')}:localhost/${name}:1`;
  await runner('umoci')('unpack', '--image', image, bundle);
  const explored = await services.explore.open(`localhost/${name}:1`);
  expect(treeOfDirectory(join(bundle, 'rootfs'))).toEqual(treeOfStack(await explored.exact()));
  await explored.close();
});

describe.runIf(needTool('podman') && isRoot)('podman', () => {
  test.each(
    ['code', 'busybox'].flatMap((name) => ['docker-archive', 'oci-archive'].map((format) => [name, format])),
  )('loads %s from our %s', async (name, format) => {
    const { podman } = containersTools(join(home, 'containers'));
    const said = await podman('load', '-q', '-i', saved(name!, format!));
    const loaded = said.replace(/^Loaded images?: /, '');
    expect(loaded).toBe(`localhost/${name}:1`);
    expect(inspected(await podman('image', 'inspect', loaded))).toEqual(expected(name!));
    await podman('rmi', '-f', loaded);
  });

  test.each(NAMES)('pulls %s from our layout', async (name) => {
    const { podman } = containersTools(join(home, 'containers'));
    const id = await podman('pull', '-q', `oci:${saved(name, 'oci-dir')}:localhost/${name}:1`);
    expect(inspected(await podman('image', 'inspect', id))).toEqual(expected(name));
    await podman('rmi', '-f', id);
  });
});

describe.runIf(canUseDocker)('docker', () => {
  test.for(NAMES)('loads %s from our docker-archive', async (name, context) => {
    if (dockerd === undefined) return context.skip();
    expect(await dockerd.docker('load', '-i', saved(name, 'docker-archive'))).toContain(
      `localhost/${name}:1`,
    );
    expect(inspected(await dockerd.docker('image', 'inspect', `localhost/${name}:1`))).toEqual(
      expected(name),
    );
  });

  test('loads an archive of several images that share a layer', async (context) => {
    if (dockerd === undefined) return context.skip();
    await services.images.tag('localhost/code:1', 'localhost/other:2');
    const path = join(home, 'several.tar');
    await services.transfer.save(['localhost/code:1', 'localhost/other:2', 'localhost/busybox:1'], path);
    await dockerd.docker('load', '-i', path);
    expect(inspected(await dockerd.docker('image', 'inspect', 'localhost/other:2'))).toEqual(
      expected('code'),
    );
  });
});
