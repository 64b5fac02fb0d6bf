// What is the virtual engine's own: it refuses what it cannot do, and a container ends with the program that holds it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kill } from 'node:process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunImage } from '../../../src/engine/engine.ts';
import { jsonOf } from '../../../src/engine/frame-connection.ts';
import { startHost } from '../../../src/engine/virtual/host-client.ts';
import { VirtualEngine } from '../../../src/engine/virtual/virtual-engine.ts';
import { virtualStatus } from '../../../src/engine/virtual/virtual-status.ts';
import { runImageOf } from '../../support/engine-images.ts';
import { find, shell, specOf, startFor, until } from '../../support/engine-runs.ts';
import { buildLayer } from '../../support/image-build.ts';
import { SMALL } from '../../support/virtual-shell.ts';

const root = mkdtempSync(join(tmpdir(), 'phyllo-virtual-own-'));
const makeEngine = (): VirtualEngine =>
  new VirtualEngine({ containers: join(root, 'containers'), inflated: join(root, 'inflated') });
let image: RunImage | undefined;
beforeAll(async () => {
  image = await runImageOf(root, [await buildLayer(SMALL)], { config: {} });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('a container whose program was killed has exited, and its files are as they were', async () => {
  const engine = makeEngine();
  const id = await startFor(engine, image!, shell('echo kept > /data/two; while :; do sleep 0.1; done'));
  const file = Buffer.from('/data/two');
  await until('the file was written', async () => (await engine.stat(id, file)).sizeBytes === 5);
  kill((await find(engine, id))!.pid, 'SIGKILL');
  const other = makeEngine();
  await until('it has exited', async () => (await find(other, id))?.status === 'exited');
  expect(await find(other, id)).toMatchObject({ exitCode: 137, pid: 0 });
  expect(await other.stat(id, file)).toMatchObject({ type: 'file', sizeBytes: 5 });
}, 60_000);

test('the program of a container whose folder was removed ends', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'phyllo-virtual-gone-'));
  const engine = new VirtualEngine({ containers: join(folder, 'c'), inflated: join(folder, 'i') });
  const id = await startFor(engine, image!, shell('while :; do sleep 1; done'));
  const { pid } = (await find(engine, id))!;
  rmSync(folder, { recursive: true, force: true });
  await until('it ended', () => {
    try {
      return !kill(pid, 0);
    } catch {
      return true;
    }
  });
  expect(() => kill(pid, 0)).toThrow('ESRCH');
}, 60_000);

test('whoever reads late still gets the answer, what was said and how it ended, in this order', async () => {
  const engine = makeEngine();
  const id = await engine.create(specOf(image!, shell('echo kept; exit 3')));
  const connection = await startHost(join(root, 'containers', id));
  await connection.sendJson({ do: 'start', tied: true });
  await until('it has exited', async () => (await find(engine, id))?.exitCode === 3);
  // Long enough for a program that does not wait for its reader to be gone.
  await sleep(500);
  await connection.send('end');
  const met: unknown[] = [];
  for await (const frame of connection.frames()) {
    met.push(frame.type === 'json' ? jsonOf(frame) : Buffer.from(frame.payload).toString());
  }
  expect(met).toEqual([{ done: true }, 'kept\n', { exited: 3 }]);
}, 60_000);

test('ports and mounts are refused before anything is made', async () => {
  const engine = makeEngine();
  const spec = specOf(image!, shell('exit 0'));
  const ports = [{ hostIp: '', hostPort: 1, containerPort: 1, protocol: 'tcp' as const }];
  const mounts = [{ type: 'bind' as const, source: '/', target: '/host', readOnly: true }];
  await expect(engine.create({ ...spec, ports })).rejects.toMatchObject({ code: 'unsupported' });
  await expect(engine.create({ ...spec, mounts })).rejects.toMatchObject({ code: 'unsupported' });
});

test('it says that it simulates', () => {
  expect(virtualStatus()).toMatchObject({ name: 'virtual', works: true });
  expect(virtualStatus().summary).toContain('simulates');
});
