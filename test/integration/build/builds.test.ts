// What phyllo builds against what BuildKit builds from the same Dockerfile and context: config, history, and the files
// after every layer.
import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { isRoot } from '../../support/image-engines.ts';
import { needTool } from '../../support/tools.ts';
import { writeBaseImages } from './base-images.ts';
import type { BuildCase } from './build-case.ts';
import { type Builder, type Outcome, startBuildKit, startPhyllo } from './builders.ts';
import { writeContext } from './context-folder.ts';
import { CORPUS } from './corpus.ts';
import { type ImageShape, shapeOf, shapeOfBuildKit } from './image-shape.ts';

const canBuild = needTool('dockerd', 'docker') && isRoot;
const MEMORY = '/dev/shm';
const WANTED_BYTES = 1024 ** 3;

let home: string;
let buildKit: Builder | undefined;
let phyllo: Builder;
let count = 0;

beforeAll(async () => {
  if (!canBuild) return;
  // A third of what dockerd and its client cost is the collecting of garbage.
  vi.stubEnv('GOGC', '400');
  home = mkdtempSync(join(roomyFolder(), 'phyllo-builds-'));
  const archive = await writeBaseImages(join(home, 'base.tar'));
  phyllo = startPhyllo(join(home, 'phyllo'));
  buildKit = await startBuildKit(join(home, 'buildkit'));
  await Promise.all([buildKit?.load(archive), phyllo.load(archive)]);
});

afterAll(async () => {
  if (!canBuild) return;
  vi.unstubAllEnvs();
  await buildKit?.stop();
  await phyllo.stop();
  rmSync(home, { recursive: true, force: true });
});

/** In memory where there is enough of it: dockerd waits for its disk again and again. */
function roomyFolder(): string {
  if (!existsSync(MEMORY)) return tmpdir();
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize >= WANTED_BYTES ? MEMORY : tmpdir();
}

type Seen = ImageShape | 'refused';

/** By both, at the same time. */
async function build(built: BuildCase, oracle: Builder): Promise<Record<'theirs' | 'ours', Seen>> {
  const context = join(home, `context-${count}`);
  const tag = `case:${count++}`;
  writeContext(context, built);
  const [theirs, ours] = await Promise.all([
    oracle.build(built, context, tag),
    phyllo.build(built, context, tag),
  ]);
  if (built.fails && 'image' in theirs) throw new Error('BuildKit does not refuse it');
  return {
    theirs: await seen(theirs, built, (image) => shapeOfBuildKit(image, built)),
    ours: await seen(ours, built, shapeOf),
  };
}

async function seen(
  outcome: Outcome,
  { fails }: BuildCase,
  shape: (image: Extract<Outcome, { image: unknown }>['image']) => Promise<ImageShape>,
): Promise<Seen> {
  if ('image' in outcome) return await shape(outcome.image);
  if (fails) return 'refused';
  throw new Error(outcome.refusal);
}

/** Everywhere else a part of them: a minute is long for whoever only wants to know whether all is well. */
const STEP = env['PHYLLO_TEST_WHOLE'] === undefined ? 4 : 1;

describe.runIf(canBuild).each(CORPUS.map(({ group, cases }) => [group, cases] as const))('%s', (_, cases) => {
  const some = cases.filter((_case, at) => at % STEP === 0);
  test.concurrent.for(some)('$name', async (built, { skip }) => {
    if (buildKit === undefined) return skip('dockerd does not start here');
    const { theirs, ours } = await build(built, buildKit);
    expect(ours).toEqual(theirs);
  });
});

test('the corpus is as large as it should be, and no name is there twice', () => {
  const names = CORPUS.flatMap(({ group, cases }) => cases.map(({ name }) => `${group}: ${name}`));
  expect(names.length).toBeGreaterThanOrEqual(150);
  expect(new Set(names).size).toBe(names.length);
});
