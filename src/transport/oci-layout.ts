// OCI image layouts (image-layout.md), as a directory or as an archive of one.
import { createReadStream } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { PhylloError, isPhylloError, isSystemError, toPhylloError } from '../lib/errors.ts';
import { resolveBelow } from '../lib/safe-path.ts';
import { readAll } from '../lib/streams.ts';
import { safeText } from '../lib/text.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, digestAlgorithm, digestHex } from '../oci/digest.ts';
import type { BlobLocation, Range, ResolvedImage } from '../oci/image.ts';
import { MAX_JSON_BYTES } from '../oci/json.ts';
import { parseIndex } from '../oci/manifest.ts';
import type { Platform } from '../oci/platform.ts';
import { ArchiveFile, type ArchiveOptions } from './archive-file.ts';
import { BlobMap } from './blob-map.ts';
import { imagesInIndex, resolveImage, selectImage } from './select-image.ts';
import type { ImageSource, SourceImage, TransportKind } from './transport.ts';

/** The files of a layout, wherever they lie. */
interface LayoutFiles {
  /** Safe to show. */
  readonly name: string;
  readIndex(): Promise<Buffer>;
  findBlob(digest: Digest): Promise<BlobLocation | undefined>;
  close(): Promise<void>;
}

export class OciLayoutSource implements ImageSource {
  readonly kind: TransportKind;
  private readonly files: LayoutFiles;
  private readonly blobs: BlobMap;

  constructor(kind: TransportKind, files: LayoutFiles) {
    this.kind = kind;
    this.files = files;
    this.blobs = new BlobMap(files.name, (digest) => files.findBlob(digest));
  }

  async list(): Promise<SourceImage[]> {
    return imagesInIndex(parseIndex(await this.files.readIndex(), `${this.files.name}: index.json`));
  }

  async resolve(select?: string, platform?: Platform): Promise<ResolvedImage> {
    const { descriptor, names } = selectImage(await this.list(), select, this.files.name, platform);
    return resolveImage(
      (document) => this.blobs.document(document),
      { descriptor: descriptor!, names },
      platform,
    );
  }

  has(descriptor: Descriptor): Promise<boolean> {
    return this.blobs.has(descriptor);
  }

  open(descriptor: Descriptor, range?: Range): Promise<Readable> {
    return this.blobs.open(descriptor, range);
  }

  locate(descriptor: Descriptor): Promise<BlobLocation> {
    return this.blobs.locate(descriptor);
  }

  close(): Promise<void> {
    return this.files.close();
  }
}

/** Throws `not-found`, `invalid-image` when there is no layout at `path`. */
export async function openOciDirectory(path: string): Promise<OciLayoutSource> {
  const name = safeText(path);
  const files: LayoutFiles = {
    name,
    readIndex: () => readIndexFile(path, name),
    findBlob: (digest) => findBlobFile(path, digest),
    close: () => Promise.resolve(),
  };
  await files.readIndex();
  return new OciLayoutSource('oci', files);
}

async function readIndexFile(path: string, name: string): Promise<Buffer> {
  try {
    const index = join(path, 'index.json');
    const info = await lstat(index);
    if (!info.isFile()) throw new PhylloError('invalid-image', `read ${name}: index.json is no regular file`);
    return await readAll(createReadStream(index), MAX_JSON_BYTES, `${name}: index.json`);
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw toPhylloError(error, `read ${name}`);
    throw new PhylloError('invalid-image', `read ${name}: it is no OCI layout, index.json is missing`, {
      hint: 'Expected a directory with index.json and blobs, as skopeo copy oci:DIR makes it.',
      cause: error,
    });
  }
}

/** Links are not followed: a hostile layout could name any file of this machine as its blob. */
async function findBlobFile(path: string, digest: Digest): Promise<BlobLocation | undefined> {
  const name = Buffer.from(`blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`);
  try {
    const blob = (await resolveBelow(Buffer.from(path), name)).toString();
    const stat = await lstat(blob);
    return stat.isFile() ? { path: blob, offset: 0, sizeBytes: stat.size } : undefined;
  } catch (error) {
    if (isSystemError(error, 'ENOENT') || isPhylloError(error, 'not-found')) return undefined;
    throw toPhylloError(error, `read blob ${digest}`);
  }
}

export async function openOciArchive(path: string, options: ArchiveOptions): Promise<OciLayoutSource> {
  return ociArchive(await ArchiveFile.open(path, options));
}

export function ociArchive(archive: ArchiveFile): OciLayoutSource {
  return new OciLayoutSource('oci-archive', {
    name: archive.name,
    readIndex: () => archive.read('index.json', MAX_JSON_BYTES),
    findBlob: (digest) =>
      Promise.resolve(archive.find(`blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`)),
    close: () => archive.close(),
  });
}
