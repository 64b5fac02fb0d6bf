// Content descriptors (OCI image spec, descriptor.md).
import { PhylloError } from '../lib/errors.ts';
import { type Digest, parseDigest } from './digest.ts';
import { type JsonObject, isJsonObject, stringMap } from './json.ts';
import { type Platform, parsePlatformObject } from './platform.ts';

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes of the blob as stored (compressed). */
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: Platform;
  readonly artifactType?: string;
  readonly urls?: readonly string[];
  /** The blob itself, base64, where the writer embedded it. */
  readonly data?: string;
}

/** `where` names the field in errors, e.g. `manifest.layers[2]`. Throws `invalid-image`. */
export function parseDescriptor(value: unknown, where: string): Descriptor {
  if (!isJsonObject(value)) throw invalid(where, 'expected an object');
  const { mediaType, size } = value;
  if (typeof mediaType !== 'string') throw invalid(where, 'mediaType is missing');
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw invalid(where, 'size is not a whole number of bytes');
  }
  let digest: Digest;
  try {
    digest = parseDigest(value['digest']);
  } catch (error) {
    throw new PhylloError('invalid-image', `read ${where}: digest is not valid`, { cause: error });
  }
  return { mediaType, digest, size, ...optionalFields(value) };
}

function optionalFields(value: JsonObject): Partial<Descriptor> {
  const { annotations, platform, artifactType, urls, data } = value;
  return {
    ...(annotations !== undefined && { annotations: stringMap(annotations) }),
    ...(namesPlatform(platform) && { platform: parsePlatformObject(platform) }),
    ...(typeof artifactType === 'string' && { artifactType }),
    ...(Array.isArray(urls) && { urls: urls.filter((url) => typeof url === 'string') }),
    ...(typeof data === 'string' && { data }),
  };
}

/** `{}` and null say nothing, which is something else than `unknown`. */
function namesPlatform(value: unknown): boolean {
  return (
    isJsonObject(value) && (typeof value['os'] === 'string' || typeof value['architecture'] === 'string')
  );
}

function invalid(where: string, reason: string): PhylloError {
  return new PhylloError('invalid-image', `read ${where}: ${reason}`);
}
