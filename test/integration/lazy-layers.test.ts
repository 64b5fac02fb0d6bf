// A zstd:chunked image that podman made, looked into by its tables of contents.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CliBench } from '../cli/run-cli.ts';
import { startDockerRegistry } from '../support/docker-registry.ts';
import type { DockerRegistry } from '../support/docker-registry.ts';
import { containersTools, isRoot } from '../support/image-engines.ts';
import { needTool } from '../support/tools.ts';

const SAMPLE = 'phyllo/cow:busybox';

describe.runIf(needTool('podman', 'docker-registry') && isRoot)('zstd:chunked of podman', () => {
  const folder = mkdtempSync(join(tmpdir(), 'phyllo-lazy-'));
  const bench = new CliBench();
  let registry: DockerRegistry;
  let name: string;

  beforeAll(async () => {
    registry = await startDockerRegistry(join(folder, 'registry'));
    name = `${registry.host}/team/cow:1`;
    await bench.out('samples', 'make', 'cow-busybox');
    await bench.out('save', '-o', join(folder, 'image.tar'), SAMPLE);
    const { podman } = containersTools(join(folder, 'tools'));
    await podman('load', '-q', '-i', join(folder, 'image.tar'));
    const [id] = (await podman('images', '-q')).split('\n');
    const form = ['--format', 'oci', '--compression-format', 'zstd:chunked', '--tls-verify=false'];
    await podman('push', '-q', ...form, id!, `docker://${name}`);
  }, 60_000);

  afterAll(async () => {
    await registry.stop();
    bench.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test('the manifest names tables, and the tree is that of the image it was made of', async () => {
    const answer = await fetch(`http://${registry.host}/v2/team/cow/manifests/1`, {
      headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
    });
    expect(JSON.stringify(await answer.json())).toContain('zstd-chunked.manifest-position');
    const theirs = await bench.json('tree', `docker://${name}`, '--json');
    const ours = await bench.json('tree', SAMPLE, '--json');
    expect(theirs['entries']).toEqual(ours['entries']);
    const [cat, same] = [`docker://${name}`, SAMPLE].map((image) => bench.out('cat', image, '/bin/busybox'));
    expect(await cat).toBe(await same);
  });
});
