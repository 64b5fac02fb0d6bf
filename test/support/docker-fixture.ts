// An engine of ours on a daemon that is started for it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DockerEngine } from '../../src/engine/docker/docker-engine.ts';
import type { EngineFixture } from '../engine/contract.ts';
import type { Daemon } from './docker-daemon.ts';

export async function fixtureOf(start: (folder: string) => Promise<Daemon>): Promise<EngineFixture> {
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
