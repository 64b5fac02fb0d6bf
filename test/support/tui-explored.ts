// Services that have one image, made of trees in memory: for screens with more files than a test could write.
import type { Services } from '../../src/app/services.ts';
import { mergeLayers } from '../../src/tree/merge.ts';
import { FakeContainers } from './tui-containers.ts';
import { type MemoryImage, exploredImage } from './tui-image.ts';

/** `containers` are whatever a test hands over. */
export function memoryServices(image: MemoryImage, containers = new FakeContainers([])): Services {
  const explored = exploredImage(image, mergeLayers(image.layers));
  const refuse = (): never => {
    throw new Error('these services only explore');
  };
  return {
    images: {
      list: async () => [],
      get: refuse,
      tag: refuse,
      remove: refuse,
      prune: refuse,
      watch: () => () => {},
    },
    explore: { open: async () => explored, extract: refuse },
    analysis: { analyze: refuse },
    containers,
    builds: { open: refuse, check: refuse, usage: refuse, prune: refuse },
    registries: {
      pull: refuse,
      push: refuse,
      login: refuse,
      logout: refuse,
      tags: refuse,
      catalog: refuse,
      openRepository: refuse,
    },
    transfer: { load: refuse, save: refuse, copy: refuse, import: refuse },
    system: { root: '/', readOnly: true, diskUsage: refuse, check: refuse, prune: refuse },
    samples: { list: async () => [], make: refuse },
    settings: { theme: 'dark', mouse: false, keys: {}, warnings: [] },
    close: async () => {},
  };
}
