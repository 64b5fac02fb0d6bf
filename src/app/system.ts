// The store as a whole: what it takes on disk, whether it is sound, what can go.
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError } from '../lib/errors.ts';
import type { CheckReport } from '../store/check.ts';
import type { ImageStore } from '../store/store.ts';
import type { DiskUsage, ImagesService, RemovedImage, SystemService, WorkOptions } from './services.ts';

interface Usage {
  count: number;
  sizeBytes: number;
}

export class System implements SystemService {
  private readonly store: ImageStore;
  private readonly images: ImagesService;

  constructor(store: ImageStore, images: ImagesService) {
    this.store = store;
    this.images = images;
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
    const caches = await Promise.all([trees, inflated].map(usageOf));
    const cacheBytes = caches.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const own = (list: typeof images): number => list.reduce((sum, image) => sum + image.compressedBytes, 0);
    return {
      images: { count: images.length, sizeBytes: own(images), reclaimableBytes: own(dangling) },
      blobs: { ...stored, reclaimableBytes: await this.unneeded(images, stored) },
      caches: {
        count: caches.reduce((sum, { count }) => sum + count, 0),
        sizeBytes: cacheBytes,
        reclaimableBytes: cacheBytes,
      },
    };
  }

  /** Bytes of blobs that no image with a name has. */
  private async unneeded(images: Awaited<ReturnType<ImagesService['list']>>, stored: Usage): Promise<number> {
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

  async prune({ all = false }: { all?: boolean } = {}): Promise<RemovedImage> {
    const removed = await this.images.prune();
    if (!all) return removed;
    const { trees, inflated } = this.store.paths;
    const caches = await Promise.all([trees, inflated].map(usageOf));
    await Promise.all([trees, inflated].map((folder) => rm(folder, { recursive: true, force: true })));
    return {
      ...removed,
      freedBytes: caches.reduce((sum, { sizeBytes }) => sum + sizeBytes, removed.freedBytes),
    };
  }
}

async function usageOf(folder: string): Promise<Usage> {
  const usage = { count: 0, sizeBytes: 0 };
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return [];
    throw error;
  });
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const info = await lstat(join(entry.parentPath, entry.name)).catch(() => undefined);
    if (info === undefined) continue;
    usage.count++;
    usage.sizeBytes += info.size;
  }
  return usage;
}
