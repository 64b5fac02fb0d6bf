// phyllo inspect: docker's JSON array for images, also outside of the store, and for containers.
import { PhylloError, isPhylloError } from '../../lib/errors.ts';
import { safeText } from '../../lib/text.ts';
import type { Context } from '../context.ts';
import { containerDocument } from '../container-document.ts';
import { printDocuments } from '../documents.ts';
import { imageDocument } from '../image-document.ts';
import { layerSizes } from '../image-sizes.ts';

interface InspectOptions {
  readonly format?: string;
}

export async function run(
  context: Context,
  args: readonly string[],
  { format }: InspectOptions,
): Promise<void> {
  await printDocuments(context, args, format, (name) => imageOrContainer(context, name));
}

/** A name that both have is the container's, as docker has it. */
async function imageOrContainer(context: Context, name: string): Promise<object> {
  const { containers } = await context.services();
  try {
    return containerDocument(await containers.get(name));
  } catch (error) {
    if (!isPhylloError(error, 'not-found')) throw error;
  }
  const image = await context.open(name).catch((error: unknown) => {
    if (!isPhylloError(error, 'not-found')) throw error;
    throw new PhylloError('not-found', `find ${safeText(name)}: no image and no container has this name`, {
      cause: error,
      hint: 'phyllo images and phyllo ps -a list what there is.',
    });
  });
  return imageDocument(image, await layerSizes(context, image));
}
