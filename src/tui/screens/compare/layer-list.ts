// The layers of two stacks as one list, newest on top: those of b, those of a, and once those that both have. Pure.
import type { LayerMatch } from '../../../analysis/match-layers.ts';

export type ComparedLayerRow =
  | { readonly kind: 'heading'; readonly text: string }
  | {
      readonly kind: 'layer';
      readonly status: 'added' | 'removed' | 'unchanged';
      /** Layer numbers; undefined where that side does not have it. */
      readonly a: number | undefined;
      readonly b: number | undefined;
    };

export function layerList(layers: LayerMatch, a: string, b: string): ComparedLayerRow[] {
  const { onlyA, onlyB, shared } = layers;
  return [
    ...part(
      `only in ${b}`,
      onlyB.map((layer) => ({ kind: 'layer', status: 'added', a: undefined, b: layer })),
    ),
    ...part(
      `only in ${a}`,
      onlyA.map((layer) => ({ kind: 'layer', status: 'removed', a: layer, b: undefined })),
    ),
    ...part(
      'shared',
      shared.map((pair) => ({ kind: 'layer', status: 'unchanged', ...pair })),
    ),
  ];
}

function part(text: string, rows: readonly ComparedLayerRow[]): ComparedLayerRow[] {
  return rows.length === 0 ? [] : [{ kind: 'heading', text }, ...rows.toReversed()];
}
