// The images as a list: a row for every name, names of one image together. Pure.
import type { ImageSummary } from '../../../app/services.ts';

export type ImageOrder = 'created' | 'name' | 'size';

export interface ImageLine {
  readonly image: ImageSummary;
  readonly name: string | undefined;
  /** Another name of the image stands above: what they share is not said twice. */
  readonly again: boolean;
  readonly key: string;
}

export function listLines(images: readonly ImageSummary[]): ImageLine[] {
  return images.flatMap((image): ImageLine[] => {
    if (image.names.length === 0) return [{ image, name: undefined, again: false, key: image.digest }];
    return image.names.map((name, index) => ({
      image,
      name,
      again: index > 0,
      key: `${image.digest} ${name}`,
    }));
  });
}

export const IMAGE_ORDERS: readonly ImageOrder[] = ['created', 'name', 'size'];

/** Newest, largest, or first in the alphabet first. */
export function orderImages(
  images: readonly ImageSummary[],
  order: ImageOrder,
  reversed: boolean,
): ImageSummary[] {
  const sorted = images.toSorted(COMPARE[order]);
  return reversed ? sorted.toReversed() : sorted;
}

const COMPARE: Readonly<Record<ImageOrder, (a: ImageSummary, b: ImageSummary) => number>> = {
  created: (a, b) => timeOf(b) - timeOf(a),
  name: (a, b) => (nameOf(a) < nameOf(b) ? -1 : Number(nameOf(a) > nameOf(b))),
  size: (a, b) => b.sizeBytes - a.sizeBytes,
};

function timeOf({ created }: ImageSummary): number {
  return (created === undefined ? 0 : Date.parse(created)) || 0;
}

/** Images without a name come last. */
function nameOf({ names }: ImageSummary): string {
  return names[0] ?? '\uffff';
}
