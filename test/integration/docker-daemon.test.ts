// Images of a real engine, opened and copied in both directions.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CliBench, type Ran } from '../cli/run-cli.ts';
import { type Daemon, startDocker, startPodman } from '../support/docker-daemon.ts';
import { isRoot } from '../support/image-engines.ts';
import { needTool } from '../support/tools.ts';

const ENGINES = [
  { name: 'docker', start: startDocker, works: needTool('dockerd') && isRoot },
  { name: 'podman', start: startPodman, works: needTool('podman') && isRoot },
];
const SAMPLE = 'phyllo/cow:busybox';

for (const { name, start, works } of ENGINES) {
  describe.runIf(works)(`images of ${name}`, () => {
    let bench: CliBench;
    let folder: string;
    let daemon: Daemon;

    const phyllo = (...args: readonly string[]): Promise<Ran> =>
      bench.run(args, { env: { DOCKER_HOST: `unix://${daemon.socket}` } });
    const ok = async (...args: readonly string[]): Promise<string> => {
      const { code, out, err } = await phyllo(...args);
      if (code !== 0) throw new Error(`phyllo ${args.join(' ')} gave ${code}: ${err}`);
      return out;
    };
    const json = async (...args: readonly string[]): Promise<Record<string, unknown>> =>
      JSON.parse(await ok(...args, '--json')) as Record<string, unknown>;

    beforeAll(async () => {
      // Not vitest's folder for the file: the sockets' paths have to be short.
      folder = mkdtempSync(join(tmpdir(), 'phyllo-e-'));
      bench = new CliBench();
      daemon = await start(join(folder, 'd'));
      await ok('samples', 'make', 'cow-busybox');
      await ok('copy', SAMPLE, 'docker-daemon:localhost/team/cow:2');
      await ok('copy', SAMPLE, 'docker-daemon:localhost/team/cow:3');
    }, 60_000);

    afterAll(async () => {
      await daemon.stop();
      bench.remove();
      rmSync(folder, { recursive: true, force: true });
    });

    test('it has the image that was copied to it, with the same ID and layers', async () => {
      const client = daemon.client();
      const { inspectImage } = await import('../../src/docker/images.ts');
      const found = await inspectImage(client, 'localhost/team/cow:2');
      client.close();
      const own = await json('layers', SAMPLE);
      expect(found?.id).toBe((own['image'] as { id: string }).id);
      expect(found?.diffIDs).toEqual(
        (own['layers'] as { diffID: string }[]).flatMap(({ diffID }) => diffID ?? []),
      );
    });

    test('its image has the layers, the tree and the files that ours has', async () => {
      const theirs = await json('layers', 'docker-daemon:localhost/team/cow:2');
      const own = await json('layers', SAMPLE);
      const facts = (document: Record<string, unknown>): unknown =>
        (document['layers'] as Record<string, unknown>[]).map(({ diffID, size, files, dead }) => ({
          diffID,
          size,
          files,
          dead,
        }));
      expect(facts(theirs)).toEqual(facts(own));
      const tree = await json('tree', 'docker-daemon:localhost/team/cow:2');
      expect(tree['entries']).toEqual((await json('tree', SAMPLE))['entries']);
      const file = ['cat', 'docker-daemon:localhost/team/cow:2', '/etc/passwd'];
      expect(await ok(...file)).toBe(await ok('cat', SAMPLE, '/etc/passwd'));
    });

    test('it is found by its ID, and comes back under a name of ours', async () => {
      const { id } = (await json('layers', SAMPLE))['image'] as { id: string };
      await ok('copy', `docker-daemon:${id}`, 'back:1');
      expect((await json('layers', 'back:1'))['image']).toMatchObject({ id });
    });

    test('analyze takes the forms of dive', async () => {
      const plain = await json('analyze', SAMPLE);
      for (const form of [['--source', name, 'localhost/team/cow:2'], ['podman://localhost/team/cow:2']]) {
        expect((await json('analyze', ...form))['visible']).toBe(plain['visible']);
      }
    });

    test('without a name the only image is meant', async () => {
      expect((await phyllo('layers', 'docker-daemon:')).code).toBe(0);
    });

    test('what it has not is told so', async () => {
      const { code, err } = await phyllo('layers', 'docker-daemon:localhost/none');
      expect(code).toBe(1);
      expect(err).toMatch(/localhost\/none: the engine has none of that name/);
    });

    test('nothing stays in the store', () => {
      expect(readdirSync(join(bench.root, 'tmp'))).toEqual([]);
      expect(readdirSync(join(bench.root, 'trees')).includes('location')).toBe(false);
    });
  });
}
