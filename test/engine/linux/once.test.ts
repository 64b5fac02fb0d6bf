// Containers that are run for the layer that they make.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import type { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { OneRun } from '../../../src/engine/engine.ts';
import { launchAgent } from '../../../src/engine/linux/launch.ts';
import { LinuxEngine } from '../../../src/engine/linux/linux-engine.ts';
import { TestIo, find, shell, specOf, until } from '../../support/engine-runs.ts';
import { canRun, isRoot, runtimeChoice, withBusybox } from '../../support/linux-engines.ts';
import { processesOf, untilNothingIsLeft } from '../../support/linux-leftovers.ts';
import { clientOf } from '../../support/linux-starter.ts';

describe.runIf(canRun('crun') && isRoot())('a container that is run once', { timeout: 60_000 }, () => {
  const { fixture, engine, image, folderOf } = withBusybox();
  const containers = (): string[] =>
    readdirSync(join(fixture().root, 'containers')).filter((name) => /[0-9a-f]{64}/.test(name));
  const run = async (script: string, signal?: AbortSignal): Promise<{ run: OneRun; io: TestIo }> => {
    const io = new TestIo();
    const options = signal === undefined ? {} : { signal };
    return { run: await engine().runOnce(specOf(image(), shell(script)), io, options), io };
  };

  test('gives its output, its exit code and its layer, and is gone when it is let go', async () => {
    const { run: ran, io } = await run('echo said; echo kept > /kept; exit 3');
    expect({ exitCode: ran.exitCode, stdout: io.stdoutText }).toEqual({ exitCode: 3, stdout: 'said\n' });
    expect(await namesIn(ran.layer())).toEqual(['kept']);
    expect(existsSync(folderOf(ran.id))).toBe(true);
    await ran.letGo();
    expect(existsSync(folderOf(ran.id))).toBe(false);
    expect(await find(engine(), ran.id)).toBeUndefined();
    await untilNothingIsLeft(ran.id);
  });

  test('that cannot be started says why and leaves nothing', async () => {
    const spec = specOf(image(), { command: ['/no/such/program'] });
    await expect(engine().runOnce(spec, new TestIo(), {})).rejects.toMatchObject({ code: 'not-found' });
    expect(containers()).toEqual([]);
    expect(await engine().list()).toEqual([]);
  });

  test('that no agent takes leaves nothing', async () => {
    const dead = launchAgent('run', 'root');
    dead.channel.destroy();
    await dead.ended;
    const withDead = new LinuxEngine(
      fixture().root,
      { idMap: 'root', runtime: runtimeChoice('crun'), outbound: [] },
      dead,
    );
    const running = withDead.runOnce(specOf(image(), shell('true')), new TestIo(), {});
    await expect(running).rejects.toMatchObject({ code: 'engine-unavailable' });
    expect(containers()).toEqual([]);
    await withDead.close();
  });

  test('that is cancelled ends at once', async () => {
    const stopping = new AbortController();
    const started = Promise.withResolvers<string>();
    const io = new TestIo();
    const options = { signal: stopping.signal, onStart: (id: string) => started.resolve(id) };
    const running = engine().runOnce(specOf(image(), shell('while :; do sleep 0.1; done')), io, options);
    running.catch(() => undefined);
    const id = await started.promise;
    stopping.abort();
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    await untilNothingIsLeft(id);
    expect(existsSync(folderOf(id))).toBe(false);
  });

  test.each(['while :; do sleep 0.1; done', 'true'])(
    'does not outlive whoever started it (%s)',
    async (script) => {
      const images = mkdtempSync(join(tmpdir(), 'phyllo-image-'));
      onTestFinished(() => rmSync(images, { recursive: true, force: true }));
      const client = spawn(
        execPath,
        ['--input-type=module', '-e', clientOf(fixture().root, 'crun', runIt(images, script))],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      let told = '';
      client.stdout.on('data', (text: Buffer) => (told += text.toString()));
      await until('it runs', () => told.includes('\n'));
      const id = told.trim();
      expect(processesOf(id)).not.toEqual([]);
      client.kill('SIGKILL');
      await once(client, 'exit');
      await untilNothingIsLeft(id);
      await until('its folder is gone', () => !existsSync(folderOf(id)));
    },
  );
});

async function namesIn(layer: Readable): Promise<string[]> {
  const names: string[] = [];
  const reader = extract();
  layer.pipe(reader);
  for await (const entry of reader) {
    names.push(entry.header.name);
    entry.resume();
  }
  return names;
}

/** A module's text: runs the script and tells its ID when the process has started. */
function runIt(images: string, script: string): string {
  const support = (name: string): string => new URL(`../../support/${name}.ts`, import.meta.url).href;
  return `
    const { runImageOf, busyboxLayer } = await import(${JSON.stringify(support('engine-images'))});
    const { specOf, shell, TestIo } = await import(${JSON.stringify(support('engine-runs'))});
    const image = await runImageOf(${JSON.stringify(images)}, [await busyboxLayer()], { config: { Env: ['PATH=/bin'] } });
    const onStart = (id) => console.log(id);
    const run = await engine.runOnce(specOf(image, shell(${JSON.stringify(script)})), new TestIo(), { onStart });
    setInterval(() => run, 1000);
  `;
}
