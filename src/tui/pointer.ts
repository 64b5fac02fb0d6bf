// What the mouse does: the wheel scrolls the pane that it is over, a click chooses a row.
import type { PaneView, Screen } from './screen.ts';
import type { MouseEvent } from './terminal/mouse.ts';

export const WHEEL_ROWS = 3;

export function point(screen: Screen, panes: readonly PaneView[], event: MouseEvent): void {
  const hit = paneAt(panes, event);
  if (!hit) return;
  if (event.kind === 'wheel') screen.wheel?.(hit.pane, event.delta * WHEEL_ROWS);
  if (event.kind === 'press' && event.button === 'left') screen.pick?.(hit.pane, hit.row);
}

/** Which pane, and which row inside of its border, a place on the screen is in. */
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
