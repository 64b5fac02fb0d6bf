// Files in and out of containers, for every engine.
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect } from 'vitest';
import { scanLayerStream } from '../../src/layer/scan.ts';
import { readAll } from '../../src/lib/streams.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { type Layer, tarOf } from '../layer/apply-fixtures.ts';
import { createFor, execFor, find, logsOf, runFor, shell, specOf, startFor } from '../support/engine-runs.ts';
import type { Subject } from './contract.ts';

const FOREVER = 'while :; do sleep 0.1; done';
const MAX_TAR_BYTES = 1024 * 1024;

export function describeFiles({ engine, image, lacks, group, test }: Subject): void {
  // Shared by the cases: the last ones change it.
  const lasting = (script: string): Promise<string> => engine().create(specOf(image(), shell(script)));
  const lastingStarted = async (script: string): Promise<string> => {
    const id = await lasting(script);
    await engine().start(id);
    return id;
  };

  const states = [
    ['one that never ran', (): Promise<string> => lasting('exit 0')],
    ['one that runs', (): Promise<string> => lastingStarted(FOREVER)],
    [
      'one that has exited',
      async (): Promise<string> => {
        const id = await lastingStarted('exit 0');
        await engine().wait(id);
        return id;
      },
    ],
  ] as const;
  const describeState = (make: () => Promise<string>): void => {
    let id = '';
    beforeAll(async () => {
      id = await make();
    });
    afterAll(() => engine().remove(id, { force: true, volumes: true }));

    test('a file comes out as it is', async () => {
      const tar = await bytesOf(await engine().getArchive(id, Buffer.from('/data/keep')));
      expect(await entriesOf(tar)).toEqual(['keep file 9000']);
      expect(tar.includes(Buffer.from('k'.repeat(9000)))).toBe(true);
    });

    test('a directory comes out with all below', async () => {
      const entries = await entriesOf(await bytesOf(await engine().getArchive(id, Buffer.from('/data/dir'))));
      expect(entries.toSorted()).toEqual(['dir dir 0', 'dir/a file 2', 'dir/b file 2', 'dir/c file 2']);
    });

    test('what a path means is told', async () => {
      expect(await engine().stat(id, Buffer.from('/data/keep'))).toMatchObject({
        type: 'file',
        sizeBytes: 9000,
      });
      expect(await engine().stat(id, Buffer.from('/data/dir/'))).toMatchObject({ type: 'dir' });
      expect(await engine().stat(id, Buffer.from('/data/link'))).toMatchObject({ type: 'symlink' });
      const followed = await engine().stat(id, Buffer.from('/data/link'), { follow: true });
      expect(followed).toMatchObject({ type: 'file', sizeBytes: 2 });
      expect(Buffer.from(followed.path).toString()).toBe('/data/dir/a');
    });

    test('what is not there is not found', async () => {
      const path = Buffer.from('/data/none');
      await expect(engine().stat(id, path)).rejects.toMatchObject({ code: 'not-found' });
      await expect(engine().getArchive(id, path)).rejects.toMatchObject({ code: 'not-found' });
      await expect(put(engine(), id, '/data/none', { x: 'x' })).rejects.toMatchObject({ code: 'not-found' });
    });

    test('what is put in is there, in the R/W layer', async () => {
      await put(engine(), id, '/data/dir', { 'put/': {}, 'put/file': 'put here\n', a: 'over\n' });
      const tar = await bytesOf(await engine().getArchive(id, Buffer.from('/data/dir/put/file')));
      expect(tar.includes('put here\n')).toBe(true);
      const over = await bytesOf(await engine().getArchive(id, Buffer.from('/data/dir/a')));
      expect(over.includes('over\n')).toBe(true);
      expect(await livePaths(engine(), id, ['data/dir/put/file', 'data/dir/a', 'data/dir/c'])).toEqual([
        'data/dir/put/file',
        'data/dir/a',
      ]);
    });
  };
  for (const [state, make] of states) group(`files of a container: ${state}`, () => describeState(make));

  group('files of a container', () => {
    test('what is put in is seen by its processes', async () => {
      const id = await startFor(engine(), image(), shell(FOREVER));
      await put(engine(), id, '/data', { sent: 'sent\n' });
      const { process } = (await find(engine(), id))!;
      const { stdout } = await execFor(engine(), id, { ...process, argv: ['cat', '/data/sent'] });
      expect(stdout).toBe('sent\n');
    });

    test('what was put in before the start is there', async () => {
      const id = await createFor(engine(), image(), shell('cat /data/sent'));
      await put(engine(), id, '/data', { sent: 'early\n' });
      await engine().start(id);
      await engine().wait(id);
      expect((await logsOf(engine(), id)).stdout).toBe('early\n');
    });

    test('links of the container are followed inside of it alone', async () => {
      const { id } = await runFor(
        engine(),
        image(),
        shell('ln -s /etc /data/out; ln -s ../../../../etc/motd /data/up'),
      );
      const out = await engine().stat(id, Buffer.from('/data/out/motd'));
      expect(out).toMatchObject({ type: 'file', sizeBytes: 6 });
      const up = await engine().stat(id, Buffer.from('/data/up'), { follow: true });
      expect(Buffer.from(up.path).toString()).toBe('/etc/motd');
      const tar = await bytesOf(await engine().getArchive(id, Buffer.from('/data/out/motd')));
      expect(tar.includes('hello\n')).toBe(true);
      await expect(engine().stat(id, Buffer.from('/data/out/os-release'))).rejects.toMatchObject({
        code: 'not-found',
      });
    });

    test('a file is no place to put something in', async () => {
      const id = await createFor(engine(), image(), shell('exit 0'));
      await expect(put(engine(), id, '/data/keep', { x: 'x' })).rejects.toThrow(/\/data\/keep/);
    });

    if (!lacks('users'))
      test('owners of what is put in are root, or kept when asked for', async () => {
        const id = await startFor(engine(), image(), shell(FOREVER));
        const layer: Layer = { owned: { content: 'x', uid: 1000, gid: 50 } };
        const { process } = (await find(engine(), id))!;
        const owner = async (): Promise<string> =>
          (await execFor(engine(), id, { ...process, argv: ['stat', '-c', '%u:%g', '/data/owned'] })).stdout;
        await put(engine(), id, '/data', layer, true);
        expect(await owner()).toBe('1000:50\n');
        await put(engine(), id, '/data', layer);
        expect(await owner()).toBe('0:0\n');
      });
  });
}

function bytesOf(tar: Readable): Promise<Buffer> {
  return readAll(tar, MAX_TAR_BYTES, 'tar');
}

/** Path, type and size of each entry. */
async function entriesOf(tar: Buffer): Promise<string[]> {
  const entries: string[] = [];
  await scanLayerStream(Readable.from([tar]), {
    hashFiles: false,
    onEntry: ({ path, type, sizeBytes }) =>
      entries.push(`${Buffer.from(path).toString('latin1')} ${type} ${sizeBytes}`),
  });
  return entries;
}

function put(engine: Engine, id: string, directory: string, layer: Layer, owners = false): Promise<void> {
  return engine.putArchive(id, Buffer.from(directory), Readable.from(tarOf(layer)), { owners });
}

async function livePaths(engine: Engine, id: string, paths: readonly string[]): Promise<string[]> {
  for await (const { tree } of engine.changes(id)) {
    return paths.filter((path) => tree.find(Buffer.from(path)) >= 0);
  }
  return [];
}
