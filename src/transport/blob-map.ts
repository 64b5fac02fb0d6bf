// Blobs that lie in local files, by digest: what all file-based sources read from.
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { PhylloError } from '../lib/errors.ts';
import { readAll, verified } from '../lib/streams.ts';
import { safeText } from '../lib/text.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, digestAlgorithm, digestHasher } from '../oci/digest.ts';
import type { BlobLocation, BlobLocator, BlobReader, Range } from '../oci/image.ts';
import { MAX_JSON_BYTES } from '../oci/json.ts';

const READ_BYTES = 1024 * 1024;

type Wanted = Pick<Descriptor, 'digest' | 'size' | 'urls'>;

export class BlobMap implements BlobReader, BlobLocator {
  private readonly find: (digest: Digest) => Promise<BlobLocation | undefined>;
  /** The archive or folder, safe to show. */
  private readonly where: string;

  constructor(where: string, find: (digest: Digest) => Promise<BlobLocation | undefined>) {
    this.where = where;
    this.find = find;
  }

  async has({ digest, size }: Wanted): Promise<boolean> {
    return (await this.find(digest))?.sizeBytes === size;
  }

  async locate({ digest, size, urls }: Wanted): Promise<BlobLocation> {
    const location = await this.find(digest);
    if (location === undefined) throw this.missing(digest, urls);
    if (location.sizeBytes === size) return location;
    throw new PhylloError(
      'size-mismatch',
      `read ${this.where}: blob ${digest} has ${location.sizeBytes} bytes instead of ${size}`,
      {
        data: { digest, expected: size, found: location.sizeBytes },
      },
    );
  }

  /** Addresses in a manifest are never asked: whoever wrote it would choose what this machine connects to. */
  private missing(digest: Digest, urls: Wanted['urls']): PhylloError {
    if (urls === undefined || urls.length === 0) {
      return new PhylloError('invalid-image', `read ${this.where}: blob ${digest} is missing`, {
        data: { digest },
      });
    }
    return new PhylloError(
      'unsupported',
      `read ${this.where}: layer ${digest} is foreign, its bytes are kept elsewhere`,
      { hint: `phyllo does not fetch them; the image names ${safeText(urls[0]!)}.`, data: { digest } },
    );
  }

  async open(descriptor: Wanted, range?: Range): Promise<Readable> {
    const location = await this.locate(descriptor);
    if (range) return readLocation(location, range);
    const { digest, size } = descriptor;
    const hasher = digestHasher(digestAlgorithm(digest));
    const input = whenRead(() => readLocation(location));
    return Readable.from(verified(input, { digest, size, hasher, what: `blob ${digest}` }), {
      objectMode: false,
    });
  }

  /** A manifest or config, whole and verified. */
  async document(descriptor: Wanted): Promise<Buffer> {
    if (descriptor.size > MAX_JSON_BYTES) {
      throw new PhylloError(
        'limit-exceeded',
        `read ${this.where}: document ${descriptor.digest} is larger than ${MAX_JSON_BYTES} bytes`,
      );
    }
    return readAll(await this.open(descriptor), MAX_JSON_BYTES, `blob ${descriptor.digest}`);
  }
}

/** A stream that is destroyed before anybody read from it must not have opened a file. */
async function* whenRead(open: () => Readable): AsyncGenerator<Uint8Array> {
  yield* open() as AsyncIterable<Uint8Array>;
}

/** The bytes of a location, or of a range within it, not verified. */
export function readLocation({ path, offset, sizeBytes }: BlobLocation, range?: Range): Readable {
  const start = offset + (range?.offset ?? 0);
  const length = Math.min(range?.length ?? sizeBytes, offset + sizeBytes - start);
  // A read stream cannot be told to read nothing.
  if (length <= 0) return Readable.from([]);
  return createReadStream(path, { start, end: start + length - 1, highWaterMark: READ_BYTES });
}
