// Which layers two stacks have in common: those with the same diffID. Pure.
import type { Digest } from '../oci/digest.ts';

export interface SharedLayer {
  /** Layer numbers in the two stacks. */
  readonly a: number;
  readonly b: number;
}

export interface LayerMatch {
  readonly shared: readonly SharedLayer[];
  readonly onlyA: readonly number[];
  readonly onlyB: readonly number[];
  /** How many layers at the bottom are the same, one by one: up to there both stacks are one. */
  readonly bottom: number;
}

/** Undefined is a layer that is not sealed yet: it is like no other. A diffID that a stack has twice counts twice. */
export function matchLayers(
  a: readonly (Digest | undefined)[],
  b: readonly (Digest | undefined)[],
): LayerMatch {
  const waiting = new Map<Digest, number[]>();
  for (const [layer, diffID] of [...b.entries()].toReversed()) {
    if (diffID === undefined) continue;
    const layers = waiting.get(diffID);
    if (layers) layers.push(layer);
    else waiting.set(diffID, [layer]);
  }
  const shared: SharedLayer[] = [];
  const onlyA: number[] = [];
  for (const [layer, diffID] of a.entries()) {
    const other = diffID === undefined ? undefined : waiting.get(diffID)?.pop();
    if (other === undefined) onlyA.push(layer);
    else shared.push({ a: layer, b: other });
  }
  const taken = new Set(shared.map((pair) => pair.b));
  const onlyB = Array.from(b.keys()).filter((layer) => !taken.has(layer));
  return { shared, onlyA, onlyB, bottom: bottomOf(a, b) };
}

function bottomOf(a: readonly (Digest | undefined)[], b: readonly (Digest | undefined)[]): number {
  let layers = 0;
  while (layers < a.length && a[layers] !== undefined && a[layers] === b[layers]) layers++;
  return layers;
}
