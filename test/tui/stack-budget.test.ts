// What the real stack screen writes for a hundred thousand files: bytes are the same in every run.
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Services } from '../../src/app/services.ts';
import { type EntrySpec, type LayerSpec, layer } from '../support/layers.ts';
import { SlowLink, VirtualClock } from '../support/link.ts';
import { TestScreen } from '../support/screen.ts';
import { memoryServices } from '../support/tui-explored.ts';
import { StillUi } from '../support/tui-still.ts';

const FILES = 100_000;

function manyFiles(): LayerSpec {
  const spec: Record<string, EntrySpec> = { 'usr/': {} };
  for (let file = 0; file < FILES; file++) {
    const folder = `usr/library-${Math.floor(file / 100)}`;
    if (file % 100 === 0) spec[`${folder}/`] = {};
    spec[`${folder}/file-${file}.so`] = {
      sizeBytes: (file * 7919) % 1_000_000,
      mode: file % 3 === 0 ? 0o755 : 0o644,
    };
  }
  return spec;
}

let services: Services;
beforeAll(() => {
  const layers = [
    manyFiles(),
    { 'usr/library-3/file-301.so': 'changed', 'usr/library-3/new': 'x' },
    { 'etc/': {}, 'etc/one': '1', 'etc/two': '2' },
    { 'usr/library-900/.wh.file-90001.so': '', 'usr/library-0/file-1.so': { sizeBytes: 3, mode: 0o600 } },
  ];
  services = memoryServices({ layers: layers.map(layer) });
});

/** 120x40, all directories open, the cursor in the file pane. */
async function openAll(): Promise<StillUi<TestScreen>> {
  const ui = new StillUi(services, new TestScreen(120, 40));
  onTestFinished(() => ui.close());
  await ui.pass(300, 10);
  for (const key of ['[', '[', 's', '2', 'g', '=']) await ui.send(key);
  await ui.output.settled();
  expect(ui.output.lines().join('\n')).toContain('1 of 101,002');
  ui.output.resetCount();
  return ui;
}

describe('bytes on 120x40 with 100,000 open rows', () => {
  test('moving the cursor costs at most 300 bytes, in one write', async () => {
    const ui = await openAll();
    await ui.send('j');
    ui.output.resetCount();
    await ui.send('j');
    expect(ui.output.writes).toHaveLength(1);
    expect(ui.output.bytes).toBeLessThanOrEqual(300);
  });

  test('150 moves down, the scrolling among them, cost at most 400 bytes each', async () => {
    const ui = await openAll();
    for (let key = 0; key < 150; key++) await ui.send('j', 40);
    expect(ui.output.lines().join('\n')).toContain('151 of 101,002');
    expect(ui.output.bytes / 150).toBeLessThanOrEqual(400);
  });

  test('ten keys in one chunk are ten keys and one frame', async () => {
    const ui = await openAll();
    await ui.send('jjjjjjjjjj');
    await ui.output.settled();
    expect(ui.output.writes).toHaveLength(1);
    expect(ui.output.lines().join('\n')).toContain('11 of 101,002');
  });

  test('idle costs nothing', async () => {
    const ui = await openAll();
    await ui.pass(600_000, 10_000);
    expect(ui.output.bytes).toBe(0);
    expect(ui.clock.pendingTimers).toBe(0);
  });

  test('a step to another layer writes only what is different', async () => {
    const ui = await openAll();
    const before = ui.output.lines();
    await ui.send(']');
    await ui.output.settled();
    const after = ui.output.lines();
    const different = after.filter((line, row) => line !== before[row]).length;
    expect(different).toBeLessThan(20);
    expect(ui.output.bytes).toBeLessThanOrEqual(150 * different);
  });

  test('a key that changes nothing writes nothing', async () => {
    const ui = await openAll();
    await ui.send('k');
    expect(ui.output.bytes).toBe(0);
  });
});

interface Held {
  /** From the last key until nothing is on its way and nothing follows. */
  readonly lagMs: number;
  readonly bytes: number;
  readonly frames: number;
}

/** A key held for 3 s, 30 times a second, over 128 kbit/s with 150 ms round trip. */
async function hold(keys: string): Promise<Held> {
  const clock = new VirtualClock();
  const link = new SlowLink(clock);
  const ui = new StillUi(services, link, clock);
  onTestFinished(() => ui.close());
  await ui.pass(1500, 10);
  for (const bytes of ['[', '[', 's', '2', 'g', '=']) await ui.send(bytes, 600);
  await ui.pass(1500, 10);
  const { bytesSent, writes } = link;
  let releasedAt = 0;
  for (let pressed = 0; pressed < 90; pressed++) {
    ui.input.send(keys[pressed % keys.length]!);
    releasedAt = clock.now();
    await ui.pass(33, 11);
  }
  let restAt = clock.now();
  for (let ms = 0; ms < 1500; ms++) {
    const sent = link.bytesSent;
    await ui.pass(1, 1);
    if (link.bytesSent !== sent || !link.atRest) restAt = clock.now();
  }
  return { lagMs: restAt - releasedAt, bytes: link.bytesSent - bytesSent, frames: link.writes - writes };
}

describe('a key held for 3 s over 128 kbit/s with 150 ms round trip', () => {
  test.each([
    ['down', 'j'],
    ['layers up and down', ']['],
  ])('%s: the screen is at rest within 0.2 s', async (_, keys) => {
    const held = await hold(keys);
    expect(held.lagMs).toBeLessThanOrEqual(200);
    expect(held.frames).toBeGreaterThan(45);
  });
});
