// Images in and out of the store: load, save, copy, import.
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, addAbortSignal } from 'node:stream';
import { PhylloError, isPhylloError, toPhylloError } from '../lib/errors.ts';
import { exists, writeFully } from '../lib/files.ts';
import { safeText } from '../lib/text.ts';
import type { Digest } from '../oci/digest.ts';
import type { ResolvedImage } from '../oci/image.ts';
import { type Reference, familiarReference, parseReference, withDefaultTag } from '../oci/reference.ts';
import { parseImageArgument } from '../transport/argument.ts';
import { copyImage } from '../transport/copy.ts';
import { DockerDaemonSink } from '../transport/docker-daemon-sink.ts';
import { openPath } from '../transport/open-source.ts';
import { RegistrySink } from '../transport/registry-sink.ts';
import { LAYERS_AT_A_TIME } from '../transport/registry-source.ts';
import { imagesToLoad } from '../transport/select-image.ts';
import type { ImageSink, ImageSource } from '../transport/transport.ts';
import type { ImageStore } from '../store/store.ts';
import type { LayerIndexer } from './layer-indexer.ts';
import { importRootFs } from './import-rootfs.ts';
import type { ImportOptions, LoadedImage, TransferService, WorkOptions } from './services.ts';
import type { EngineAccess } from './engine-access.ts';
import type { RegistryAccess } from './registry-access.ts';
import { runSink, withSink } from './save-sink.ts';
import type { Sources } from './sources.ts';
import { VerifiedSink } from './verified-sink.ts';

type CopyOptions = Parameters<TransferService['copy']>[2];
type LoadOptions = Parameters<TransferService['load']>[1];
type SaveOptions = Parameters<TransferService['save']>[2];

export interface TransferParts {
  readonly store: ImageStore;
  readonly sources: Sources;
  readonly indexer: LayerIndexer;
  readonly access: RegistryAccess;
  readonly engine: EngineAccess;
}

export class Transfer implements TransferService {
  private readonly store: ImageStore;
  private readonly sources: Sources;
  private readonly indexer: LayerIndexer;
  private readonly access: RegistryAccess;
  private readonly engine: EngineAccess;

  constructor({ store, sources, indexer, access, engine }: TransferParts) {
    this.access = access;
    this.engine = engine;
    this.store = store;
    this.sources = sources;
    this.indexer = indexer;
  }

  async load(input: string | Readable, options: LoadOptions = {}): Promise<LoadedImage[]> {
    const sink = await VerifiedSink.open(this.store, this.indexer, 'load', options.signal);
    let source: ImageSource | undefined;
    try {
      const path = typeof input === 'string' ? input : await spool(input, sink.lease.directory, options);
      source = await openPath(path, { temporaryDirectory: sink.lease.directory, ...options });
      return await this.loadAll(source, sink, options);
    } finally {
      await source?.close();
      await sink.close();
    }
  }

  private async loadAll(
    source: ImageSource,
    sink: ImageSink,
    options: NonNullable<LoadOptions>,
  ): Promise<LoadedImage[]> {
    const loaded: LoadedImage[] = [];
    let artifact: PhylloError | undefined;
    for (const { select } of imagesToLoad(await source.list(), 'images', options.platform)) {
      try {
        loaded.push(await this.loadOne(source, select, sink, options));
      } catch (error) {
        // Signatures and the like stand beside the images that they are about.
        if (!isPhylloError(error, 'unsupported')) throw error;
        artifact ??= error;
      }
    }
    if (loaded.length === 0)
      throw artifact ?? new PhylloError('invalid-archive', 'load images: there is no image in it');
    stopIfAborted(options.signal, 'load');
    await sink.finish();
    return loaded;
  }

  private async loadOne(
    source: ImageSource,
    select: string,
    sink: ImageSink,
    options: NonNullable<LoadOptions>,
  ): Promise<LoadedImage> {
    const image = await source.resolve(select, options.platform);
    const names = image.names.map(nameOf).filter((name) => name !== undefined);
    await copyImage(source, image, sink, names, options);
    return { id: image.id, names: [...new Set(names.map(familiarReference))] };
  }

  async save(
    images: readonly string[],
    output: string | NodeJS.WritableStream,
    options: SaveOptions = {},
  ): Promise<void> {
    const format = options.format ?? 'docker-archive';
    await withSink(output, format, options, async (sink) => {
      for (const name of images) {
        const { source, select } = await this.sources.open(name, options);
        try {
          const image = await source.resolve(select);
          await copyImage(source, image, sink, savedNames(name, image), options);
        } finally {
          await source.close();
        }
      }
    });
  }

  async copy(sourceText: string, destination: string, options: CopyOptions = {}): Promise<Digest> {
    const { source, select } = await this.sources.open(sourceText, options);
    try {
      const image = await source.resolve(select, options.platform);
      const target = await parseImageArgument(destination, exists);
      if (target.kind === 'store' || target.kind === 'path') {
        await this.copyToStore(source, image, destination, options);
      } else if (target.kind === 'registry') {
        await this.copyToRegistry(source, image, target.name, options);
      } else if (target.kind === 'docker-daemon') {
        await this.copyToEngine(source, image, target.name, options);
      } else {
        const names =
          target.select === undefined
            ? savedNames(sourceText, image)
            : [withDefaultTag(parseReference(target.select))];
        await withSink(target.path, target.kind, options, (sink) =>
          copyImage(source, image, sink, names, options),
        );
      }
      return image.descriptor.digest;
    } finally {
      await source.close();
    }
  }

  private async copyToRegistry(
    source: ImageSource,
    image: ResolvedImage,
    name: string,
    options: WorkOptions,
  ): Promise<void> {
    const reference = withDefaultTag(parseReference(name));
    const { signal } = options;
    const sink = new RegistrySink(this.access.client(), reference, { source, signal });
    await runSink(sink, (to) =>
      copyImage(source, image, to, [reference], { ...options, layersAtATime: LAYERS_AT_A_TIME }),
    );
  }

  private async copyToEngine(
    source: ImageSource,
    image: ResolvedImage,
    name: string,
    options: WorkOptions,
  ): Promise<void> {
    const reference = withDefaultTag(parseReference(name));
    const [client, folder] = await Promise.all([this.engine.client(), this.engine.openFolder()]);
    const sink = new DockerDaemonSink(client, folder, options.signal);
    await runSink(sink, (to) => copyImage(source, image, to, [reference], options));
  }

  private async copyToStore(
    source: ImageSource,
    image: ResolvedImage,
    name: string,
    options: WorkOptions,
  ): Promise<void> {
    const reference = storeName(name);
    const sink = await VerifiedSink.open(this.store, this.indexer, 'copy', options.signal);
    try {
      await copyImage(source, image, sink, [reference], options);
      stopIfAborted(options.signal, 'copy');
      await sink.finish();
    } finally {
      await sink.close();
    }
  }

  async import(
    input: string | Readable,
    name: string | undefined,
    options: ImportOptions = {},
  ): Promise<Digest> {
    const reference = name === undefined ? undefined : withDefaultTag(parseReference(name));
    const sink = await VerifiedSink.open(this.store, this.indexer, 'import', options.signal);
    try {
      const bytes = stoppable(typeof input === 'string' ? createReadStream(input) : input, options.signal);
      const image = await importRootFs(bytes, this.store, sink.lease, options);
      await sink.putImage(image, reference === undefined ? [] : [reference]);
      stopIfAborted(options.signal, 'import');
      await sink.finish();
      return image.id;
    } catch (error) {
      throw toPhylloError(error, `import ${typeof input === 'string' ? safeText(input) : 'standard input'}`);
    } finally {
      await sink.close();
    }
  }
}

/** A name in an archive that is no reference is left out: the image is loaded without it. */
function nameOf(text: string): Reference | undefined {
  try {
    return withDefaultTag(parseReference(text));
  } catch {
    return undefined;
  }
}

/** The name that was asked for, if it is one; an ID or a file goes out with the names the image has. */
function savedNames(asked: string, { names }: ResolvedImage): Reference[] {
  const known = names.map(nameOf).filter((name) => name !== undefined);
  const wanted = nameOf(asked);
  const same = known.find((name) => wanted && familiarReference(name) === familiarReference(wanted));
  return same ? [same] : known;
}

/** What looks like a file has to say what format it is to have. */
function storeName(name: string): Reference {
  if (/^[./~]|\.tar$/.test(name)) {
    throw new PhylloError('invalid-argument', `copy to ${safeText(name)}: that is no name for the store`, {
      hint: `For a file: docker-archive:${safeText(name)}, oci-archive:${safeText(name)} or oci:DIRECTORY.`,
    });
  }
  return withDefaultTag(parseReference(name));
}

async function spool(input: Readable, directory: string, { signal }: WorkOptions): Promise<string> {
  // Errors name the file: the folder is the lease's own, so the name is free to say what it is.
  const path = join(directory, 'standard input');
  try {
    await using file = await open(path, 'wx', 0o600);
    for await (const chunk of stoppable(input, signal)) await writeFully(file, chunk);
  } catch (error) {
    throw toPhylloError(error, 'read standard input');
  }
  return path;
}

/** Stops at once, also while the input keeps silent. */
function stoppable(input: Readable, signal: AbortSignal | undefined): AsyncIterable<Uint8Array> {
  return signal === undefined ? input : addAbortSignal(signal, input);
}

function stopIfAborted(signal: AbortSignal | undefined, doing: string): void {
  if (signal?.aborted) throw new PhylloError('cancelled', `${doing}: cancelled`);
}
