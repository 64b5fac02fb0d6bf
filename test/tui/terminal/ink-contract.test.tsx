// What the driver relies on and Ink does not promise: in debug mode one write is one whole frame. Fails first when a
// new Ink changes that.
import { Box, render, Text, useWindowSize } from 'ink';
import { useSyncExternalStore } from 'react';
import { expect, test } from 'vitest';
import { silentInput } from '../../../src/tui/terminal/silent-input.ts';

class Recorder {
  readonly isTTY = true;
  readonly writable = true;
  columns = 20;
  rows = 4;
  written: string[] = [];
  #resized = new Set<() => void>();

  write(data: string, done?: () => void): boolean {
    this.written.push(data);
    done?.();
    return true;
  }
  on(event: string, listener: () => void): this {
    if (event === 'resize') this.#resized.add(listener);
    return this;
  }
  off(_event: string, listener: () => void): this {
    this.#resized.delete(listener);
    return this;
  }
  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    for (const listener of this.#resized) listener();
  }
  get listeners(): number {
    return this.#resized.size;
  }
  /** What came since the last call, without Ink's own control sequences. */
  takeFrames(): string[] {
    const frames = this.written.filter((data) => data !== '' && !data.startsWith('\x1b[?'));
    this.written = [];
    return frames;
  }
}

class Lines {
  #lines: readonly string[] = ['one', 'two'];
  #listener = (): void => {};

  readonly get = (): readonly string[] => this.#lines;
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listener = listener;
    return () => {};
  };
  set(lines: readonly string[]): void {
    this.#lines = lines;
    this.#listener();
  }
}

test('Ink 8 in debug mode writes each frame whole, once, as plain lines of text and SGR', async () => {
  const stdout = new Recorder();
  const lines = new Lines();
  let renders = 0;
  function App() {
    const { columns, rows } = useWindowSize();
    const shown = useSyncExternalStore(lines.subscribe, lines.get);
    renders++;
    return (
      <Box width={columns} height={rows} flexDirection="column">
        <Text wrap="truncate">{[...shown, '\x1b[7msel\x1b[27m'].join('\n')}</Text>
      </Box>
    );
  }
  const app = render(<App />, {
    stdout: stdout as unknown as NodeJS.WritableStream,
    stdin: silentInput() as unknown as NodeJS.ReadableStream,
    debug: true,
    interactive: true,
    patchConsole: false,
    exitOnCtrlC: false,
  });
  const tick = async (): Promise<void> => {
    // React's scheduler may take a few turns of the event loop.
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  };

  await tick();
  // Mounting may commit more than once; each commit is a frame of its own.
  expect([...new Set(stdout.takeFrames())]).toEqual(['one\ntwo\n\x1b[7msel\x1b[27m\n']);

  lines.set(['one', 'twenty-two is longer than the width', '3']);
  await tick();
  expect(stdout.takeFrames()).toEqual(['one\ntwenty-two is longe…\n3\n\x1b[7msel\x1b[27m']);

  const rendersBefore = renders;
  lines.set(lines.get());
  await tick();
  expect(stdout.takeFrames()).toEqual([]);
  expect(renders).toBe(rendersBefore);

  stdout.resize(10, 2);
  await tick();
  expect(stdout.takeFrames().at(-1)).toBe('one\ntwenty-tw…');

  app.unmount();
  await app.waitUntilExit();
  expect(stdout.listeners).toBe(0);
  expect(stdout.written.filter((data) => data.startsWith('\x1b[?'))).toEqual(['\x1b[?25h']);
});
