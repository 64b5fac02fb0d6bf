// `--cache-from`: steps of images that somebody built elsewhere. An image tells no keys, but what its rows say: a layer
// stands for a step when all rows up to it are the same, the step's own included, and so are the files below.
import type { ResolvedImage } from '../oci/image.ts';
import { asOciLayer } from '../oci/make-image.ts';
import { stackRows } from '../oci/history.ts';
import type { NewLayer, StageState } from './stage-state.ts';

export class CacheImages {
  private readonly images: () => Promise<readonly ResolvedImage[]>;

  /** Asked for when the first step was not found elsewhere. */
  constructor(images: () => Promise<readonly ResolvedImage[]>) {
    this.images = images;
  }

  /** The layer that `createdBy` made on `state`. What a copy takes is no part of its row, so that this is not for copies. */
  async find(state: StageState, createdBy: string): Promise<NewLayer | undefined> {
    for (const image of await this.images()) {
      const layer = layerOf(image, state, createdBy);
      if (layer !== undefined) return layer;
    }
    return undefined;
  }
}

function layerOf(
  image: ResolvedImage,
  { history, diffIDs }: StageState,
  createdBy: string,
): NewLayer | undefined {
  const { config, manifest } = image;
  const rows = stackRows(config.history, config.diffIDs.length);
  const row = rows[history.length];
  const isSame =
    row?.layer === diffIDs.length &&
    row.createdBy === createdBy &&
    diffIDs.every((diffID, at) => config.diffIDs[at] === diffID) &&
    history.every(({ created_by: text = '' }, at) => rows[at]!.createdBy === text);
  if (!isSame) return undefined;
  return {
    descriptor: asOciLayer(manifest.layers[row.layer]!),
    diffID: config.diffIDs[row.layer]!,
    created: row.created ?? new Date(0).toISOString(),
  };
}
