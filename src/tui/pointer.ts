// Which pane, and which row inside of its border, the mouse is on. Pure.
import type { PaneView } from './screen.ts';

export function paneAt(
  panes: readonly PaneView[],
  { column, row }: { readonly column: number; readonly row: number },
): { pane: string; row: number } | undefined {
  for (const { id, box } of panes) {
    const inside =
      column >= box.x && column < box.x + box.width && row > box.y && row < box.y + box.height - 1;
    if (inside) return { pane: id, row: row - box.y - 1 };
  }
  return undefined;
}
