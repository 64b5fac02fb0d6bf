// A key held for three seconds over 128 kbit/s with 150 ms round trip, on virtual time.
import { render } from 'ink';
import { describe, expect, test } from 'vitest';
import { Terminal } from '../../../src/tui/terminal/session.ts';
import { SlowLink, VirtualClock, type LinkOptions } from '../../support/link.ts';
import { FakeInput } from '../../support/screen.ts';
import { ListApp, ListStore } from './list-app.tsx';

const HEIGHT = 38;
/** 3 s at 30 keys a second. */
const KEYS = 90;
const REPEAT_MS = 33;

interface Held {
  /** From the last key until nothing is under way any more, and nothing follows. */
  readonly lagMs: number;
  readonly maxBacklogBytes: number;
  readonly bytes: number;
  readonly frames: number;
  readonly cursor: number;
}

async function hold(key: string, options: LinkOptions & { lines?: boolean } = {}): Promise<Held> {
  const clock = new VirtualClock();
  const link = new SlowLink(clock, options);
  const input = new FakeInput();
  const store = new ListStore();
  const terminal = new Terminal({
    input,
    output: link,
    depth: 'truecolor',
    clock,
    onLost: () => {},
    onKeys: (keys) => store.press(keys, HEIGHT, options.lines),
  });
  link.onAnswer = (text) => input.send(text);
  terminal.start();
  const app = render(<ListApp store={store} />, terminal.inkOptions);
  const pass = async (ms: number): Promise<void> => {
    // React renders between two timers, on real microtasks.
    await new Promise(setImmediate);
    clock.advance(ms);
  };
  await pass(2000);
  const { bytesSent, writes } = link;
  link.maxBacklogBytes = 0;
  let releasedAt = 0;
  for (let pressed = 0; pressed < KEYS; pressed++) {
    input.send(key === 'ctrl-d' ? '\x04' : key);
    releasedAt = clock.now();
    await pass(REPEAT_MS);
  }
  let restAt = clock.now();
  for (let ms = 0; ms < 3000; ms++) {
    const sent = link.bytesSent;
    await pass(1);
    if (link.bytesSent !== sent || !link.atRest) restAt = clock.now();
  }
  app.unmount();
  terminal.abandon(() => {});
  return {
    lagMs: restAt - releasedAt,
    maxBacklogBytes: link.maxBacklogBytes,
    bytes: link.bytesSent - bytesSent,
    frames: link.writes - writes,
    cursor: store.state.cursor,
  };
}

describe('holding a key for 3 s over 128 kbit/s with 150 ms round trip', () => {
  test('the screen is at rest within 0.2 s, and most keys get their own frame', async () => {
    const held = await hold('j');
    expect(held.cursor).toBe(KEYS);
    expect(held.lagMs).toBeLessThanOrEqual(200);
    expect(held.frames).toBeGreaterThan(KEYS / 2);
  });

  test('also when every key scrolls by one line', async () => {
    const held = await hold('j', { lines: true });
    expect(held.cursor).toBe(KEYS);
    expect(held.lagMs).toBeLessThanOrEqual(200);
    expect(held.frames).toBeGreaterThan(KEYS / 3);
  });

  test('pages, two kilobytes each, never queue for more than half a second', async () => {
    const paced = await hold('ctrl-d');
    expect(paced.cursor).toBe(KEYS * (HEIGHT / 2));
    expect(paced.maxBacklogBytes).toBeLessThan(6000);
    expect(paced.lagMs).toBeLessThanOrEqual(500);
    const unpaced = await hold('ctrl-d', { answers: false });
    expect(unpaced.lagMs).toBeGreaterThan(2000);
  });

  test('a terminal that never answers is never waited for', async () => {
    const held = await hold('j', { answers: false });
    expect(held.frames).toBeGreaterThanOrEqual(KEYS);
    expect(held.lagMs).toBeLessThanOrEqual(200);
  });
});
