// A Docker or Podman engine that images are copied to: a docker-archive that the engine reads while it is written.
import { PassThrough, type Readable } from 'node:stream';
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import type { DockerClient } from '../docker/client.ts';
import { loadImages } from '../docker/images.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { ResolvedImage } from '../oci/image.ts';
import type { Reference } from '../oci/reference.ts';
import { ArchiveWriter } from './archive-writer.ts';
import { DockerArchiveSink } from './docker-archive-sink.ts';
import type { TemporaryFolder } from './docker-daemon-source.ts';
import type { ImageSink } from './transport.ts';

const PIPE_BYTES = 1024 * 1024;

export class DockerDaemonSink implements ImageSink {
  private readonly client: DockerClient;
  private readonly folder: TemporaryFolder;
  private readonly pipe = new PassThrough({ highWaterMark: PIPE_BYTES });
  private readonly archive: DockerArchiveSink;
  /** Why the engine gave up, once it has ended; undefined when it took everything. */
  private readonly ended: Promise<unknown>;

  /** Owns client and folder; inflated layers are put there for the time that they need. */
  constructor(client: DockerClient, folder: TemporaryFolder, signal?: AbortSignal) {
    this.client = client;
    this.folder = folder;
    this.archive = new DockerArchiveSink(new ArchiveWriter(this.pipe, signal), folder.directory, signal);
    this.ended = loadImages(client, this.pipe, { signal }).then(
      () => undefined,
      (error: unknown) => {
        this.pipe.destroy();
        return error;
      },
    );
  }

  has(descriptor: Descriptor): Promise<boolean> {
    return this.archive.has(descriptor);
  }

  putBlob(descriptor: Descriptor, data: Readable): Promise<void> {
    return this.write(() => this.archive.putBlob(descriptor, data));
  }

  putImage(image: ResolvedImage, names: readonly Reference[]): Promise<void> {
    const digest = names.find(({ tag }) => tag === undefined)?.digest;
    if (digest === undefined) return this.write(() => this.archive.putImage(image, names));
    throw new PhylloError('invalid-argument', `load image into the engine: ${safeText(digest)} is no tag`, {
      hint: 'An engine works out digests itself: give a name with a tag.',
    });
  }

  async finish(): Promise<void> {
    await this.write(() => this.archive.finish());
    this.pipe.end();
    const refusal = await this.ended;
    if (refusal !== undefined) throw refusal;
  }

  /** Of the two ends of the pipe the one that failed first has the reason. */
  private async write(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const refusal = this.pipe.destroyed ? await this.ended : undefined;
      throw refusal ?? error;
    }
  }

  /** What is cut short loads nothing. */
  async close(): Promise<void> {
    this.pipe.destroy();
    await this.ended;
    await this.archive.close();
    await this.folder.release();
    this.client.close();
  }
}
