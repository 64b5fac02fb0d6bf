// What it means that a name shall point to another image: which one it was, which one it will be, and how many layers
// the two share.
import type { ImageSummary } from '../../app/services.ts';
import { safeText } from '../../lib/text.ts';
import { type Digest, shortDigest } from '../../oci/digest.ts';
import { familiarReference, parseReference, withDefaultTag } from '../../oci/reference.ts';
import type { Host } from '../screen.ts';

interface TagTarget {
  /** Of the image. */
  readonly id: Digest;
  readonly layers: readonly { readonly diffID: Digest }[];
}

/** The image of the store that has the name; undefined when none has, or it is no name. */
export async function ownerOf({ services }: Host, name: string): Promise<ImageSummary | undefined> {
  const shown = familiarName(name);
  if (shown === undefined) return undefined;
  return (await services.images.list()).find(({ names }) => names.includes(shown));
}

/** As the lists have it, with its tag. */
export function familiarName(name: string): string | undefined {
  try {
    return familiarReference(withDefaultTag(parseReference(name)));
  } catch {
    return undefined;
  }
}

export function moveQuestion(
  name: string,
  from: TagTarget & Pick<ImageSummary, 'names'>,
  to: TagTarget,
): string {
  const shown = familiarName(name) ?? name;
  const old = new Set(from.layers.map(({ diffID }) => diffID));
  const next = new Set(to.layers.map(({ diffID }) => diffID));
  const shared = [...next].filter((diffID) => old.has(diffID)).length;
  const others = from.names.filter((other) => other !== shown);
  const rest =
    others.length === 0
      ? `${shortDigest(from.id)} has no name left then.`
      : `${shortDigest(from.id)} keeps ${others.join(', ')}.`;
  return safeText(
    `${shown} is ${shortDigest(from.id)} (${layerCount(old.size)}) now and would be ${shortDigest(to.id)} (${layerCount(next.size)}); ` +
      `they share ${layerCount(shared)}, ${old.size - shared} of the old one would go and ${next.size - shared} come. ` +
      `${rest} Move the name?`,
  );
}

function layerCount(count: number): string {
  return `${count} layer${count === 1 ? '' : 's'}`;
}
