// The way to the screens of registries: a host or a repository is asked for.
import type { Host } from '../../screen.ts';
import { registryPlace } from './registry-place.ts';
import { RepositoriesScreen } from './repositories-screen.ts';
import { TagsScreen } from './tags-screen.ts';

/** `text` is what stands there at first. */
export function askRegistry(host: Host, text: string): void {
  host.prompt({
    title: 'registry (HOST[:PORT]) or repository ([HOST/]NAME)',
    text,
    onAccept: (answer) => {
      try {
        openRegistry(host, answer);
      } catch (error) {
        host.fail(error);
      }
    },
  });
}

function openRegistry(host: Host, text: string): void {
  const place = registryPlace(text);
  if (place.kind === 'host') host.open(new RepositoriesScreen(host, place.host));
  else host.open(new TagsScreen(host, place.repository));
}
