// Terminals on a real Docker engine. It sets a terminal's size only once the container runs, so programs that ask at once
// may see none; everything else of a terminal holds.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DockerEngine } from '../../../src/engine/docker/docker-engine.ts';
import { dockerStatus } from '../../../src/engine/docker/status.ts';
import type { RunImage } from '../../../src/engine/engine.ts';
import { type Daemon, startDocker } from '../../support/docker-daemon.ts';
import { busyboxLayer, runImageOf } from '../../support/engine-images.ts';
import { TestIo, createFor, shell, specOf, until } from '../../support/engine-runs.ts';
import { isRoot } from '../../support/image-engines.ts';
import { needTool } from '../../support/tools.ts';

describe.runIf(isRoot && needTool('dockerd', 'busybox'))('on a Docker engine', { timeout: 60_000 }, () => {
  let folder: string;
  let daemon: Daemon;
  let engine: DockerEngine;
  let image: RunImage;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'phyllo-t-'));
    daemon = await startDocker(folder);
    engine = new DockerEngine(daemon.client());
    image = await runImageOf(join(folder, 'image'), [await busyboxLayer()]);
  }, 120_000);
  afterAll(async () => {
    await engine.close();
    await daemon.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('what is typed after a change of size comes after it', async () => {
    const script = 'echo ready; read line; stty size; echo wrong >&2; test -t 0 && echo "terminal $TERM"';
    const id = await createFor(engine, image, { ...shell(script), tty: true, stdin: true });
    const io = new TestIo();
    const session = await engine.startAttached(id, io);
    await until('it runs', () => io.stdoutText.includes('ready'));
    session.resize({ columns: 120, rows: 50 });
    io.stdin.write('go\r');
    expect(await session.ended).toEqual({ kind: 'exited', exitCode: 0 });
    expect(io.stdoutText).toContain('50 120\r\nwrong\r\nterminal xterm\r\n');
    expect(io.stderrText).toBe('');
  });

  test('leaving a terminal leaves the process alone', async () => {
    const id = await createFor(engine, image, { ...shell('read line; exit 3'), tty: true, stdin: true });
    const session = await engine.startAttached(id, new TestIo());
    session.detach();
    expect(await session.ended).toEqual({ kind: 'detached' });
    const io = new TestIo();
    const again = await engine.attach(id, io);
    io.stdin.write('go\r');
    expect(await again.ended).toEqual({ kind: 'exited', exitCode: 3 });
  });

  test('ports are not published without a network, and the engine is told to have none', async () => {
    const port = { hostIp: '', hostPort: undefined, containerPort: 80, protocol: 'tcp' } as const;
    const spec = { ...specOf(image, { ...shell('exit 0'), network: 'private' }), ports: [port] };
    await expect(engine.create(spec)).rejects.toMatchObject({ code: 'unsupported' });
    const status = await dockerStatus({ env: { DOCKER_HOST: `unix://${daemon.socket}` } });
    expect(status).toMatchObject({ name: 'docker', works: true });
    expect(status.summary).toMatch(/^Docker \d+\.\S* at unix:\/\//);
    expect(status.missing.join()).toContain('bridge');
  });
});
