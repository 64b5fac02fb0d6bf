// Clients of the linux engine that are killed in the middle of what they do.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { describe, expect, test } from 'vitest';
import { createFor, find, shell, specOf, until } from '../../support/engine-runs.ts';
import { canRun, isRoot, linuxFixture, withBusybox } from '../../support/linux-engines.ts';
import { agentOf, leftovers, processesOf, untilNothingIsLeft } from '../../support/linux-leftovers.ts';
import { clientOf } from '../../support/linux-starter.ts';

const FOREVER = 'while :; do sleep 0.1; done';

describe.runIf(canRun('crun') && isRoot())('clients that are killed', { timeout: 60_000 }, () => {
  const { fixture, engine, image, folderOf } = withBusybox();

  test('a client is killed while it makes containers: nothing unfinished is left', async () => {
    const store = await linuxFixture('crun');
    const images = mkdtempSync(join(tmpdir(), 'phyllo-image-'));
    try {
      for (const made of [0, 1, 3]) {
        const client = clientOf(store.root, 'crun', makeMany(images));
        const maker = spawn(execPath, ['--input-type=module', '-e', client], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        let told = '';
        maker.stdout.on('data', (text: Buffer) => (told += text.toString()));
        try {
          await until('it has made some', () => told.includes(`${made}\n`));
        } finally {
          maker.kill('SIGKILL');
          await once(maker, 'exit');
        }
      }
      const next = store.another();
      const all = await next.list();
      const id = await next.create(specOf(image(), shell('exit 0')));
      await next.close();
      expect(all.map(({ status }) => status)).toEqual(all.map(() => 'created'));
      expect(namesIn(store.root, 'containers').toSorted()).toEqual(
        [...all.map((one) => one.id), id].toSorted(),
      );
      expect(readdirSync(join(store.root, 'layers', 'tmp'))).toEqual([]);
    } finally {
      await store.close();
      rmSync(images, { recursive: true, force: true });
    }
  });

  test('a client is killed while it starts a container: that runs, or nothing of it is there', async () => {
    const id = await createFor(engine(), image(), shell(FOREVER));
    const start = `engine.start(${JSON.stringify(id)});`;
    const client = spawn(execPath, ['--input-type=module', '-e', clientOf(fixture().root, 'crun', start)], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await until(
      'an agent is there',
      () => processesOf(id).some((line) => /agent\.[jt]s/.test(line)) || holds(id),
    );
    client.kill('SIGKILL');
    await once(client, 'exit');
    await until('it is settled', async () => {
      return (await find(engine(), id))?.status === 'running' || leftovers(id).length === 0;
    });
    await engine().remove(id, { force: true });
    await untilNothingIsLeft(id);
    expect(existsSync(folderOf(id))).toBe(false);
  });

  test('a client is killed that had an agent ready: that ends', async () => {
    const ahead = `engine.expectStart('container'); console.log('ready'); setInterval(() => undefined, 1000);`;
    const client = spawn(execPath, ['--input-type=module', '-e', clientOf(fixture().root, 'crun', ahead)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(client.stdout, 'data');
    const children = childrenOf(client.pid!);
    expect(children.length).toBeGreaterThan(0);
    client.kill('SIGKILL');
    await once(client, 'exit');
    await until('it is gone', () => children.every((pid) => !existsSync(`/proc/${pid}`)));
  });
});

/** A few of a small image, one after another, counting them. */
function makeMany(folder: string): string {
  const support = (name: string): string =>
    JSON.stringify(new URL(`../../support/${name}`, import.meta.url).href);
  return `
    const { busyboxLayer, runImageOf } = await import(${support('engine-images.ts')});
    const { specOf } = await import(${support('engine-runs.ts')});
    const image = await runImageOf(${JSON.stringify(folder)}, [await busyboxLayer()]);
    for (let count = 0; count < 4; count++) {
      console.log(String(count));
      await engine.create(specOf(image, { command: ['true'] }));
    }
    setInterval(() => undefined, 1000);
  `;
}

function namesIn(root: string, folder: string): string[] {
  return readdirSync(join(root, folder)).filter((name) => !name.endsWith('lock') && name !== '.changed');
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
  return text.split(' ').filter(Boolean).map(Number);
}

function holds(id: string): boolean {
  try {
    return agentOf(id) > 0;
  } catch {
    return false;
  }
}
