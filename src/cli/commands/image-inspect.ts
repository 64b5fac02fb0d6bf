// phyllo image inspect: docker's JSON array for images, also outside of the store.
import type { Context } from '../context.ts';
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
  await printDocuments(context, args, format, async (name) => {
    const image = await context.open(name);
    return imageDocument(image, await layerSizes(context, image));
  });
}
