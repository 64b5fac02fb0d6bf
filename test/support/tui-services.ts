// Real services on a store of their own, made once for a file of tests.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { composeServices } from '../../src/app/compose.ts';
import type { Services } from '../../src/app/services.ts';

export interface Place {
  readonly folder: string;
  readonly services: Services;
}

/** For all tests of a file; `endPlace` belongs into its `afterAll`. */
export async function placeWithSamples(settings?: object): Promise<Place> {
  const place = await makePlace(settings);
  for (const name of ['tour', 'tour-slim']) await place.services.samples.make(name);
  return place;
}

/** An empty store, or with `like` a copy of another one, for one test. */
export async function freshPlace({
  like,
  settings,
}: { like?: Place; settings?: object } = {}): Promise<Place> {
  const place = await makePlace(settings, like);
  onTestFinished(() => endPlace(place));
  return place;
}

/** The same store as another process has it. */
export async function servicesAgain(place: Place): Promise<Services> {
  const services = await composeServices({ env: environment(place.folder) });
  onTestFinished(() => services.close());
  return services;
}

async function makePlace(settings: object | undefined, like?: Place): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'phyllo-tui-'));
  if (like) cpSync(join(like.folder, 'store'), join(folder, 'store'), { recursive: true });
  if (settings) writeFileSync(join(folder, 'config.json'), JSON.stringify(settings));
  return { folder, services: await composeServices({ env: environment(folder) }) };
}

function environment(folder: string): Record<string, string> {
  return { PHYLLO_ROOT: join(folder, 'store'), PHYLLO_CONFIG: join(folder, 'config.json'), HOME: folder };
}

export async function endPlace({ folder, services }: Place): Promise<void> {
  await services.close();
  rmSync(folder, { recursive: true, force: true });
}
