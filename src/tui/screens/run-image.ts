// Running a container of an image: asked for in one line, then its screen.
import { safeText } from '../../lib/text.ts';
import type { Host } from '../screen.ts';
import { parseRunLine } from './run-line.ts';

export function runImage(host: Host, image: string): void {
  host.prompt({
    title: `run ${safeText(image)}: options and command`,
    text: '-it ',
    mayBeEmpty: true,
    onAccept: (line) => {
      host.work(`making a container of ${image}`, async (options) => {
        const request = parseRunLine(image, line);
        const id = await host.services.containers.create(request, options);
        host.openContainer(await host.services.containers.get(id), 'start');
        return undefined;
      });
    },
  });
}
