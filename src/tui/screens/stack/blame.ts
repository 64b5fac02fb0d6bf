// The layers that touched a path, newest first, to choose one and go there.
import { touchesOf } from '../../../analysis/blame.ts';
import { safeBytes } from '../../../lib/text.ts';
import { blameRow } from '../../present/blame.ts';
import type { StackScreen } from './stack-screen.ts';

/** `onLayer` is called when the stack has gone to the chosen layer. */
export function showBlame(screen: StackScreen, node: number, onLayer?: () => void): void {
  const { files, image, layers, host } = screen;
  if (!files || !image || !layers) return;
  screen.compareContents();
  const { stack } = files;
  const touches = touchesOf(stack, node).toReversed();
  const rows = new Map(
    image.rows.flatMap((row) => (row.layer === undefined ? [] : [[row.layer, row] as const])),
  );
  host.choose({
    title: `layers that touched /${safeBytes(stack.pathBytes(node))}`,
    rows: (width, theme) => touches.map((touch) => blameRow(stack, touch, rows, width, theme)),
    onAccept: (index) => {
      const touch = touches[index];
      if (!touch) return;
      layers.selectLayer(touch.layer);
      screen.followLayer();
      files.reveal(node);
      onLayer?.();
    },
  });
}
