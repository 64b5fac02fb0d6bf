// What the driver writes, replayed in a terminal, must show exactly what Ink's own frame shows.
import fc from 'fast-check';
import { Box, render, Text, useWindowSize } from 'ink';
import { useSyncExternalStore } from 'react';
import { describe, expect, test } from 'vitest';
import { ScreenDriver } from '../../../src/tui/terminal/driver.ts';
import { VirtualClock } from '../../support/link.ts';
import { TestScreen, type ScreenCell } from '../../support/screen.ts';
import { lineArbitrary, nextLines, stepArbitrary, type Step } from './frames.ts';

/** What a terminal shows that gets nothing but the frame. */
async function reference(frame: string, columns: number, rows: number): Promise<ScreenCell[][]> {
  const screen = new TestScreen(columns, rows);
  screen.write(frame.split('\n').slice(0, rows).join('\r\n'));
  await screen.settled();
  return screen.cells();
}

class LinesStore {
  lines: readonly string[] = [];
  #listeners = new Set<() => void>();
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly get = (): readonly string[] => this.lines;
  set(lines: readonly string[]): void {
    this.lines = lines;
    for (const listener of this.#listeners) listener();
  }
}

function LinesApp({ store }: { store: LinesStore }) {
  const { columns, rows } = useWindowSize();
  const lines = useSyncExternalStore(store.subscribe, store.get);
  return (
    <Box width={columns} height={rows} overflow="hidden">
      <Text wrap="truncate">{lines.join('\n')}</Text>
    </Box>
  );
}

/** A driver that also keeps the frames that Ink hands it. */
class WatchedDriver extends ScreenDriver {
  frame = '';
  override write(data: string, encodingOrDone?: unknown, done?: unknown): boolean {
    if (data !== '' && !data.startsWith('\x1b[?')) this.frame = data;
    return super.write(data, encodingOrDone, done);
  }
}

async function play(steps: readonly Step[], first: readonly string[]): Promise<void> {
  const clock = new VirtualClock();
  const screen = new TestScreen(60, 20);
  const driver = new WatchedDriver({ output: screen, depth: 'truecolor', clock });
  screen.onAnswer = () => driver.acknowledge();
  const store = new LinesStore();
  store.lines = first;
  driver.start();
  const app = render(<LinesApp store={store} />, {
    stdout: driver as unknown as NodeJS.WriteStream,
    debug: true,
    interactive: true,
    patchConsole: false,
    exitOnCtrlC: false,
  });
  try {
    for (const step of [{ kind: 'invalidate' } as const, ...steps]) {
      if (step.kind === 'resize') screen.resize(step.columns, step.rows);
      else if (step.kind === 'invalidate') driver.invalidate();
      else store.set(nextLines(store.lines, step));
      clock.advance(100);
      await screen.settled();
      clock.advance(100);
      await screen.settled();
      expect(screen.cells()).toEqual(await reference(driver.frame, screen.columns, screen.rows));
    }
  } finally {
    app.unmount();
    driver.stop();
  }
}

describe('the driver shows what Ink drew', () => {
  test('over random frames, scrolls and sizes', { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(stepArbitrary, { minLength: 1, maxLength: 12 }),
        fc.array(lineArbitrary, { minLength: 20, maxLength: 30 }),
        play,
      ),
      {
        numRuns: Number(process.env['RUNS'] ?? 40),
        seed: process.env['SEED'] ? Number(process.env['SEED']) : 20261123,
      },
    );
  });
});
