// What the cursor of the bloat screen is on, and what there is for its keys.
import type { KeyContext } from '../../keymap/resolve.ts';
import type { BloatScreen } from './bloat-screen.ts';

/** Where a file was made or killed. */
export interface Scene {
  readonly layer: number;
  /** Path node. */
  readonly node: number;
}

export interface Life {
  readonly node: number;
  readonly maker: number;
  /** Undefined for what is visible. */
  readonly killer: number | undefined;
  readonly bytes: number;
  /** The number of the death, of what is dead. */
  readonly death?: number;
}

/** What the cursor is on, with who made and who killed it: of a directory all that did, of advice the place it names. */
export function livesAt(screen: BloatScreen): Life[] {
  switch (screen.subject) {
    case 'layers':
      return [];
    case 'files':
      return deadLives(screen);
    case 'advice':
      return adviceLives(screen);
    case 'duplicates':
      return copies(screen);
  }
}

function deadLives({ files, dead }: BloatScreen): Life[] {
  const row = files.current;
  if (!row || !dead) return [];
  const { node, isGroup } = row;
  if (isGroup) return dead.fatesBelow(node).map((fate) => ({ node, ...fate }));
  const { maker, killer, bytes } = dead.deaths;
  return dead.deathsOf(node).map((death) => ({
    node,
    maker: maker[death]!,
    killer: killer[death]!,
    bytes: bytes[death]!,
    death,
  }));
}

function adviceLives({ advice }: BloatScreen): Life[] {
  const line = advice.current;
  if (line?.kind !== 'advice') return [];
  const { nodes, maker, killer, savedBytes } = line.advice;
  return nodes.slice(0, 1).map((node) => ({ node, maker, killer, bytes: savedBytes }));
}

/** The newest entry of a visible path is what made it. */
function copies({ duplicates, figures }: BloatScreen): Life[] {
  const row = duplicates.current;
  if (!row || !figures) return [];
  const { stack } = figures;
  return row.nodes.map((node) => ({
    node,
    maker: stack.layerOf(stack.versionsOf(node).at(-1)!),
    killer: undefined,
    bytes: row.sizeBytes,
  }));
}

export function bloatKeyContext(screen: BloatScreen): KeyContext {
  const { figures, files, list, search } = screen;
  const isReady = figures !== undefined;
  const lives = livesAt(screen);
  const { upper, lower } = neighbours(screen);
  return {
    scope: 'bloat',
    facts: {
      item: isReady && list.current !== undefined,
      index: isReady,
      filter: isReady,
      matches: search.matches !== undefined && files.rows.length > 0,
      'made-file': lives.length > 0,
      'dead-file': lives.some(({ killer }) => killer !== undefined),
      'upper-layer': upper >= 0,
      'lower-layer': lower >= 0,
    },
  };
}

/** Rows of the list where the next layer above and below the chosen one stand; -1 without one. */
export function neighbours({ layers }: BloatScreen): { upper: number; lower: number } {
  const at = layers.current?.kind === 'layer' ? layers.current.layer : -1;
  let [upper, lower] = [-1, -1];
  const layerAt = (row: number): number => {
    const line = layers.rows[row];
    return line?.kind === 'layer' ? line.layer : -1;
  };
  layers.rows.forEach((line, row) => {
    if (line.kind !== 'layer') return;
    if (line.layer > at && (upper < 0 || line.layer < layerAt(upper))) upper = row;
    if (line.layer < at && line.layer > layerAt(lower)) lower = row;
  });
  return { upper, lower };
}
