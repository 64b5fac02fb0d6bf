// Any source to any sink.
import { Readable } from 'node:stream';
import type { ReportProgress } from '../lib/progress.ts';
import { cancellable, counted } from '../lib/streams.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { shortDigest } from '../oci/digest.ts';
import type { ResolvedImage } from '../oci/image.ts';
import type { Reference } from '../oci/reference.ts';
import { allThrough } from './gate.ts';
import type { ImageSink, ImageSource } from './transport.ts';

export interface CopyOptions {
  /** How many layers at a time; archives take one after the other. Default 1. */
  readonly layersAtATime?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: ReportProgress;
}

/** Layers first, then config and manifest. The sink's `finish` makes it visible. */
export async function copyImage(
  source: ImageSource,
  image: ResolvedImage,
  sink: ImageSink,
  names: readonly Reference[],
  options: CopyOptions = {},
): Promise<void> {
  const layers = [...new Map(image.manifest.layers.map((layer) => [layer.digest, layer])).values()];
  const { layersAtATime = 1, signal } = options;
  await allThrough(
    layersAtATime,
    layers,
    async (layer, either) => {
      if (!(await sink.has(layer))) await copyBlob(source, layer, sink, { ...options, signal: either });
    },
    signal,
  );
  await sink.putImage(image, names);
}

async function copyBlob(
  source: ImageSource,
  layer: Descriptor,
  sink: ImageSink,
  { signal, onProgress }: CopyOptions,
): Promise<void> {
  const input = await source.open(layer);
  const report = (doneBytes: number): void =>
    onProgress?.({ item: shortDigest(layer.digest), doneBytes, totalBytes: layer.size });
  try {
    const bytes = counted(cancellable(input, signal), report);
    await sink.putBlob(layer, Readable.from(bytes, { objectMode: false, highWaterMark: 1024 * 1024 }));
  } finally {
    input.destroy();
  }
}
