// Work on images of the store that several screens offer.
import type { Host } from '../screen.ts';
import { moveQuestion, ownerOf } from './tag-move.ts';

export function tagImage(host: Host, image: string): void {
  host.prompt({
    title: `another name for ${image}`,
    onAccept: (name) => {
      const tag = async (): Promise<string> =>
        `${await host.services.images.tag(image, name)} is ${image} now`;
      host.work('tagging', async () => {
        const { summary } = await host.services.images.get(image);
        const owner = await ownerOf(host, name);
        if (!owner || owner.id === summary.id) return tag();
        host.confirm(moveQuestion(name, owner, summary), () => host.work('tagging', tag));
        return undefined;
      });
    },
  });
}

/** Saves as the file's name says: `.oci.tar` an OCI archive, `/` at its end an OCI layout, else a docker archive. */
export function saveImage(host: Host, images: readonly string[]): void {
  host.prompt({
    title: 'save to file (NAME.tar, NAME.oci.tar, or DIRECTORY/ for a layout)',
    text: `${fileName(images[0]!)}.tar`,
    onAccept: (path) => {
      const format = path.endsWith('/')
        ? 'oci-dir'
        : path.endsWith('.oci.tar')
          ? 'oci-archive'
          : 'docker-archive';
      host.transfer({
        kind: 'save',
        name: path,
        image: images[0],
        work: async ({ signal, onProgress }) => {
          await host.services.transfer.save(images, path, { signal, onProgress, format });
          return `saved ${path}`;
        },
      });
    },
  });
}

function fileName(image: string): string {
  return image.replace(/^.*\//, '').replace(/[^\w.-]+/g, '-');
}

export function loadImage(host: Host): void {
  host.prompt({
    title: 'load from file or directory',
    onAccept: (path) => {
      host.transfer({
        kind: 'load',
        name: path,
        work: async ({ signal, onProgress }) => {
          const loaded = await host.services.transfer.load(path, { signal, onProgress });
          return `loaded ${loaded.flatMap(({ id, names }) => (names.length === 0 ? [id.slice(0, 19)] : names)).join(', ')}`;
        },
      });
    },
  });
}

export function removeImages(host: Host, images: readonly string[], onAccept: () => void): void {
  host.confirm(`delete ${images.join(', ')}?`, () => {
    onAccept();
    host.work('deleting', async () => {
      let untagged = 0;
      let deleted = 0;
      for (const image of images) {
        const removed = await host.services.images.remove(image);
        untagged += removed.untagged.length;
        deleted += removed.deleted.length;
      }
      return `${untagged} name${untagged === 1 ? '' : 's'} removed, ${deleted} blob${deleted === 1 ? '' : 's'} deleted`;
    });
  });
}
