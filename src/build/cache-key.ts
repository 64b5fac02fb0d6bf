// What a step's result depends on, part by part: the parts together are its key, and the first one that differs is why
// something has to be built again. Pure.
import { digestOf } from '../oci/digest.ts';
import type { KeyDifference } from './build.ts';

/** In the order in which a difference is looked for: the plainest reason first. */
export interface KeyPart {
  /** For people as well: `command`, `env PATH`, `content of src/app.ts`. */
  readonly name: string;
  /** Never a secret: what is one is masked, or left out. */
  readonly value: string;
}

export type CacheKey = string;

export const PARENT_PART = 'parent';

/** Names and values with their lengths, so that no two lists look the same. */
export function cacheKey(parts: readonly KeyPart[]): CacheKey {
  return digestOf(JSON.stringify(parts.map(({ name, value }) => [name, value]))).slice('sha256:'.length);
}

/** The first part of `after` that `before` has otherwise or not at all, else the first that is gone. */
export function firstDifference(
  before: readonly KeyPart[],
  after: readonly KeyPart[],
): KeyDifference | undefined {
  const old = new Map(before.map(({ name, value }) => [name, value]));
  for (const { name, value } of after) {
    if (old.get(name) !== value) return { name, before: old.get(name), after: value };
  }
  const names = new Set(after.map(({ name }) => name));
  const gone = before.find(({ name }) => !names.has(name));
  return gone && { name: gone.name, before: gone.value, after: undefined };
}
