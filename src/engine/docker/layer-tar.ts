// The R/W layer as a tar. Only a commit gives it exactly: archives of single paths lose hard links between them, and
// names that are not UTF-8 cannot be asked for. So a nameless image is made, its top layer taken, and the image removed.
import { createReadStream } from 'node:fs';
import type { DockerClient } from '../../docker/client.ts';
import { inspectImage, removeImage, saveImages } from '../../docker/images.ts';
import { PhylloError } from '../../lib/errors.ts';
import type { LayerOptions } from '../engine.ts';
import { withoutPaths } from './layer-exclude.ts';
import { type SpooledLayer, spoolLayer } from './spooled-layer.ts';

/** Where Podman mounts something of its own it leaves empty files and directories, and commits them. */
const PODMANS_OWN = [
  'dev',
  'proc',
  'sys',
  'etc/hosts',
  'etc/hostname',
  'etc/resolv.conf',
  'etc/mtab',
  'run/.containerenv',
  'run/secrets',
].map((path) => Buffer.from(path));

export async function* layerTar(
  client: DockerClient,
  id: string,
  { exclude = [], signal }: LayerOptions = {},
): AsyncGenerator<Uint8Array> {
  const { isPodman } = await client.facts();
  const leftOut = isPodman ? [...exclude, ...PODMANS_OWN] : exclude;
  const layer = await committedLayer(client, id, signal);
  try {
    if (leftOut.length === 0) yield* createReadStream(layer.path, { signal });
    else yield* withoutPaths(layer, leftOut);
  } finally {
    await layer.remove();
  }
}

async function committedLayer(client: DockerClient, id: string, signal?: AbortSignal): Promise<SpooledLayer> {
  const doing = 'take the layer of the container';
  const query = { container: id, comment: 'phyllo' };
  const committed = await client.fields({
    method: 'POST',
    path: '/commit',
    query,
    json: {},
    doing,
    signal,
    timeoutMs: 0,
  });
  const image = committed.text('Id');
  try {
    const diffID = (await inspectImage(client, image, signal))?.diffIDs.at(-1);
    if (diffID === undefined) throw new PhylloError('network', `${doing}: the engine committed nothing`);
    const archive = await saveImages(client, [image], signal);
    try {
      return await spoolLayer(archive, diffID);
    } finally {
      archive.destroy();
    }
  } finally {
    // What lies below may be the user's, even where it has no name.
    await removeImage(client, image, { force: true, parents: false });
  }
}
