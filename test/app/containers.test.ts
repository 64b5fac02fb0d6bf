// Containers as the faces see them: explored with the R/W layer on top, committed, watched, put away. Over the simulated
// engine everywhere, over the linux one where it runs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { ExploredContainer, LiveStack } from '../../src/app/container-services.ts';
import { writeTar } from '../../src/layer/tar-writer.ts';
import { PhylloError } from '../../src/lib/errors.ts';
import type { LayerTree } from '../../src/tree/layer-tree.ts';
import { allPaths } from '../../src/tree/search.ts';
import { type TestServices, servicesIn } from '../support/image-services.ts';
import { canRun } from '../support/linux-engines.ts';

const ENGINES = [
  { engine: 'virtual', image: 'phyllo/cow', sample: 'cow', runs: true },
  { engine: 'linux', image: 'phyllo/cow:busybox', sample: 'cow-busybox', runs: canRun('crun') },
] as const;

for (const { engine, image, sample, runs } of ENGINES) {
  describe.runIf(runs)(`over the ${engine} engine`, () => {
    let services: TestServices;
    let containers: TestServices['containers'];

    beforeAll(async () => {
      services = await servicesIn(mkdtempSync(join(tmpdir(), 'phyllo-app-')));
      containers = services.containers;
      await services.samples.make(sample);
    });
    afterAll(async () => {
      await services.close();
      rmSync(services.folder, { recursive: true, force: true });
    });

    async function made(name: string): Promise<void> {
      await containers.create({ image, engine, name, command: ['sh', '-c', 'sleep 1000'] });
      onTestFinished(() =>
        containers.remove(name, { force: true }).catch((error: PhylloError) => {
          if (error.code !== 'not-found') throw error;
        }),
      );
    }

    async function opened(name: string): Promise<ExploredContainer> {
      const container = await containers.open(name);
      onTestFinished(() => container.close());
      return container;
    }

    async function put(name: string, path: string, text: string): Promise<void> {
      const header = { path: Buffer.from(path), type: 'file', mode: 0o644, sizeBytes: text.length } as const;
      const tar = Readable.from(writeTar([{ header, body: [Buffer.from(text)] }]));
      await containers.putArchive(name, Buffer.from('etc'), tar);
    }

    test('a container that never ran is its image, with an empty layer on top', async () => {
      await made('fresh');
      const container = await opened('fresh');
      const plain = await services.explore.open(image);
      onTestFinished(() => plain.close());
      expect(container.rows).toHaveLength(plain.rows.length + 1);
      expect(container.trees).toHaveLength(plain.layers.length + 1);
      const stack = await container.stack;
      expect(stack.count).toBe((await plain.stack).count);
      const { live, changes, totals } = await container.now;
      expect({ nodes: live.tree.count, changes }).toEqual({ nodes: 1, changes: [] });
      expect(totals).toMatchObject({ added: 0, copiedUp: 0, whiteouts: 0, sizeBytes: 0 });
      const found = await container.search({ kind: 'substring', text: 'passwd' });
      expect(Array.from(found, (node) => Buffer.from(stack.pathBytes(node)).toString())).toContain(
        'etc/passwd',
      );
    });

    test('every change comes as a new moment, with its content', async () => {
      await made('live');
      const container = await opened('live');
      await container.now;
      const { next } = moments(container);
      await next(() => true);
      await put('live', 'written', 'by hand');
      const moment = await next(({ changes }) => changes.length > 0);
      expect(moment.changes.map(({ path, kind }) => [Buffer.from(path).toString(), kind])).toEqual([
        ['etc/written', 'add'],
      ]);
      expect(moment.events).toMatchObject([{ action: 'add' }]);
      const node = moment.live.tree.find(Buffer.from('etc/written'));
      const content = await container.content(container.layers.length, node);
      expect(Buffer.from(await content.read(0, 100)).toString()).toBe('by hand');
      const found = await container.search({ kind: 'substring', text: 'written' });
      expect(Buffer.from(moment.stack.pathBytes(found[0]!)).toString()).toBe('etc/written');
      await put('live', 'written', 'again, and longer');
      const later = await next(({ events }) => events.length > 0 && events[0]!.action === 'write');
      expect(later.totals).toMatchObject({ added: 1, sizeBytes: 17 });
    });

    test('who listens is told when the container goes', async () => {
      await made('leaving');
      const container = await opened('leaving');
      const { next, failed } = moments(container);
      await next(() => true);
      await containers.remove('leaving', { force: true });
      expect(await Promise.race([failed, next(() => false)])).toBeInstanceOf(PhylloError);
    });

    test('what is committed is what was live', async () => {
      await made('source');
      await put('source', 'kept', 'kept');
      await put('source', 'passwd', 'root:x:0:0::/:/bin/sh\n');
      const container = await opened('source');
      const { live } = await container.now;
      const id = await containers.commit('source', { name: 'made:1', message: 'why' });
      const committed = await services.explore.open('made:1');
      onTestFinished(() => committed.close());
      expect(committed.image.id).toBe(id);
      const top = await committed.trees.at(-1)!;
      expect(factsOf(top)).toEqual(factsOf(live.tree));
      const content = await committed.content(committed.layers.length - 1, top.find(Buffer.from('etc/kept')));
      expect(Buffer.from(await content.read(0, 100)).toString()).toBe('kept');
      expect(committed.rows.at(-1)).toMatchObject({ comment: 'why', createdBy: 'sh -c sleep 1000' });
    });

    test('a commit that is cancelled leaves no image', async () => {
      await made('cancelled');
      await put('cancelled', 'kept', 'kept');
      const before = (await services.images.list()).length;
      const signal = AbortSignal.abort();
      const commit = containers.commit('cancelled', { name: 'never:1' }, { signal });
      await expect(commit).rejects.toMatchObject({ code: 'cancelled' });
      expect(await services.images.list()).toHaveLength(before);
    });

    test('prune removes those that do not run, and tells which', async () => {
      await made('idle');
      await made('busy');
      await containers.start('busy');
      const { id } = await containers.get('idle');
      expect((await containers.prune()).deleted).toEqual([id]);
      expect((await containers.list()).map(({ name }) => name)).toEqual(['busy']);
    });

    test('usage counts what containers wrote and keeps what they need', async () => {
      await made('writer');
      await put('writer', 'big', 'x'.repeat(100_000));
      const { containers: usage, layers } = await services.system.diskUsage();
      expect(usage).toMatchObject({ count: 1, running: 0, reclaimableBytes: usage.sizeBytes });
      expect(usage.sizeBytes).toBeGreaterThanOrEqual(100_000);
      expect(await containers.pruneLayers()).toBe(layers.reclaimableBytes);
      await containers.start('writer');
      expect((await services.system.diskUsage()).containers).toMatchObject({
        running: 1,
        reclaimableBytes: 0,
      });
    });

    test('watch tells of every change of state', async () => {
      await made('watched');
      const told = Promise.withResolvers<void>();
      let isRenamed = false;
      onTestFinished(containers.watch(() => isRenamed && told.resolve()));
      isRenamed = true;
      await containers.rename('watched', 'renamed');
      await told.promise;
      expect((await containers.get('renamed')).status).toBe('created');
      await containers.remove('renamed');
    });
  });
}

function factsOf(tree: LayerTree): string[] {
  return allPaths(tree)
    .map((path, node) => `${path} ${tree.type[node]} ${tree.mode[node]} ${tree.sizeBytes[node]}`)
    .sort();
}

/** Waits for the moment that is meant, of those that come from now on. */
function moments(container: ExploredContainer): {
  next: (isMeant: (live: LiveStack) => boolean) => Promise<LiveStack>;
  failed: Promise<unknown>;
} {
  const seen: LiveStack[] = [];
  let wake = (): void => {};
  const failed = Promise.withResolvers<unknown>();
  const stop = container.onLive((live) => {
    seen.push(live);
    wake();
  }, failed.resolve);
  onTestFinished(stop);
  const next = async (isMeant: (live: LiveStack) => boolean): Promise<LiveStack> => {
    for (;;) {
      const live = seen.shift();
      if (live === undefined) await new Promise<void>((resolve) => (wake = resolve));
      else if (isMeant(live)) return live;
    }
  };
  return { next, failed: failed.promise };
}
