// Sizes of images as docker tells them: the bytes of their files, layer by layer.
import type { ExploredImage, ImageSummary } from '../app/services.ts';
import type { Context } from './context.ts';

/** Bytes of the files of each layer; reads what was not indexed yet. */
export async function layerSizes(context: Context, image: ExploredImage): Promise<number[]> {
  const trees = await context.indexed(image, () => Promise.all(image.trees));
  return trees.map(({ facts }) => facts.contentBytes);
}

/**
 * The size of an image of the store; undefined when a layer is damaged. Layers that were made here and never looked at are
 * verified for it: then the store knows their sizes from now on.
 */
export async function imageSize(context: Context, image: ImageSummary): Promise<number | undefined> {
  if (image.sizeKnown) return image.sizeBytes;
  const opened = await context.open(image.digest);
  try {
    const { trees } = await context.indexed(opened, () => opened.exact());
    return trees.reduce((sum, { facts }) => sum + facts.contentBytes, 0);
  } catch (error) {
    if (context.signal.aborted) throw error;
    return undefined;
  }
}
