// How soon a write shows in the live tree of a large R/W layer, and what watching it costs while nothing happens.
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cpuUsage } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { UpperWatch } from '../../src/snapshot/upper-watch.ts';
import { type Answer, answer, childArguments } from './answer.ts';

export interface LiveAnswer extends Answer {
  readonly files: number;
  readonly firstMs: number;
  readonly writeMs: readonly number[];
  /** Of the processor, in `idleSeconds`. */
  readonly idleMs: number;
  readonly idleSeconds: number;
}

const FOLDERS = 500;
const FILES_EACH = 100;
/** Longer than watching waits between two tellings and looks after files that were written to. */
const QUIET_MS = 1500;
const IDLE_SECONDS = 10;
const { folder, rounds } = childArguments('folder', 'rounds');

for (let at = 0; at < FOLDERS; at++) {
  mkdirSync(join(folder, `d${at}`));
  for (let file = 0; file < FILES_EACH; file++) writeFileSync(join(folder, `d${at}`, `f${file}`), 'x');
}
const stop = new AbortController();
const layers = new UpperWatch(folder).layers(stop.signal);
const begun = performance.now();
await layers.next();
const firstMs = performance.now() - begun;
const writeMs: number[] = [];
for (let round = 0; round < Number(rounds); round++) {
  const next = layers.next();
  await sleep(QUIET_MS);
  const start = performance.now();
  appendFileSync(join(folder, `d${round}`, 'f0'), 'more');
  await next;
  writeMs.push(performance.now() - start);
}
const last = layers.next();
await sleep(QUIET_MS);
const before = cpuUsage();
await sleep(IDLE_SECONDS * 1000);
const { user, system } = cpuUsage(before);
stop.abort();
await last;
answer({
  files: FOLDERS * FILES_EACH,
  firstMs,
  writeMs,
  idleMs: (user + system) / 1000,
  idleSeconds: IDLE_SECONDS,
});
