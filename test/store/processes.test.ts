// Several processes at work in one store.
import type { ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import { type ImageStore, openStore } from '../../src/store/store.ts';
import { buildImage, loadImage } from '../support/store-images.ts';
import {
  type ChildProgram,
  bundleChild,
  endOf,
  runChild,
  startChild,
  untilHolding,
} from '../support/store-processes.ts';
import { needTool } from '../support/tools.ts';

const DONE = { killed: false, done: '' };

let folder: string;
let root: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phyllo-processes-'));
  root = join(folder, 'store');
});

afterEach(() => rm(folder, { recursive: true }));

async function problemsIn(store: ImageStore): Promise<unknown> {
  return (await store.check()).problems;
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

describe.each([
  ['by the system itself', true],
  ['by flock(1), where native calls are missing', false],
])('locked %s', (_, native) => {
  let program: ChildProgram;
  beforeAll(async () => {
    program = await bundleChild({ native });
  });
  afterAll(() => program.remove());
  const usable = native || needTool('flock');

  test.runIf(usable)('two first starts make one store', async () => {
    const names = ['a', 'b', 'c'].map((name) => `docker.io/library/${name}:1`);
    const ended = await Promise.all(names.map((name) => runChild(program, ['load', root, name, name])));
    expect(ended).toEqual(names.map(() => DONE));
    const store = await openStore(root);
    expect((await store.images()).flatMap(({ references }) => references).sort()).toEqual(names);
    expect(await problemsIn(store)).toEqual([]);
  });

  test.runIf(usable)('many changes of the index at once lose none', async () => {
    const store = await openStore(root);
    await loadImage(store, await buildImage('text'), 'first');
    const names = (who: string): string[] => Array.from({ length: 10 }, (_none, at) => `host/${who}:${at}`);
    const ended = await Promise.all(
      ['a', 'b'].map((who) => runChild(program, ['tag', root, 'text', ...names(who)])),
    );
    expect(ended).toEqual([DONE, DONE]);
    const [image] = await store.images();
    expect(image!.references).toEqual(
      ['docker.io/library/first:latest', ...names('a'), ...names('b')].toSorted(),
    );
    const index = JSON.parse(await readFile(store.paths.index, 'utf8')) as { annotations: object };
    expect(Object.values(index.annotations)).toEqual(['21']);
  });

  test.runIf(usable)(
    'loads, removals and gc of the same layers leave only whole images',
    async () => {
      await loadImage(await openStore(root), await buildImage('shared', 'kept'), 'kept');
      const round = [
        ['load', root, 'x:1', 'shared', 'x'],
        ['load', root, 'x:1', 'shared', 'x'],
        ['remove', root, 'shared', 'x'],
        ['gc', root, '0'],
      ];
      for (let times = 0; times < 4; times++) {
        const ended = await Promise.all(round.map((args) => runChild(program, args)));
        // Whoever needs the store to itself may be told that others are at work; a load must not fail.
        expect(ended.slice(0, 2)).toEqual([DONE, DONE]);
        for (const { code, done } of ended) expect(code ?? done).toMatch(/^(locked)?$/);
        expect(await problemsIn(await openStore(root))).toEqual([]);
      }
    },
    60_000,
  );

  test.runIf(usable)('gc beside a lease says who holds it and for what, and deletes nothing', async () => {
    const store = await openStore(root);
    const child = startChild(program, ['hold', root, 'not named by any image']);
    await untilHolding(child);
    const digest = digestOf('not named by any image');
    await expect(store.gc({ graceMs: 0 })).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringContaining(`process ${child.pid} (hold)`) as string,
    });
    expect(await store.sizeOf(digest)).toBeDefined();
    await endOf(child);
    expect((await store.gc({ graceMs: 0 })).deleted).toEqual([digest]);
  });

  test.runIf(usable)(
    'a killed process holds nothing: its folder goes, while the folders of others stay',
    async () => {
      const store = await openStore(root);
      const dead = startChild(program, ['hold', root]);
      await untilHolding(dead);
      const live = startChild(program, ['hold', root]);
      await untilHolding(live);
      expect(await readdir(store.paths.temporary)).toHaveLength(2);
      await kill(dead);
      const error = await store.gc().catch((thrown: Error) => thrown.message);
      expect(error).toContain(`process ${live.pid} (hold)`);
      expect(error).not.toContain(`process ${dead.pid} `);
      await openStore(root);
      expect(await readdir(store.paths.temporary)).toHaveLength(1);
      await kill(live);
      await store.gc();
      expect(await readdir(store.paths.temporary)).toEqual([]);
    },
  );
});

describe('leases', () => {
  test('whose process was killed before it could sign are reclaimed', async () => {
    const store = await openStore(root);
    await mkdir(join(store.paths.temporary, 'just-made'), { recursive: true });
    await mkdir(join(store.paths.temporary, 'with-a-blob'));
    await writeFile(join(store.paths.temporary, 'with-a-blob', 'lease'), '1 load\n');
    await writeFile(join(store.paths.temporary, 'with-a-blob', 'half'), 'of a blob');
    await openStore(root);
    expect(await readdir(store.paths.temporary)).toEqual([]);
  });

  test('are given back once, however often that is asked for', async () => {
    const store = await openStore(root);
    const lease = await store.lease('test');
    await Promise.all([lease.release(), lease.release()]);
    await lease.release();
    expect((await store.gc()).deleted).toEqual([]);
  });

  test('keep whole what a process adds, until it names it', async () => {
    const store = await openStore(root);
    const lease = await store.lease('test');
    await store.put(Buffer.from('x'), undefined, { lease });
    await expect((await openStore(root)).gc({ graceMs: 0 })).rejects.toMatchObject({ code: 'locked' });
    await lease.release();
  });
});

describe('fetching one blob', () => {
  test('is for one at a time, and the second is told for whom it waits', async () => {
    const digest = digestOf('layer');
    const [one, two] = [await openStore(root), await openStore(root)];
    const lock = await one.lockDigest(digest);
    const told = Promise.withResolvers<string>();
    const second = two.lockDigest(digest, { onWait: told.resolve });
    expect(await told.promise).toBe(`process ${process.pid} (fetch)`);
    await lock.release();
    await (await second).release();
  });

  test('need not be waited for', async () => {
    const digest = digestOf('layer');
    const [one, two] = [await openStore(root), await openStore(root)];
    const lock = await one.lockDigest(digest);
    const controller = new AbortController();
    const second = two.lockDigest(digest, {
      signal: controller.signal,
      onWait: () => controller.abort(),
    });
    await expect(second).rejects.toMatchObject({ code: 'cancelled' });
    await lock.release();
  });
});

describe('gc', () => {
  const YEAR_MS = 365 * 24 * 3600 * 1000;

  async function strayBlob(store: ImageStore, ageMs: number): Promise<void> {
    const { digest } = await store.put(Buffer.from('stray'), undefined);
    const then = new Date(Date.now() - ageMs);
    await utimes(store.paths.blob(digest), then, then);
  }

  test.each([
    ['is older than an hour', 61 * 60 * 1000, 1],
    ['is younger than an hour', 59 * 60 * 1000, 0],
    ['is from next year, because the clock was set back', -YEAR_MS, 0],
  ])('of a blob that nobody names and that %s', async (_, ageMs, count) => {
    const store = await openStore(root);
    await strayBlob(store, ageMs);
    expect((await store.gc()).deleted).toHaveLength(count);
  });

  test('keeps everything while it cannot know what a damaged image needs', async () => {
    const store = await openStore(root);
    const { image } = await buildImage('a');
    await loadImage(store, { image, layers: (await buildImage('a')).layers }, 'a');
    await strayBlob(store, YEAR_MS);
    await rm(store.paths.blob(image.descriptor.digest), { force: true });
    expect((await store.gc({ graceMs: 0 })).deleted).toEqual([]);
  });

  test('takes away what was to enter a cache an hour ago, and nothing that is being written', async () => {
    const store = await openStore(root);
    const folders = [join(store.paths.trees, 'sha256'), store.paths.inflated];
    for (const directory of folders) {
      await mkdir(directory, { recursive: true });
      for (const name of ['kept', 'new.tmp', 'old.tmp']) await writeFile(join(directory, name), '');
      await utimes(join(directory, 'old.tmp'), 0, Date.now() / 1000 - 3700);
    }
    await store.gc();
    for (const directory of folders) expect((await readdir(directory)).sort()).toEqual(['kept', 'new.tmp']);
  });

  test('takes away the locks of blobs and what lay in the trash', async () => {
    const store = await openStore(root);
    await (await store.lockDigest(digestOf('layer'))).release();
    await mkdir(store.paths.trash);
    await writeFile(join(store.paths.trash, 'old'), '');
    await store.gc();
    expect(await readdir(root)).not.toContain('locks');
    expect(await readdir(root)).not.toContain('trash');
  });
});
