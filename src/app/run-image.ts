// An image of the store with all that an engine may need of it, each part made when it is asked for.
import { PassThrough, type Readable } from 'node:stream';
import type { RunImage } from '../engine/engine.ts';
import type { BlobLocation, ResolvedImage } from '../oci/image.ts';
import type { FileContent } from '../tree/content.ts';
import type { StackIndex } from '../tree/stack-index.ts';
import { copyImage } from '../transport/copy.ts';
import type { StoreSource } from '../transport/store-source.ts';
import { withSink } from './save-sink.ts';
import type { ExploredImage } from './services.ts';

export class StoredRunImage implements RunImage {
  readonly image: ResolvedImage;
  private readonly explore: () => ExploredImage;
  private readonly locate: (index: number) => Promise<BlobLocation>;
  private readonly source: StoreSource;
  private explored: ExploredImage | undefined;

  constructor(
    image: ResolvedImage,
    parts: {
      explore: () => ExploredImage;
      locate: (index: number) => Promise<BlobLocation>;
      source: StoreSource;
    },
  ) {
    this.image = image;
    this.explore = parts.explore;
    this.locate = parts.locate;
    this.source = parts.source;
  }

  private get opened(): ExploredImage {
    this.explored ??= this.explore();
    return this.explored;
  }

  stack(): Promise<StackIndex> {
    return this.opened.exact();
  }

  outline(): Promise<StackIndex> {
    return this.opened.stack;
  }

  locateLayer(index: number): Promise<BlobLocation> {
    return this.locate(index);
  }

  content(layer: number, node: number): Promise<FileContent> {
    return this.opened.content(layer, node);
  }

  archive(signal?: AbortSignal): Readable {
    const stream = new PassThrough();
    const options = signal === undefined ? {} : { signal };
    const saved = withSink(stream, 'docker-archive', options, (sink) =>
      copyImage(this.source, this.image, sink, [], options),
    );
    saved.then(
      () => stream.end(),
      (error: unknown) => stream.destroy(error instanceof Error ? error : undefined),
    );
    return stream;
  }

  async close(): Promise<void> {
    await this.explored?.close();
  }
}
