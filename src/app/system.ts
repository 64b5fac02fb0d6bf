// The store as a whole: what it takes on disk, whether it is sound, what can go.
import { rm } from 'node:fs/promises';
import type { CheckReport } from '../store/check.ts';
import type { ImageStore } from '../store/store.ts';
import type { BuildsService } from './build-services.ts';
import { type FolderUsage, usageOf } from './folder-usage.ts';
import type { ContainersService } from './container-services.ts';
import type {
  DiskUsage,
  ImagesService,
  PrunedSystem,
  Services,
  SystemService,
  UsageOf,
  WorkOptions,
} from './services.ts';

export class System implements SystemService {
  private readonly store: ImageStore;
  private readonly images: ImagesService;
  private readonly containers: ContainersService;
  private readonly builds: BuildsService;

  constructor(
    store: ImageStore,
    { images, containers, builds }: Pick<Services, 'images' | 'containers' | 'builds'>,
  ) {
    this.store = store;
    this.images = images;
    this.containers = containers;
    this.builds = builds;
  }

  get root(): string {
    return this.store.root;
  }

  get readOnly(): boolean {
    return this.store.readOnly;
  }

  async diskUsage(): Promise<DiskUsage> {
    const { blobs, trees, inflated } = this.store.paths;
    const images = await this.images.list();
    const dangling = images.filter(({ names }) => names.length === 0);
    const stored = await usageOf(blobs);
    const kept = await this.containers.keptLayers();
    const caches = await Promise.all([trees, inflated].map(usageOf));
    const cacheBytes = caches.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const own = (list: typeof images): number => list.reduce((sum, image) => sum + image.compressedBytes, 0);
    return {
      images: { count: images.length, sizeBytes: own(images), reclaimableBytes: own(dangling) },
      containers: await this.containerUsage(),
      blobs: { ...stored, reclaimableBytes: await this.unneeded(images, stored) },
      layers: { count: kept.count, sizeBytes: kept.sizeBytes, reclaimableBytes: kept.unneededBytes },
      builds: await this.buildUsage(),
      caches: {
        count: caches.reduce((sum, { count }) => sum + count, 0),
        sizeBytes: cacheBytes,
        reclaimableBytes: cacheBytes,
      },
    };
  }

  private async buildUsage(): Promise<UsageOf> {
    const { count, sizeBytes } = await this.builds.usage();
    return { count, sizeBytes, reclaimableBytes: sizeBytes };
  }

  private async containerUsage(): Promise<UsageOf & { running: number }> {
    const own = (await this.containers.list()).filter(({ engine }) => engine !== 'docker');
    const usage = { count: own.length, running: 0, sizeBytes: 0, reclaimableBytes: 0 };
    for (const { id, status } of own) {
      // One that cannot be read is not worth failing for.
      const bytes = await this.containers.diskUsage(id).catch(() => 0);
      usage.sizeBytes += bytes;
      if (status === 'running') usage.running++;
      else usage.reclaimableBytes += bytes;
    }
    return usage;
  }

  /** Bytes of blobs that no image with a name has. */
  private async unneeded(
    images: Awaited<ReturnType<ImagesService['list']>>,
    stored: FolderUsage,
  ): Promise<number> {
    const needed = new Map<string, number>();
    for (const { id, digest, layers, names } of images) {
      if (names.length === 0) continue;
      for (const layer of layers) needed.set(layer.digest, layer.compressedBytes);
      for (const document of [id, digest]) needed.set(document, (await this.store.sizeOf(document)) ?? 0);
    }
    return Math.max(0, stored.sizeBytes - [...needed.values()].reduce((sum, bytes) => sum + bytes, 0));
  }

  check(options: WorkOptions & { repair?: boolean } = {}): Promise<CheckReport> {
    return this.store.check(options);
  }

  async prune({ all = false }: { all?: boolean } = {}): Promise<PrunedSystem> {
    const containers = await this.containers.prune();
    const built = await this.builds.prune();
    const images = await this.images.prune();
    const moreBytes = all ? (await this.containers.pruneLayers()) + (await this.dropCaches()) : 0;
    return {
      containers: containers.deleted,
      images,
      freedBytes: containers.freedBytes + built.sizeBytes + images.freedBytes + moreBytes,
    };
  }

  private async dropCaches(): Promise<number> {
    const { trees, inflated } = this.store.paths;
    const caches = await Promise.all([trees, inflated].map(usageOf));
    await Promise.all([trees, inflated].map((folder) => rm(folder, { recursive: true, force: true })));
    return caches.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }
}
