// Images that engines can run and compare: one made in code, one around Debian's static busybox.
import { readFileSync } from 'node:fs';
import { hostPlatform } from '../../src/oci/platform.ts';
import type { Services } from '../../src/app/services.ts';
import type { Digest } from '../../src/oci/digest.ts';
import { readAll } from '../../src/lib/streams.ts';
import { type TarMember, writeTar } from '../../src/layer/tar-writer.ts';
import { type BuiltImage, buildImage, imageOf, layerOfTar } from './image-build.ts';

const { architecture, variant } = hostPlatform();

export function codeImage(): Promise<BuiltImage> {
  return imageOf(
    [
      { 'bin/': {}, 'etc/': {}, 'etc/os': 'one', 'etc/old': 'old', 'etc/conf.d/': {}, 'etc/conf.d/a': 'a' },
      {
        'etc/os': 'two',
        'etc/.wh.old': '',
        'etc/link': { link: 'os' },
        'etc/same': { type: 'hardlink', link: 'etc/os' },
      },
      {
        'etc/conf.d/': {},
        'etc/conf.d/.wh..wh..opq': '',
        'etc/conf.d/b': { content: 'b', mode: 0o4755, uid: 5 },
      },
    ],
    'gzip',
    { architecture, variant },
  );
}

export async function busyboxImage(): Promise<BuiltImage> {
  const body = readFileSync('/bin/busybox');
  const members: TarMember[] = [
    { header: { path: Buffer.from('bin'), type: 'dir', mode: 0o755 } },
    {
      header: { path: Buffer.from('bin/busybox'), type: 'file', mode: 0o755, sizeBytes: body.length },
      body: [body],
    },
    {
      header: { path: Buffer.from('bin/sh'), type: 'symlink', mode: 0o777, linkname: Buffer.from('busybox') },
    },
  ];
  const tar = await readAll(writeTar(members), 16 * 1024 * 1024, 'busybox');
  return buildImage([layerOfTar(tar)], { architecture, variant });
}

export interface Identity {
  readonly id: Digest;
  readonly diffIDs: readonly Digest[];
}

export function identityOf({ id, layers }: BuiltImage): Identity {
  return { id, diffIDs: layers.map(({ diffID }) => diffID) };
}

/** What we make of what `image` names, every byte of it read. */
export async function openedByUs(services: Services, image: string): Promise<Identity> {
  const explored = await services.explore.open(image);
  await explored.exact();
  const { id, config } = explored.image;
  await explored.close();
  return { id, diffIDs: config.diffIDs };
}
