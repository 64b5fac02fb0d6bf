// A process that is killed while it pulls or pushes loses nothing: the next one goes on.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { digestHex } from '../../src/oci/digest.ts';
import { imageOf } from '../support/image-build.ts';
import { testServices } from '../support/image-services.ts';
import { FakeRegistry } from '../support/registry-fake.ts';

const CHILD = fileURLToPath(new URL('../support/registry-child.ts', import.meta.url));
const lines = Array.from({ length: 200_000 }, (_, line) => `line ${line}`).join('\n');
const image = imageOf([{ small: 'one' }, { big: { content: lines } }], 'plain');

function child(root: string, verb: 'pull' | 'push', name: string): ChildProcess {
  const process = spawn(execPath, [CHILD, root, verb, name], { stdio: ['ignore', 'ignore', 'inherit'] });
  onTestFinished(() => void process.kill('SIGKILL'));
  return process;
}

async function kill(process: ChildProcess): Promise<void> {
  process.kill('SIGKILL');
  await once(process, 'exit');
}

test('in the middle of a pull: what came is kept, and the rest is fetched', async () => {
  const fake = await FakeRegistry.start();
  fake.add(await image);
  const { descriptor, blob } = (await image).layers[1]!;
  const services = await testServices();
  const half = Promise.withResolvers<void>();
  fake.misbehave = ({ url }, response) => {
    if (!url!.includes(descriptor.digest)) return false;
    response.writeHead(200, { 'content-length': blob.length });
    response.write(blob.subarray(0, blob.length / 2), () => half.resolve());
    return true;
  };
  const name = `${fake.host}/team/app:1`;
  const pulling = child(services.root, 'pull', name);
  await half.promise;
  const unfinished = join(services.root, 'downloads', digestHex(descriptor.digest));
  await expect
    .poll(() => statSync(unfinished, { throwIfNoEntry: false })?.size ?? 0, { timeout: 10_000 })
    .toBeGreaterThan(0);
  await kill(pulling);
  const had = statSync(unfinished).size;

  fake.misbehave = () => false;
  const before = fake.seen.length;
  await services.registries.pull(name);
  const again = fake.seen.slice(before).filter(({ url }) => url.includes('/blobs/'));
  expect(again.find(({ url }) => url.includes(descriptor.digest))!.headers.range).toBe(
    `bytes=${had}-${blob.length - 1}`,
  );
  expect((await services.images.get(name)).image.id).toBe((await image).id);
  const { problems } = await services.system.check({ repair: true });
  expect(problems.filter(({ kind }) => kind !== 'leftover')).toEqual([]);
  expect(readdirSync(join(services.root, 'downloads'))).toEqual([]);
});

test('in the middle of a push: nothing has a name, and the next push brings what is missing', async () => {
  const fake = await FakeRegistry.start();
  fake.add(await image);
  const services = await testServices();
  const name = `${fake.host}/team/app:1`;
  await services.registries.pull(name);
  const target = await FakeRegistry.start();
  await services.images.tag(name, `${target.host}/a/b:1`);
  const sending = Promise.withResolvers<void>();
  target.misbehave = ({ method }) => {
    if (method !== 'PATCH') return false;
    sending.resolve();
    return true;
  };
  const pushing = child(services.root, 'push', `${target.host}/a/b:1`);
  await sending.promise;
  await kill(pushing);
  expect(target.manifests.size).toBe(0);
  target.misbehave = () => false;
  await services.registries.push(`${target.host}/a/b:1`);
  expect(target.manifests.get('a/b:1')!.data).toEqual((await image).manifestData);
  for (const { descriptor, blob } of (await image).layers)
    expect(target.blobs.get(descriptor.digest)!.equals(blob)).toBe(true);
});
