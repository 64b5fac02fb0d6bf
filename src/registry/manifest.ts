// A manifest as a registry sends it, checked against everything that was said about it.
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, digestAlgorithm, digestOf, isDigest } from '../oci/digest.ts';
import { parseJsonObject } from '../oci/json.ts';
import { isIndexType, isManifestType, mediaTypes } from '../oci/media-types.ts';

export interface FetchedManifest {
  readonly descriptor: Descriptor;
  readonly data: Buffer;
}

export interface ManifestClaims {
  /** What was asked for by digest. */
  readonly digest: Digest | undefined;
  /** Content-Type. */
  readonly contentType: string | undefined;
  /** Docker-Content-Digest. */
  readonly claimed: string | string[] | undefined;
  readonly doing: string;
}

/** Of images and of lists of them, docker's and OCI's alike. */
export const ACCEPTED_MANIFESTS = [
  mediaTypes.ociIndex,
  mediaTypes.ociManifest,
  mediaTypes.dockerManifestList,
  mediaTypes.dockerManifest,
].join(', ');

/** Throws `digest-mismatch`, `invalid-image` (the body is something else than the header says), `unsupported`. */
export function checkManifest(data: Buffer, claims: ManifestClaims): FetchedManifest {
  const { doing, digest, claimed } = claims;
  const wanted = digest ?? (isDigest(claimed) ? claimed : undefined);
  const found = digestOf(data, wanted && digestAlgorithm(wanted));
  for (const expected of [digest, isDigest(claimed) ? claimed : undefined]) {
    if (expected === undefined || found === expected) continue;
    // The registry may name it by the other algorithm.
    if (digestOf(data, digestAlgorithm(expected)) === expected) continue;
    throw new PhylloError(
      'digest-mismatch',
      `${doing}: its bytes have the digest ${found} instead of ${expected}`,
      {
        hint: 'The registry or something in between changes what is sent.',
        data: { expected, found },
      },
    );
  }
  const mediaType = mediaTypeOf(data, claims);
  return { descriptor: { mediaType, digest: found, size: data.length }, data };
}

/** The document itself says what it is; the header must not say otherwise (CVE-2021-41190). */
function mediaTypeOf(data: Buffer, { contentType, doing }: ManifestClaims): string {
  const value = parseJsonObject(data, doing.replace(/^read /, ''));
  const header = contentType?.split(';')[0]?.trim().toLowerCase();
  const claimed = header !== undefined && isKnown(header) ? header : undefined;
  const own =
    typeof value['mediaType'] === 'string' && value['mediaType'] !== '' ? value['mediaType'] : undefined;
  if (own !== undefined && claimed !== undefined && own !== claimed) {
    throw new PhylloError(
      'invalid-image',
      `${doing}: it is sent as ${claimed} and says that it is ${safeText(own.slice(0, 160))}`,
    );
  }
  const mediaType = own ?? claimed ?? ('manifests' in value ? mediaTypes.ociIndex : mediaTypes.ociManifest);
  if (isKnown(mediaType)) return mediaType;
  throw new PhylloError('unsupported', `${doing}: ${safeText(mediaType.slice(0, 160))} is no image`);
}

function isKnown(mediaType: string): boolean {
  return isIndexType(mediaType) || isManifestType(mediaType);
}
