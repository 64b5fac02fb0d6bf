// Whatever happens to an upperdir, what was read bit by bit is what reading it anew gives.
import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LiveLayer } from '../../src/snapshot/live-layer.ts';
import { readUpper } from '../../src/snapshot/upper.ts';
import { UpperWatch } from '../../src/snapshot/upper-watch.ts';
import { Overlay, canMount, treeLines } from './live-overlay.ts';

let overlay: Overlay;
beforeEach(() => {
  overlay = new Overlay();
});
afterEach(() => overlay.remove());

/** Small numbers that look random, the same for the same seed. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    yield (state >>> 8) & 0xffff;
  }
}

function attempt(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}

/** Things that programs do, at paths of a small tree so that they meet. */
function doSomething(root: string, next: () => number): void {
  const path = (): string => {
    const names = Array.from({ length: 1 + (next() % 3) }, () => 'abcd'[next() % 4]!);
    return join(root, ...names);
  };
  const actions = [
    () => fs.mkdirSync(path()),
    () => fs.mkdirSync(path(), { recursive: true }),
    () => fs.writeFileSync(path(), 'x'.repeat(next() % 20)),
    () => fs.appendFileSync(path(), 'more'),
    () => fs.renameSync(path(), path()),
    () => fs.rmSync(path(), { recursive: true }),
    () => fs.unlinkSync(path()),
    () => fs.linkSync(path(), path()),
    () => fs.symlinkSync('a/b', path()),
    () => fs.chmodSync(path(), 0o700 | (next() & 0o77)),
    () => fs.truncateSync(path(), next() % 9),
  ];
  attempt(actions[next() % actions.length]!);
}

function facts(live: LiveLayer): string[] {
  const { tree } = live;
  const lines = treeLines(live);
  return lines.map((line, index) => {
    const node = index + 1;
    return [
      line,
      tree.mode[node]!.toString(8),
      tree.sizeBytes[node],
      `${tree.mtimeSeconds[node]}.${tree.mtimeNanos[node]}`,
      live.changedBytes.get(node) ?? '',
      Buffer.from(live.movedFrom.get(node) ?? []).toString(),
    ].join(' ');
  });
}

test.each([1, 2, 3, 29, 56])('what happens to the directory itself (%s)', async (seed) => {
  const root = overlay.upper;
  const lowers = [overlay.folder('lower')];
  const random = numbers(seed);
  const next = (): number => random.next().value;
  for (const lower of lowers) for (let index = 0; index < 60; index++) doSomething(lower, next);
  const stop = new AbortController();
  const layers = new UpperWatch(overlay.upper, { lowers }).layers(stop.signal);
  let last: LiveLayer | undefined;
  const reading = (async () => {
    for await (const live of layers) last = live;
  })();
  for (let round = 0; round < 12; round++) {
    for (let index = 0; index < 40; index++) doSomething(root, next);
    if (round % 3 === 0) await new Promise((resolve) => setTimeout(resolve, next() % 30));
  }
  const whole = facts(await readUpper(overlay.upper, { lowers }));
  expect(whole.length).toBeGreaterThan(3);
  await expect.poll(() => facts(last!), { timeout: 10_000 }).toEqual(whole);
  stop.abort();
  await reading;
});

test.runIf(canMount)('an overlay has no other surprises', async () => {
  overlay
    .layer('mkdir -p a/b c/d; echo 1 >a/b/c; echo 2 >c/d/a; echo 3 >d; ln d b')
    .upperLayer('rm -r c; mkdir c; echo x >c/a');
  const stop = new AbortController();
  let last: LiveLayer | undefined;
  const reading = (async () => {
    for await (const live of new UpperWatch(overlay.upper, { lowers: overlay.lowers }).layers(stop.signal))
      last = live;
  })();
  const scripts = [
    'rm -r a; mkdir a; echo n >a/n',
    'mv c e; echo more >>d; ln d f',
    'rm -r e a; mkdir -p a/b; echo back >a/b/c',
    'chmod 700 a/b; rm b; mkdir b; mv a/b/c b/c; mv d a/b/d',
    'rm -r *',
    'mkdir -p a/b c; echo 1 >a/b/c; cp a/b/c c/a',
  ];
  for (const script of scripts) {
    overlay.inside(script);
    const whole = facts(await readUpper(overlay.upper, { lowers: overlay.lowers }));
    await expect.poll(() => facts(last!), { timeout: 10_000 }).toEqual(whole);
  }
  stop.abort();
  await reading;
});
