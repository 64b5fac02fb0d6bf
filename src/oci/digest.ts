// Digests, as the OCI image spec writes them (descriptor.md, "Digests").
import { createHash, type Hash } from 'node:crypto';
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';

declare const digestBrand: unique symbol;
/** `sha256:<64 hex>` or `sha512:<128 hex>`; made only by `parseDigest` and `digestOf`, so it is safe as a path part. */
export type Digest = string & { readonly [digestBrand]: true };
export type DigestAlgorithm = 'sha256' | 'sha512';

const PATTERN = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && PATTERN.test(text);
}

/** Throws `invalid-reference` for anything but a lower-case sha256 or sha512 digest. */
export function parseDigest(text: unknown): Digest {
  if (isDigest(text)) return text;
  const shown = typeof text === 'string' ? safeText(JSON.stringify(text.slice(0, 160))) : typeof text;
  throw new PhylloError('invalid-reference', `read digest ${shown}: expected sha256: and 64 hex digits`);
}

export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/** The hex part. */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

export function digestHasher(algorithm: DigestAlgorithm = 'sha256'): {
  update: Hash['update'];
  digest(): Digest;
} {
  const hash = createHash(algorithm);
  return {
    update: hash.update.bind(hash) as Hash['update'],
    digest: () => `${algorithm}:${hash.digest('hex')}` as Digest,
  };
}

export function digestOf(data: Uint8Array | string, algorithm: DigestAlgorithm = 'sha256'): Digest {
  const hasher = digestHasher(algorithm);
  hasher.update(data);
  return hasher.digest();
}

/** docker's short form: the first 12 hex digits. */
export function shortDigest(digest: Digest): string {
  return digestHex(digest).slice(0, 12);
}
