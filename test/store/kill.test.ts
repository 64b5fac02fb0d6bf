// A process is killed at every system call by which it changes the store, and the store that is left is looked at.
import { cp, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ImageStore, openStore } from '../../src/store/store.ts';
import { buildImage, loadImage, removeImage } from '../support/store-images.ts';
import {
  type ChildProgram,
  type Ended,
  bundleChild,
  injecting,
  runChild,
} from '../support/store-processes.ts';
import { needTool } from '../support/tools.ts';

/** All by which node changes files; what it does not use here is over after the first run. */
const SYSCALLS = [
  'mkdir',
  'pwrite64',
  'fsync',
  'fchmod',
  'chmod',
  'link',
  'rename',
  'unlink',
  'rmdir',
  'utimensat',
  'ftruncate',
  'flock',
];
/** More calls than any of these runs makes: the count must come to an end by itself. */
const MOST_CALLS = 100;

const SHARED = 'a layer that both images have';
const [OLD, NEW] = [
  ['old', SHARED],
  ['new', SHARED, 'one more'],
] as const;

let folder: string;
let program: ChildProgram;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phyllo-kill-'));
  program = await bundleChild();
});

afterAll(async () => {
  await program.remove();
  await rm(folder, { recursive: true });
});

interface Trial {
  readonly program: ChildProgram;
  readonly args: readonly string[];
  /** strace's word for what happens. */
  readonly injection: string;
  readonly syscalls: readonly string[];
  /** A store that every run gets a copy of. */
  readonly before?: string;
}

type Look = (root: string, ended: Ended) => Promise<void>;

/** Runs the child again and again, with the next call hit each time, until there is none left to hit. */
async function hitEach(syscall: string, trial: Trial, look: Look): Promise<number> {
  for (let call = 1; call < MOST_CALLS; call++) {
    const directory = await mkdtemp(join(folder, `${syscall}-`));
    const [root, log] = [join(directory, 'store'), join(directory, 'log')];
    if (trial.before !== undefined)
      await cp(trial.before, root, { recursive: true, preserveTimestamps: true });
    const [verb, ...rest] = trial.args;
    const through = injecting(syscall, `${trial.injection}:when=${call}`, log);
    const ended = await runChild(trial.program, [verb!, root, ...rest], through);
    const hit = ended.killed || (await readFile(log, 'utf8')).includes('(INJECTED)');
    await look(root, ended);
    await rm(directory, { recursive: true });
    if (!hit) return call - 1;
  }
  throw new Error(`${syscall} did not come to an end`);
}

/** Two at a time. Tells how many calls of each kind were hit. */
async function hitEverywhere(trial: Trial, look: Look): Promise<Record<string, number>> {
  const waiting = [...trial.syscalls];
  const points: Record<string, number> = {};
  const work = async (): Promise<void> => {
    for (let syscall = waiting.shift(); syscall !== undefined; syscall = waiting.shift())
      points[syscall] = await hitEach(syscall, trial, look);
  };
  await Promise.all([work(), work()]);
  console.info(`${trial.args[0]}, ${trial.injection}: ${JSON.stringify(points)}`);
  return points;
}

async function mustBeSound(store: ImageStore): Promise<string[]> {
  const report = await store.check();
  expect(report.problems).toEqual([]);
  return (await store.images()).flatMap(({ references }) => references).sort();
}

async function mustBeTidy({ paths }: ImageStore): Promise<void> {
  const names = await readdir(paths.root);
  expect(names.filter((name) => /tmp$|^trash$|^corrupt$/.test(name) && name !== 'tmp')).toEqual([]);
  expect(await readdir(paths.temporary)).toEqual([]);
}

async function blobsIn(store: ImageStore): Promise<string[]> {
  const digests: string[] = [];
  for await (const digest of store.list()) digests.push(digest);
  return digests.sort();
}

async function storeWith(...images: (readonly [texts: readonly string[], name: string])[]): Promise<string> {
  const root = join(await mkdtemp(join(folder, 'before-')), 'store');
  const store = await openStore(root);
  for (const [texts, name] of images) await loadImage(store, await buildImage(...texts), name);
  return root;
}

const [oldName, newName] = ['docker.io/library/old:latest', 'docker.io/library/new:latest'];

describe.runIf(needTool('strace'))('kill -9 at every system call', () => {
  const killing = { injection: 'signal=KILL', syscalls: SYSCALLS };

  test('of the first load leaves no store or a sound one, in which the load can be repeated', async () => {
    const image = await buildImage(...NEW);
    const trial = { ...killing, program, args: ['load', newName, ...NEW] };
    const points = await hitEverywhere(trial, async (root, ended) => {
      const store = await openStore(root);
      const names = await mustBeSound(store);
      expect(ended.killed ? [[], [newName]] : [[newName]]).toContainEqual(names);
      await loadImage(store, image, newName);
      expect(await mustBeSound(store)).toEqual([newName]);
      await mustBeTidy(store);
    });
    // Five blobs with their folder, and version, index twice, oci-layout; each of these is a file that is synced.
    expect(points).toMatchObject({ link: 5, rename: 4 });
    expect(points['fsync']).toBeGreaterThanOrEqual(5 * 2 + 4 * 2);
  }, 120_000);

  test('of a load beside an image keeps that image, and gc leaves no more than what is named', async () => {
    const before = await storeWith([OLD, 'old']);
    const both = await openStore(await storeWith([OLD, 'old'], [NEW, 'new']));
    const image = await buildImage(...NEW);
    const trial = { ...killing, program, before, args: ['load', newName, ...NEW] };
    const points = await hitEverywhere(trial, async (root) => {
      const store = await openStore(root);
      expect(await mustBeSound(store)).toContain(oldName);
      await loadImage(store, image, newName);
      await store.gc({ graceMs: 0 });
      expect(await mustBeSound(store)).toEqual([newName, oldName]);
      expect(await blobsIn(store)).toEqual(await blobsIn(both));
      await mustBeTidy(store);
    });
    expect(points).toMatchObject({ link: 4, rename: 1, utimensat: 1 });
  }, 120_000);

  test('of a removal keeps the other image whole, and the removal can be repeated', async () => {
    const before = await storeWith([OLD, 'old'], [NEW, 'new']);
    const left = await openStore(await storeWith([OLD, 'old']));
    const image = await buildImage(...NEW);
    const trial = { ...killing, program, before, args: ['remove', ...NEW] };
    const points = await hitEverywhere(trial, async (root) => {
      const store = await openStore(root);
      expect(await mustBeSound(store)).toContain(oldName);
      await removeImage(store, image);
      expect(await mustBeSound(store)).toEqual([oldName]);
      expect(await blobsIn(store)).toEqual(await blobsIn(left));
      await mustBeTidy(store);
    });
    // The index, and four blobs on their way to the trash.
    expect(points).toMatchObject({ rename: 5 });
  }, 120_000);
});

describe.runIf(needTool('strace'))('a system call that fails', () => {
  /** koffi syncs the output streams when it ends, and does not end when that fails: no matter of the store. */
  let withoutNative: ChildProgram;
  beforeAll(async () => {
    withoutNative = await bundleChild({ native: false });
  });
  afterAll(() => withoutNative.remove());

  test.each([
    ['ENOSPC', ['mkdir', 'pwrite64', 'link', 'rename'], 'no-space'],
    ['EDQUOT', ['pwrite64'], 'no-space'],
    ['EIO', ['pwrite64', 'fsync', 'chmod', 'rename'], 'io'],
  ])(
    'with %s, wherever it is, is told as such, and nothing half done is seen',
    async (errno, syscalls, code) => {
      const before = await storeWith([OLD, 'old']);
      const image = await buildImage(...NEW);
      const args = ['load', newName, ...NEW];
      const trial = { program: withoutNative, before, args, syscalls, injection: `error=${errno}` };
      let failed = 0;
      await hitEverywhere(trial, async (root, ended) => {
        if (ended.done === undefined) failed++;
        expect([code, undefined]).toContain(ended.code);
        const store = await openStore(root);
        expect(await mustBeSound(store)).toContain(oldName);
        await loadImage(store, image, newName);
        expect(await mustBeSound(store)).toEqual([newName, oldName]);
        await mustBeTidy(store);
      });
      // Four blobs and the index are written.
      expect(failed).toBeGreaterThanOrEqual(5);
    },
    120_000,
  );
});
