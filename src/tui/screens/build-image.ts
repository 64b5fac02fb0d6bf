// Building an image of a Dockerfile: asked for in one line, then the screen of the build.
import type { Host } from '../screen.ts';
import { parseBuildLine } from './build-line.ts';

export function buildImage(host: Host): void {
  host.prompt({
    title: 'build: options and the directory of the context',
    text: '.',
    onAccept: (line) => {
      try {
        host.openBuild(parseBuildLine(line));
      } catch (error) {
        host.fail(error);
      }
    },
  });
}
