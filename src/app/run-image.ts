// An image of the store with all that an engine may need of it, each part made when it is asked for.
import { PassThrough, type Readable } from 'node:stream';
import type { RunImage } from '../engine/engine.ts';
import type { BlobLocation, ResolvedImage } from '../oci/image.ts';
import type { FileContent } from '../tree/content.ts';
import type { StackIndex } from '../tree/stack-index.ts';
import type { ExploredImage, TransferService } from './services.ts';

export class StoredRunImage implements RunImage {
  readonly image: ResolvedImage;
  private readonly explore: () => ExploredImage;
  private readonly locate: (index: number) => Promise<BlobLocation>;
  private readonly transfer: TransferService;
  private explored: ExploredImage | undefined;

  constructor(
    image: ResolvedImage,
    parts: {
      explore: () => ExploredImage;
      locate: (index: number) => Promise<BlobLocation>;
      transfer: TransferService;
    },
  ) {
    this.image = image;
    this.explore = parts.explore;
    this.locate = parts.locate;
    this.transfer = parts.transfer;
  }

  private get opened(): ExploredImage {
    this.explored ??= this.explore();
    return this.explored;
  }

  stack(): Promise<StackIndex> {
    return this.opened.exact();
  }

  locateLayer(index: number): Promise<BlobLocation> {
    return this.locate(index);
  }

  content(layer: number, node: number): Promise<FileContent> {
    return this.opened.content(layer, node);
  }

  archive(signal?: AbortSignal): Readable {
    const stream = new PassThrough();
    this.transfer.save([this.image.id], stream, { signal }).then(
      () => stream.end(),
      (error: unknown) => stream.destroy(error instanceof Error ? error : undefined),
    );
    return stream;
  }

  async close(): Promise<void> {
    await this.explored?.close();
  }
}
