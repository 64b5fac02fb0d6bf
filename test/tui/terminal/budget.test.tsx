// Byte budgets with the real Ink: deterministic, unlike milliseconds.
import { render } from 'ink';
import { describe, expect, test } from 'vitest';
import { Terminal } from '../../../src/tui/terminal/session.ts';
import { VirtualClock } from '../../support/link.ts';
import { FakeInput, TestScreen } from '../../support/screen.ts';
import { ListApp, ListStore } from './list-app.tsx';

const HEIGHT = 38;

function mount(columns = 120, rows = 40) {
  const clock = new VirtualClock();
  const screen = new TestScreen(columns, rows);
  const input = new FakeInput();
  const store = new ListStore();
  const terminal = new Terminal({
    input,
    output: screen,
    depth: 'truecolor',
    clock,
    onLost: () => {},
    onKeys: (keys) => store.press(keys, HEIGHT),
  });
  screen.onAnswer = (text) => input.send(text);
  terminal.start();
  const app = render(<ListApp store={store} />, terminal.inkOptions);
  /** Everything that a key sets off, until the terminal has answered. */
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 3; round++) {
      clock.advance(20);
      await screen.settled();
    }
  };
  return { clock, screen, input, store, terminal, app, settle };
}

describe('bytes per key on 120x40 with 100,000 rows', () => {
  test('moving the cursor costs at most 300 bytes', async () => {
    const { screen, input, app, settle } = mount();
    await settle();
    screen.resetCount();
    input.send('j');
    await settle();
    expect(screen.writes).toHaveLength(1);
    expect(screen.bytes).toBeLessThanOrEqual(300);
    app.unmount();
  });

  test('150 keys with half-page scrolling cost at most 400 bytes on average', async () => {
    const { screen, input, app, settle, store } = mount();
    await settle();
    screen.resetCount();
    for (let i = 0; i < 150; i++) {
      input.send('j');
      await settle();
    }
    expect(store.state.cursor).toBe(150);
    expect(screen.bytes / 150).toBeLessThanOrEqual(400);
    app.unmount();
  });
});
