// Image manifests and indexes (OCI image spec manifest.md, image-index.md, and docker's schema 2).
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import { type Descriptor, parseDescriptor } from './descriptor.ts';
import { type JsonObject, parseJsonObject, stringMap } from './json.ts';
import { isIndexType, isManifestType, mediaTypes } from './media-types.ts';

export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly subject?: Descriptor;
  readonly artifactType?: string;
}

export interface Index {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** More layers than any real image has; a manifest that claims more is refused. */
const MAX_LAYERS = 10_000;

/** Throws `invalid-image`. A document that is both a manifest and an index is refused (CVE-2021-41190). */
export function parseManifest(data: Uint8Array, what = 'manifest'): Manifest {
  const value = parseJsonObject(data, what);
  checkVersion(value, what);
  if ('manifests' in value) throw invalid(what, 'it has both layers and manifests or is an index');
  const mediaType = mediaTypeOf(value, mediaTypes.ociManifest);
  if (!isManifestType(mediaType))
    throw invalid(what, `media type ${shown(mediaType)} is not an image manifest`);
  const layers = descriptors(value['layers'], `${what}.layers`, what);
  if (layers.length > MAX_LAYERS)
    throw new PhylloError('limit-exceeded', `read ${what}: more than ${MAX_LAYERS} layers`);
  const { subject, annotations, artifactType } = value;
  return {
    schemaVersion: 2,
    mediaType,
    config: parseDescriptor(value['config'], `${what}.config`),
    layers,
    ...(annotations !== undefined && { annotations: stringMap(annotations) }),
    ...(subject !== undefined && { subject: parseDescriptor(subject, `${what}.subject`) }),
    ...(typeof artifactType === 'string' && { artifactType }),
  };
}

/** Throws `invalid-image`. */
export function parseIndex(data: Uint8Array, what = 'index'): Index {
  const value = parseJsonObject(data, what);
  checkVersion(value, what);
  if ('layers' in value || 'config' in value) throw invalid(what, 'it is both an index and a manifest');
  const mediaType = mediaTypeOf(value, mediaTypes.ociIndex);
  if (!isIndexType(mediaType)) throw invalid(what, `media type ${shown(mediaType)} is not an image index`);
  const { annotations } = value;
  return {
    schemaVersion: 2,
    mediaType,
    manifests: descriptors(value['manifests'], `${what}.manifests`, what),
    ...(annotations !== undefined && { annotations: stringMap(annotations) }),
  };
}

function checkVersion(value: JsonObject, what: string): void {
  if (value['schemaVersion'] === 1) {
    throw new PhylloError('unsupported', `read ${what}: docker schema 1 manifests are not supported`, {
      hint: 'Push the image again with a current docker to convert it.',
    });
  }
  if (value['schemaVersion'] !== 2) throw invalid(what, 'schemaVersion is not 2');
}

function mediaTypeOf(value: JsonObject, fallback: string): string {
  return typeof value['mediaType'] === 'string' && value['mediaType'] !== '' ? value['mediaType'] : fallback;
}

function descriptors(value: unknown, where: string, what: string): Descriptor[] {
  if (!Array.isArray(value)) throw invalid(what, `${where} is not a list`);
  return value.map((item, index) => parseDescriptor(item, `${where}[${index}]`));
}

function shown(mediaType: string): string {
  return safeText(JSON.stringify(mediaType.slice(0, 160)));
}

function invalid(what: string, reason: string): PhylloError {
  return new PhylloError('invalid-image', `read ${what}: ${reason}`);
}

/** BuildKit's attestation manifests: listed beside the images, for the platform unknown/unknown, never images. */
export function isAttestation({ annotations, platform }: Descriptor): boolean {
  return (
    annotations?.['vnd.docker.reference.type'] === 'attestation-manifest' ||
    (platform?.os === 'unknown' && platform.architecture === 'unknown')
  );
}
