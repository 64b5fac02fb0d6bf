// What the verbs that look into images share: the stack in the exactness that is needed, the IMAGE part of documents.
import type { ExploredImage } from '../app/services.ts';
import { familiarReference, parseReference } from '../oci/reference.ts';
import { formatPlatform } from '../oci/platform.ts';
import { Reason, type StackIndex } from '../tree/stack-index.ts';
import type { Context } from './context.ts';
import { usageError } from './usage.ts';

/**
 * The stack with every change of `layers` known for certain. Contents are compared only where headers alone leave a
 * doubt: that reads every byte of an archive that was never seen before.
 */
export async function certainStack(
  context: Context,
  image: ExploredImage,
  layers: readonly number[],
): Promise<StackIndex> {
  const stack = await context.indexed(image, () => image.stack);
  const isCertain = layers.every((layer) =>
    stack.changes(layer).reason.every((reason) => (reason & Reason.contentUnknown) === 0),
  );
  return isCertain ? stack : context.indexed(image, () => image.exact());
}

/** The layer that `--upto` or `--layer` names, the last one without it; -1 for an image without layers. */
export function layerNumber(verb: string, image: ExploredImage, wanted: number | undefined): number {
  const last = image.layers.length - 1;
  if (wanted !== undefined && wanted > last) {
    const range = last < 0 ? 'the image has no layers' : `the layers are 0 to ${last}`;
    throw usageError(verb, `there is no layer ${wanted}; ${range}`);
  }
  return wanted ?? last;
}

export function imageDocument({ image, config }: ExploredImage): Record<string, unknown> {
  return {
    id: image.id,
    digest: image.descriptor.digest,
    tags: tagsOf(image.names),
    platform: formatPlatform(config.platform),
    config: config.raw['config'] ?? {},
  };
}

/** Familiar where they are references at all. */
export function tagsOf(names: readonly string[]): string[] {
  return names.map((name) => {
    try {
      return familiarReference(parseReference(name));
    } catch {
      return name;
    }
  });
}
