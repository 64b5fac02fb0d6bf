// Extracting what is under the cursor to disk, from the file pane and from the file view.
import { displaySize } from '../../../lib/units.ts';
import type { StackScreen } from './stack-screen.ts';

export function extractFrom(screen: StackScreen, node: number): void {
  const { image, files, layers, host } = screen;
  if (!image || !files || !layers) return;
  const path = files.stack.pathBytes(node);
  // A path that this layer removed is there one layer below.
  const upto = files.view.has(node) ? layers.upto : layers.upto - 1;
  host.prompt({
    title: 'extract to directory',
    text: '.',
    onAccept: (destination) => {
      host.work(`extracting to ${destination}`, async (options) => {
        const done = await host.services.explore.extract(image, path, upto, destination, options);
        const skipped =
          done.warnings.length === 0 ? '' : `, ${done.warnings.length} warnings: ${done.warnings[0]}`;
        return `extracted ${done.files} files, ${displaySize(done.bytes)}${skipped}`;
      });
    },
  });
}
