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

/**
 * The first part of `after` that `before` has otherwise or not at all, else the first that is gone; parts that only changed
 * places are told as `order`. undefined when nothing differs.
 */
export function firstDifference(
  before: readonly KeyPart[],
  after: readonly KeyPart[],
): KeyDifference | undefined {
  const [old, current] = [counted(before), counted(after)];
  for (const [id, { name, value }] of current) {
    const known = old.get(id);
    if (known?.value !== value) return { name, before: known?.value, after: value };
  }
  for (const [id, { name, value }] of old) {
    if (!current.has(id)) return { name, before: value, after: undefined };
  }
  const moved = after.findIndex(({ name }, at) => before[at]!.name !== name);
  if (moved < 0) return undefined;
  return { name: 'order', before: before[moved]!.name, after: after[moved]!.name };
}

/** Parts may have the same name: they are told apart by their number. */
function counted(parts: readonly KeyPart[]): Map<string, KeyPart> {
  const counts = new Map<string, number>();
  return new Map(
    parts.map((part) => {
      const count = counts.get(part.name) ?? 0;
      counts.set(part.name, count + 1);
      return [`${count} ${part.name}`, part];
    }),
  );
}
