// The whole terminal UI on a large image behind a slow link, on virtual time: 128 kbit/s, 150 ms there and back. What
// counts is what a key costs in bytes, and how long the screen goes on moving when a held key is let go.
import { env } from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { composeServices } from '../../src/app/compose.ts';
import { startTui } from '../../src/tui/run.tsx';
import { StackScreen } from '../../src/tui/screens/stack/stack-screen.ts';
import { SlowLink, VirtualClock } from '../../test/support/link.ts';
import { FakeInput } from '../../test/support/screen.ts';
import { type Answer, answer, childArguments } from './answer.ts';

export interface HeldKey {
  /** From the last key until nothing is under way any more, and nothing follows. */
  readonly lagMs: number;
  readonly frames: number;
  readonly bytes: number;
}

export interface LinkAnswer extends Answer {
  readonly rows: number;
  readonly moveBytes: readonly number[];
  /** Of 150 cursor keys, those included that scroll. */
  readonly travelBytes: readonly number[];
  readonly stepBytes: readonly number[];
  readonly idleBytes: number;
  /** Real time from a key to its bytes. */
  readonly moveMs: readonly number[];
  readonly stepMs: readonly number[];
  readonly held: Readonly<Record<'j' | 'pgdn', HeldKey>>;
}

/** 3 s at 30 keys a second. */
const HELD_KEYS = 90;
const REPEAT_MS = 33;
const SETTLE_MS = 1500;
const TRAVEL_KEYS = 150;
const KEYS = { j: 'j', pgdn: '\x1b[6~' } as const;

const { image, root } = childArguments('image', 'root');
const services = await composeServices({ env, root });
const clock = new VirtualClock();
const link = new SlowLink(clock);
const input = new FakeInput();
const session = startTui({
  services,
  input,
  output: link,
  env: { TERM: 'xterm-256color', COLORTERM: 'truecolor' },
  image,
  wallMs: () => Date.UTC(2025, 0, 1),
  clock,
});
link.onAnswer = (text) => input.send(text);

/** React renders between two timers, on real turns of the event loop. */
async function pass(ms: number): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  clock.advance(ms);
}

async function settle(): Promise<void> {
  for (let ms = 0; ms < SETTLE_MS; ms += 20) await pass(20);
}

/** The image is read by real workers: that takes real time. */
async function opened(): Promise<StackScreen> {
  for (;;) {
    await wait(5);
    await pass(20);
    const { screen } = session.app;
    if (screen instanceof StackScreen && screen.phase.kind === 'ready' && screen.layers?.dead) return screen;
    if (screen instanceof StackScreen && screen.phase.kind === 'failed') throw screen.phase.error;
  }
}

/** Every directory open, the files in focus. */
function openEverything({ files }: StackScreen): void {
  const pane = files!;
  for (let row = pane.rows.nodes.length - 1; row >= 0; row--) {
    if (pane.depths[pane.rows.nodes[row]!] !== 0) continue;
    pane.moveTo(row);
    pane.openAllBelow();
  }
}

async function bytesOf(key: string): Promise<number> {
  const before = link.bytesSent;
  input.send(key);
  await settle();
  return link.bytesSent - before;
}

/** Until the frame of the key is written; the link is idle before. */
async function msOf(key: string): Promise<number> {
  const { writes } = link;
  const start = performance.now();
  input.send(key);
  for (let turn = 0; link.writes === writes && turn < 100; turn++) {
    await new Promise(setImmediate);
    clock.advance(1);
  }
  const ms = performance.now() - start;
  await settle();
  return ms;
}

async function hold(key: string): Promise<HeldKey> {
  const { bytesSent, writes } = link;
  let releasedAt = clock.now();
  for (let pressed = 0; pressed < HELD_KEYS; pressed++) {
    input.send(key);
    releasedAt = clock.now();
    await pass(REPEAT_MS);
  }
  let restAt = clock.now();
  for (let ms = 0; ms < 3000; ms++) {
    const sent = link.bytesSent;
    await pass(1);
    if (link.bytesSent !== sent || !link.atRest) restAt = clock.now();
  }
  return { lagMs: restAt - releasedAt, frames: link.writes - writes, bytes: link.bytesSent - bytesSent };
}

async function repeat(
  times: number,
  key: string,
  measure: (key: string) => Promise<number>,
): Promise<number[]> {
  const values: number[] = [];
  for (let turn = 0; turn < times; turn++) values.push(await measure(key));
  return values;
}

const screen = await opened();
for (const key of ['2', 's']) input.send(key);
await settle();
openEverything(screen);
input.send('g');
await settle();
const rows = screen.files!.rows.nodes.length;
const moveBytes = await repeat(20, 'j', bytesOf);
const travelBytes = await repeat(TRAVEL_KEYS, 'j', bytesOf);
const stepBytes = await repeat(5, '[', bytesOf);
const stepMs = [...(await repeat(4, '[', msOf)), ...(await repeat(8, ']', msOf))];
const before = link.bytesSent;
for (let second = 0; second < 600; second++) clock.advance(1000);
await settle();
const idleBytes = link.bytesSent - before;
const moveMs = await repeat(60, 'j', msOf);
const held = { j: await hold(KEYS.j), pgdn: await hold(KEYS.pgdn) };
answer({ rows, moveBytes, travelBytes, stepBytes, idleBytes, moveMs, stepMs, held });
session.quit();
session.abandon(() => {});
await services.close();
process.exit();
