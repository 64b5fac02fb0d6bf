// The R/W layer as it is told, followed and turned into a layer, for every engine.
import type { Readable } from 'node:stream';
import { afterAll, expect } from 'vitest';
import type { Engine, RunImage } from '../../src/engine/engine.ts';
import { scanLayerStream } from '../../src/layer/scan.ts';
import { readAll } from '../../src/lib/streams.ts';
import type { LiveLayer } from '../../src/snapshot/live-layer.ts';
import { NodeFlag, NodeType } from '../../src/tree/layer-tree.ts';
import { execFor, find, runFor, shell, specOf, startFor, until } from '../support/engine-runs.ts';
import type { Subject } from './contract.ts';

const FOREVER = 'while :; do sleep 0.1; done';
const CHANGE = [
  'echo new > /data/new',
  'echo more >> /data/keep',
  'chmod 600 /data/dir/a',
  'rm /data/dir/b',
  'rm -r /data/old',
  'mkdir /made',
  'echo in > /made/in',
  'ln -s new /data/sym',
  // A directory that engines mount files into is a directory like others.
  'chmod 711 /etc',
].join(' && ');

export function describeChanges({ engine, image, group, test }: Subject): void {
  let made: Promise<string> | undefined;
  /** One that has made the changes, for all cases that only look at it. */
  const changed = (): Promise<string> => (made ??= makeChanges(engine(), image()));
  afterAll(async () => {
    if (made !== undefined) await engine().remove(await made, { force: true });
  });

  group('the R/W layer', () => {
    test('is empty at first', async () => {
      const { id } = await runFor(engine(), image(), shell('cat /data/keep > /dev/null; ls /data'));
      const live = await changesOf(engine(), id);
      expect(['data/keep', 'data/dir', 'etc/motd'].map((path) => nodeAt(live, path))).toEqual([-1, -1, -1]);
    });

    test('has what was added, copied up and removed', async () => {
      const id = await changed();
      const live = await changesOf(engine(), id);
      const { tree } = live;
      const [added, written, touched, removed] = ['data/new', 'data/keep', 'data/dir/a', 'data/dir/b'].map(
        (path) => nodeAt(live, path),
      ) as [number, number, number, number];
      expect([tree.type[added], tree.sizeBytes[added]]).toEqual([NodeType.file, 4]);
      expect([tree.type[written], tree.sizeBytes[written]]).toEqual([NodeType.file, 9005]);
      expect([tree.type[touched], tree.mode[touched]]).toEqual([NodeType.file, 0o600]);
      expect(tree.type[removed]).toBe(NodeType.whiteout);
      expect(tree.type[nodeAt(live, 'data/old')]).toBe(NodeType.whiteout);
      expect(tree.type[nodeAt(live, 'made')]).toBe(NodeType.dir);
      expect(tree.sizeBytes[nodeAt(live, 'made/in')]).toBe(3);
      expect(Buffer.from(tree.linkBytes(nodeAt(live, 'data/sym'))).toString()).toBe('new');
      expect(nodeAt(live, 'data/dir/c')).toBe(-1);
      expect(tree.mode[nodeAt(live, 'etc')]).toBe(0o711);
    });

    test('tells what a copy-up really changed', async () => {
      const id = await changed();
      const { tree, changedBytes } = await changesOf(engine(), id);
      const bytesOf = (path: string): number | undefined => changedBytes.get(tree.find(Buffer.from(path)));
      expect(bytesOf('data/dir/a') ?? 0).toBe(0);
      const written = bytesOf('data/keep') ?? 5;
      expect(written).toBeGreaterThan(0);
      expect(written).toBeLessThanOrEqual(4096);
    });

    test('has an opaque directory where one was removed and made again', async () => {
      const { id } = await runFor(
        engine(),
        image(),
        shell('rm -r /data/old && mkdir /data/old && echo 1 > /data/old/g'),
      );
      const live = await changesOf(engine(), id);
      const node = nodeAt(live, 'data/old');
      expect(live.tree.type[node]).toBe(NodeType.dir);
      const hides = live.tree.has(node, NodeFlag.opaque) || live.tree.has(node, NodeFlag.replaces);
      expect(hides || live.tree.type[nodeAt(live, 'data/old/f')] === NodeType.whiteout).toBe(true);
      expect(live.tree.sizeBytes[nodeAt(live, 'data/old/g')]).toBe(2);
    });

    test('leaves out what the engine itself puts into a container', async () => {
      const { id } = await runFor(engine(), image(), shell('cat /etc/hosts > /dev/null; echo x > /dev/null'));
      const live = await changesOf(engine(), id);
      const own = [
        'etc/hosts',
        'etc/hostname',
        'etc/resolv.conf',
        'proc',
        'sys',
        'dev',
        '.old',
        '.dockerenv',
      ];
      expect(own.filter((path) => nodeAt(live, path) >= 0)).toEqual([]);
    });

    test("is each container's own", async () => {
      const one = await runFor(engine(), image(), shell('echo one > /data/keep'));
      const other = await runFor(engine(), image(), shell('cat /data/keep'));
      expect(other.stdout).toBe('k'.repeat(9000));
      expect(nodeAt(await changesOf(engine(), other.id), 'data/keep')).toBe(-1);
      expect(nodeAt(await changesOf(engine(), one.id), 'data/keep')).toBeGreaterThan(0);
    });

    test('gives the bytes of its files', async () => {
      const id = await changed();
      const live = await changesOf(engine(), id);
      const node = nodeAt(live, 'data/keep');
      const content = await engine().content(id, live, node);
      expect(content.sizeBytes).toBe(9005);
      expect(Buffer.from(await content.read(8998, 100)).toString()).toBe('kkmore\n');
      const all = await readAll(await content.open(), 10_000, 'content');
      expect(all.toString()).toBe(`${'k'.repeat(9000)}more\n`);
    });

    test('takes room on the disk', async () => {
      const none = await runFor(engine(), image(), shell('exit 0'));
      const some = await runFor(engine(), image(), shell('cat /data/keep /data/keep > /data/twice'));
      const [noneBytes, someBytes] = [await engine().diskUsage(none.id), await engine().diskUsage(some.id)];
      expect(someBytes - noneBytes).toBeGreaterThanOrEqual(18_000);
    });

    test('can be followed while the container runs', async () => {
      const id = await startFor(engine(), image(), shell(FOREVER));
      const giveUp = new AbortController();
      const seen: LiveLayer[] = [];
      const following = (async () => {
        for await (const live of engine().changes(id, { follow: true, signal: giveUp.signal }))
          seen.push(live);
      })();
      await until('the first moment came', () => seen.length > 0);
      const { process } = (await find(engine(), id))!;
      const write = async (script: string): Promise<void> => {
        await execFor(engine(), id, { ...process, argv: ['sh', '-c', script] });
      };
      await write('echo 1 > /data/later');
      await until('the file was seen', () => nodeAt(seen.at(-1)!, 'data/later') > 0);
      await write('echo 12345 >> /data/later');
      await until('it was seen to grow', () => sizeAt(seen.at(-1)!, 'data/later') === 8);
      await write('mkdir -p /fresh/a/b && echo 1 > /fresh/a/b/deep');
      await until('a deep new file was seen', () => nodeAt(seen.at(-1)!, 'fresh/a/b/deep') > 0);
      await write('rm /data/later');
      await until('it was seen to go', () => nodeAt(seen.at(-1)!, 'data/later') === -1);
      giveUp.abort();
      await following;
      expect(await find(engine(), id)).toMatchObject({ status: 'running' });
    });

    test('is followed until the container is removed', async () => {
      const id = await startFor(engine(), image(), shell(FOREVER));
      const following = (async () => {
        let moments = 0;
        for await (const _ of engine().changes(id, { follow: true })) {
          if (++moments === 1) await engine().remove(id, { force: true });
        }
        return moments;
      })();
      expect(await following).toBeGreaterThan(0);
    });
  });

  group('the R/W layer as a tar', () => {
    test('has the changes alone, with whiteouts as OCI writes them', async () => {
      const id = await changed();
      const entries = await entriesOf(engine().layer(id));
      const paths = [...entries.keys()];
      for (const path of ['data/new', 'data/keep', 'data/dir/a', 'made', 'made/in', 'data/sym']) {
        expect(paths).toContain(path);
      }
      for (const path of ['data/dir/.wh.b', 'data/.wh.old']) expect(paths).toContain(path);
      for (const path of ['data/dir/c', 'data/dir/b', 'etc/motd', 'etc/hosts', 'dev', 'proc']) {
        expect(paths).not.toContain(path);
      }
      expect(entries.get('data/keep')).toBe(9005);
    });

    test('leaves out what is to be left out', async () => {
      const id = await changed();
      const exclude = ['data/new', 'made', 'data/dir/b'].map((path) => Buffer.from(path));
      const paths = [...(await entriesOf(engine().layer(id, { exclude }))).keys()];
      for (const path of ['data/new', 'made', 'made/in', 'data/dir/.wh.b']) expect(paths).not.toContain(path);
      expect(paths).toContain('data/keep');
    });

    test('is the same while the container runs', async () => {
      const id = await startFor(engine(), image(), shell(`${CHANGE}; ${FOREVER}`));
      await until(
        'the last change is there',
        async () => nodeAt(await changesOf(engine(), id), 'data/sym') > 0,
      );
      expect([...(await entriesOf(engine().layer(id))).keys()]).toContain('data/dir/.wh.b');
    });

    test("the whole file system has the image's files as well", async () => {
      const id = await changed();
      const entries = await entriesOf(engine().export(id));
      expect(entries.get('etc/motd')).toBe(6);
      expect(entries.get('data/keep')).toBe(9005);
      expect(entries.get('data/dir/c')).toBe(2);
      expect(entries.get('made/in')).toBe(3);
      for (const path of ['data/dir/b', 'data/old', 'data/old/f', 'data/dir/.wh.b']) {
        expect([...entries.keys()]).not.toContain(path);
      }
    });
  });
}

async function makeChanges(engine: Engine, image: RunImage): Promise<string> {
  const id = await engine.create(specOf(image, shell(CHANGE)));
  await engine.start(id);
  expect(await engine.wait(id)).toBe(0);
  return id;
}

/** The R/W layer at this moment. */
async function changesOf(engine: Engine, id: string): Promise<LiveLayer> {
  for await (const live of engine.changes(id)) return live;
  throw new Error('there was no moment');
}

function nodeAt({ tree }: LiveLayer, path: string): number {
  return tree.find(Buffer.from(path));
}

function sizeAt(live: LiveLayer, path: string): number {
  const node = nodeAt(live, path);
  return node < 0 ? -1 : live.tree.sizeBytes[node]!;
}

/** Path to size of each entry. */
async function entriesOf(tar: Readable): Promise<Map<string, number>> {
  const entries = new Map<string, number>();
  await scanLayerStream(tar, {
    hashFiles: false,
    onEntry: ({ path, sizeBytes }) => entries.set(Buffer.from(path).toString('latin1'), sizeBytes),
  });
  return entries;
}
