// The linux engine over a store of its own, for each way in which it can run a container.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { tmpdir } from 'node:os';
import { env, geteuid } from 'node:process';
import { afterAll, beforeAll } from 'vitest';
import type { RunImage } from '../../src/engine/engine.ts';
import type { RuntimeChoice } from '../../src/engine/linux/agent-runtime.ts';
import type { LinuxAbilities } from '../../src/engine/linux/linux-abilities.ts';
import { LinuxEngine } from '../../src/engine/linux/linux-engine.ts';
import { busyboxLayer, runImageOf } from './engine-images.ts';
import { needTool } from './tools.ts';

const PATHS = `${env['PATH'] ?? ''}:/usr/sbin:/sbin`;

export interface LinuxFixture {
  readonly root: string;
  readonly engine: LinuxEngine;
  /** Another one over the same store, as another process would have it. */
  another(): LinuxEngine;
  close(): Promise<void>;
}

/** As root, or as a user who has other users to act as (newuidmap, /etc/subuid). */
export function canRun(kind: RuntimeChoice['kind']): boolean {
  const tools = kind === 'util-linux' ? ['setpriv', 'nsenter'] : [kind];
  const rootless = geteuid?.() === 0 ? [] : ['newuidmap', 'newgidmap'];
  return needTool('unshare', 'flock', ...tools, ...rootless);
}

/** For what only root can do or see: the agents' descriptors, another user's processes. */
export function isRoot(): boolean {
  if (geteuid?.() === 0) return true;
  console.warn('SKIPPED: these tests of the linux engine need root');
  return false;
}

export function runtimeChoice(kind: RuntimeChoice['kind']): RuntimeChoice {
  return kind === 'util-linux' ? { kind } : { kind, program: programPath(kind) };
}

function programPath(name: string): string {
  const found = PATHS.split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${name} is not installed`);
  return found;
}

export async function linuxFixture(
  kind: RuntimeChoice['kind'],
  more: Partial<LinuxAbilities> = {},
): Promise<LinuxFixture> {
  const root = await mkdtemp(join(tmpdir(), 'phyllo-linux-'));
  const idMap = geteuid?.() === 0 ? 'root' : 'subordinate';
  // As the probe has it for a crun that does not read terminals to their end.
  const terminals = kind === 'crun' && canRun('runc') ? { terminalRuntime: runtimeChoice('runc') } : {};
  const runtime = runtimeChoice(kind);
  const abilities: LinuxAbilities = { idMap, runtime, outbound: [], ...terminals, ...more };
  const engines: LinuxEngine[] = [];
  const another = (): LinuxEngine => {
    const engine = new LinuxEngine(root, abilities);
    engines.push(engine);
    return engine;
  };
  return {
    root,
    engine: another(),
    another,
    async close() {
      const [engine] = engines;
      for (const { id } of await engine!.list()) await engine!.remove(id, { force: true, volumes: true });
      await Promise.all(engines.map((each) => each.close()));
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** The linux engine with crun and an image of busybox, for all tests of a group: call it within that group. */
export function withBusybox(): {
  readonly fixture: () => LinuxFixture;
  readonly engine: () => LinuxFixture['engine'];
  readonly image: () => RunImage;
  readonly folderOf: (id: string) => string;
} {
  let fixture: LinuxFixture | undefined;
  let image: RunImage | undefined;
  let folder: string | undefined;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'phyllo-image-'));
    image = await runImageOf(folder, [await busyboxLayer()], { config: { Env: ['PATH=/bin'] } });
    fixture = await linuxFixture('crun');
  }, 60_000);
  afterAll(async () => {
    await fixture?.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });
  return {
    fixture: () => fixture!,
    engine: () => fixture!.engine,
    image: () => image!,
    folderOf: (id) => join(fixture!.root, 'containers', id),
  };
}
