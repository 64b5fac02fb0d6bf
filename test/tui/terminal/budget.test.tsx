// Byte budgets and the whole path with the real Ink: deterministic, unlike milliseconds.
import { render } from 'ink';
import { describe, expect, test } from 'vitest';
import { Terminal } from '../../../src/tui/terminal/session.ts';
import { VirtualClock } from '../../support/link.ts';
import { FakeInput, TestScreen } from '../../support/screen.ts';
import { LIST_ROWS, ListApp, ListStore } from './list-app.tsx';

function mount(columns = 120, rows = 40, options: { lines?: boolean } = {}) {
  const clock = new VirtualClock();
  const screen = new TestScreen(columns, rows);
  const input = new FakeInput();
  const store = new ListStore();
  const batches: (readonly string[])[] = [];
  let lost = 0;
  const terminal = new Terminal({
    input,
    output: screen,
    depth: 'truecolor',
    clock,
    onLost: () => lost++,
    onKeys: (keys) => {
      batches.push(keys);
      store.press(keys, rows - 2, options.lines);
    },
  });
  screen.onAnswer = (text) => input.send(text);
  terminal.start();
  const app = render(<ListApp store={store} />, terminal.inkOptions);
  /** Everything that a key sets off, until the terminal has answered. */
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 3; round++) {
      // React's scheduler may take a few turns of the event loop.
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
      clock.advance(20);
      await screen.settled();
    }
  };
  const end = (): void => {
    app.unmount();
    terminal.abandon(() => {});
  };
  return { clock, screen, input, store, terminal, settle, end, batches, lostCount: () => lost };
}

describe('bytes on 120x40 with 100,000 rows in two panes', () => {
  test('moving the cursor costs at most 300 bytes, in one write', async () => {
    const { screen, input, settle, end } = mount();
    await settle();
    screen.resetCount();
    input.send('j');
    await settle();
    expect(screen.writes).toHaveLength(1);
    expect(screen.bytes).toBeLessThanOrEqual(300);
    end();
  });

  test('150 keys with half-page scrolling cost at most 400 bytes on average', async () => {
    const { screen, input, settle, end, store } = mount();
    await settle();
    screen.resetCount();
    for (let key = 0; key < 150; key++) {
      input.send('j');
      await settle();
    }
    expect(store.state.cursor).toBe(150);
    expect(screen.bytes / 150).toBeLessThanOrEqual(400);
    end();
  });

  test('scrolling by single lines costs at most 700 bytes on average: the terminal itself scrolls', async () => {
    const { screen, input, settle, end, store } = mount(120, 40, { lines: true });
    for (let key = 0; key < 37; key++) input.send('j');
    await settle();
    screen.resetCount();
    for (let key = 0; key < 50; key++) {
      input.send('j');
      await settle();
    }
    expect(store.state).toEqual({ cursor: 87, top: 50 });
    expect(screen.bytes / 50).toBeLessThanOrEqual(700);
    end();
  });

  test('idle costs nothing', async () => {
    const { screen, clock, settle, end } = mount();
    await settle();
    screen.resetCount();
    for (let second = 0; second < 600; second++) clock.advance(1000);
    await settle();
    expect(screen.bytes).toBe(0);
    expect(clock.pendingTimers).toBe(0);
    end();
  });
});

describe('keys through the whole path', () => {
  test('ten keys in one chunk are ten keys, one batch and one frame', async () => {
    const { screen, input, settle, end, store, batches } = mount();
    await settle();
    screen.resetCount();
    input.send('jjjjjjjjjj');
    await settle();
    expect(store.state.cursor).toBe(10);
    expect(batches).toHaveLength(1);
    expect(screen.writes).toHaveLength(1);
    expect(screen.lines()[39]).toContain(`row 11 of ${LIST_ROWS}`);
    end();
  });

  test('a split arrow moves once', async () => {
    const { input, settle, end, store } = mount();
    await settle();
    input.send('\x1b');
    await settle();
    input.send('[B');
    await settle();
    expect(store.state.cursor).toBe(1);
    end();
  });

  test('suspend hands the terminal over, resume brings everything back', async () => {
    const { screen, input, settle, end, store, terminal, clock } = mount();
    await settle();
    const before = screen.lines();
    await terminal.suspend();
    await screen.settled();
    expect(input).toMatchObject({ raw: false, flowing: false });
    expect(screen.isAlternate).toBe(false);
    input.send('jjj');
    screen.write('shell$ echo hi\r\nhi\r\n');
    // Something keeps the process alive until then, and nothing after.
    clock.advance(100);
    expect(clock.pendingTimers).toBe(1);
    terminal.resume();
    await settle();
    expect(clock.pendingTimers).toBe(0);
    expect(input).toMatchObject({ raw: true, flowing: true });
    expect(store.state.cursor).toBe(0);
    expect(screen.isAlternate).toBe(true);
    expect(screen.lines()).toEqual(before);
    input.send('j');
    await settle();
    expect(store.state.cursor).toBe(1);
    end();
  });

  test('the app follows the size of the terminal', async () => {
    const { screen, settle, end } = mount();
    await settle();
    for (const [columns, rows] of [
      [80, 24],
      [3, 3],
      [500, 300],
      [60, 15],
    ] as const) {
      screen.resize(columns, rows);
      await settle();
      expect(screen.lines()).toHaveLength(rows);
      expect(screen.lines()[0]).toBe(columns === 3 ? ' p…' : ' phyllo  images › sample:latest');
    }
    end();
  });

  test.each(['input', 'output'])('a terminal lost by its %s ends the session once', async (side) => {
    const { screen, input, settle, end, clock, lostCount } = mount();
    await settle();
    const stream = side === 'input' ? input : screen;
    stream.emit('error', Object.assign(new Error('EIO'), { code: 'EIO' }));
    screen.emit('close');
    input.emit('end');
    await settle();
    expect(lostCount()).toBe(1);
    expect(clock.pendingTimers).toBe(0);
    end();
  });
});
