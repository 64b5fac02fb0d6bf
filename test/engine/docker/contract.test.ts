// The engine contract on real engines of other projects, started for it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DockerEngine } from '../../../src/engine/docker/docker-engine.ts';
import { type Daemon, startDocker, startPodman } from '../../support/docker-daemon.ts';
import { busyboxLayer } from '../../support/engine-images.ts';
import { isRoot } from '../../support/image-engines.ts';
import { needTool } from '../../support/tools.ts';
import { type EngineFixture, describeEngineContract } from '../contract.ts';

async function fixtureOf(start: (folder: string) => Promise<Daemon>): Promise<EngineFixture> {
  // Not vitest's folder for the file: the sockets' paths have to be short.
  const folder = mkdtempSync(join(tmpdir(), 'phyllo-d-'));
  const daemon = await start(folder);
  const engine = new DockerEngine(daemon.client());
  return {
    engine,
    close: async () => {
      await engine.close();
      await daemon.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

describeEngineContract('docker on Docker', {
  runs: isRoot && needTool('dockerd', 'busybox'),
  // The engine sets a terminal's size only after the start: see terminal.test.ts.
  lacks: ['terminal'],
  base: busyboxLayer,
  makeFixture: () => fixtureOf(startDocker),
});

describeEngineContract('docker on Podman', {
  runs: isRoot && needTool('podman', 'runc', 'busybox'),
  // The engine sets a terminal's size only after the start: see terminal.test.ts.
  lacks: ['terminal'],
  base: busyboxLayer,
  makeFixture: () => fixtureOf(startPodman),
});
