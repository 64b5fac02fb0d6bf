// Sees to it that the engine has an image before a container is made of it.
import type { DockerClient } from '../../docker/client.ts';
import { inspectImage, loadImages } from '../../docker/images.ts';
import { PhylloError } from '../../lib/errors.ts';
import { shortDigest } from '../../oci/digest.ts';
import type { ContainerSpec, EngineOptions } from '../engine.ts';
import { loadError } from './daemon-words.ts';

/** The name by which the engine knows the image. Throws `unsupported` where it cannot take it. */
export async function ensureImage(
  client: DockerClient,
  { source }: ContainerSpec,
  { signal, onProgress }: EngineOptions = {},
): Promise<string> {
  const { id, config } = source.image;
  if (await inspectImage(client, id, signal)) return id;
  const item = `${shortDigest(id)} to the engine`;
  const archive = source.archive(signal);
  const loaded = await loadImages(client, archive, {
    signal,
    onBytes: (doneBytes) => onProgress?.({ item, doneBytes }),
  }).catch((error: unknown) => {
    throw loadError(error);
  });
  // An engine with containerd's image store has IDs of its own: what was loaded is known by its layers.
  for (const name of [id, ...loaded]) {
    const found = await inspectImage(client, name, signal);
    if (found?.diffIDs.join() === config.diffIDs.join()) return found.id;
  }
  throw new PhylloError('io', `load image ${shortDigest(id)}: the engine took it, but has it not`);
}
