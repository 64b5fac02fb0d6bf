import { describe, expect, test } from 'vitest';
import { ScreenDriver, type DriverOptions } from '../../../src/tui/terminal/driver.ts';
import { LEAVE_TERMINAL } from '../../../src/tui/terminal/modes.ts';
import { VirtualClock } from '../../support/link.ts';
import { TestScreen } from '../../support/screen.ts';

function setup(columns = 40, rows = 10, options: Partial<DriverOptions> = {}) {
  const clock = new VirtualClock();
  const screen = new TestScreen(columns, rows);
  let lost = 0;
  const driver = new ScreenDriver({
    output: screen,
    depth: 'truecolor',
    clock,
    onLost: () => lost++,
    ...options,
  });
  screen.onAnswer = () => driver.acknowledge();
  const show = async (frame: string): Promise<void> => {
    driver.write(frame);
    await settle();
  };
  const settle = async (): Promise<void> => {
    clock.advance(20);
    await screen.settled();
    clock.advance(20);
    await screen.settled();
  };
  return { clock, screen, driver, show, settle, lostCount: () => lost };
}

const lines = (...texts: string[]): string => texts.join('\n');

describe('starting and ending', () => {
  test('nothing is written before the start, and the newest frame right after it', async () => {
    const { screen, driver, show, settle } = setup();
    await show('early');
    expect(screen.writes).toEqual([]);
    driver.start();
    await settle();
    expect(screen.isAlternate).toBe(true);
    expect(screen.lines()[0]).toBe('early');
  });

  test('stop leaves the main screen with cursor, wrapping and colours as before', async () => {
    const { screen, driver, show } = setup();
    screen.write('shell$ ');
    driver.start();
    await show('\x1b[31mred');
    driver.stop();
    screen.write(`${'x'.repeat(40)}y`);
    await screen.settled();
    expect(screen.isAlternate).toBe(false);
    expect(screen.lines().slice(0, 2)).toEqual([`shell$ ${'x'.repeat(33)}`, 'xxxxxxxy']);
    expect(screen.cells()[0]![10]).toMatchObject({ fg: 'default', attributes: '' });
    expect(screen.writes.join('')).toMatch(/\x1b\[\?25h[^l]*\x1b\[\?1049l/);
    expect(screen.writes.join('')).toContain('\x1b[?7h');
  });

  test('stop writes once, however often it is called, and nothing after it', async () => {
    const { screen, driver, show, clock } = setup();
    driver.start();
    await show('a');
    screen.resetCount();
    driver.stop();
    driver.stop();
    driver.write('b');
    driver.setCaret({ row: 0, column: 0 });
    screen.emit('resize');
    clock.advance(1000);
    expect(screen.writes).toEqual([LEAVE_TERMINAL]);
    expect(clock.pendingTimers).toBe(0);
  });

  test('a crash handler gives the terminal back through its own synchronous write', async () => {
    const { screen, driver, show } = setup();
    driver.start();
    await show('a');
    screen.resetCount();
    const written: string[] = [];
    driver.stop((text) => written.push(text));
    expect(written).toEqual([LEAVE_TERMINAL]);
    expect(screen.writes).toEqual([]);
  });

  test('suspend gives the terminal back, resume paints the newest frame in full', async () => {
    const { screen, driver, show, settle } = setup();
    driver.start();
    await show(lines('one', 'two'));
    driver.suspend();
    await screen.settled();
    expect(screen.isAlternate).toBe(false);
    screen.resetCount();
    await show(lines('one', 'three'));
    expect(screen.bytes).toBe(0);
    driver.resume();
    await settle();
    expect(screen.isAlternate).toBe(true);
    expect(screen.lines().slice(0, 2)).toEqual(['one', 'three']);
  });

  test('a terminal resized while suspended is asked for its size at resume', async () => {
    const { screen, driver, show, settle } = setup();
    driver.start();
    await show('a');
    driver.suspend();
    screen.resize(30, 5);
    driver.resume();
    await settle();
    expect([driver.columns, driver.rows]).toEqual([30, 5]);
  });
});

describe('frames', () => {
  test('each is one write: a synchronised block without erasing the display, no line feed, then the question', async () => {
    const { screen, driver, show } = setup();
    driver.start();
    screen.resetCount();
    await show(lines('first', 'second', 'third'));
    await show(lines('first', '2nd', 'third', 'fourth'));
    expect(screen.writes).toHaveLength(2);
    for (const write of screen.writes) {
      expect(write).toMatch(/^\x1b\[\?2026h[^]*\x1b\[\?2026l\x1b\[5n$/);
      expect(write).not.toContain('\n');
      expect(write).not.toMatch(/\x1b\[\d*J/);
    }
  });

  test('an unchanged frame writes nothing, and no timer is left', async () => {
    const { screen, driver, show, clock } = setup();
    driver.start();
    await show('same');
    screen.resetCount();
    for (let i = 0; i < 10; i++) await show('same');
    clock.advance(60_000);
    expect(screen.bytes).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  test('of several frames in a row only the newest is painted', async () => {
    const { screen, driver, settle } = setup();
    driver.start();
    await settle();
    screen.resetCount();
    for (let i = 0; i <= 50; i++) driver.write(`frame ${i}`);
    await settle();
    expect(screen.writes).toHaveLength(1);
    expect(screen.lines()[0]).toBe('frame 50');
  });

  test("Ink's own control sequences and empty writes are not frames", async () => {
    const { screen, driver, show } = setup();
    driver.start();
    await show('kept');
    screen.resetCount();
    let called = 0;
    driver.write('\x1b[?25h');
    driver.write('\x1b[?2004h');
    await new Promise<void>((done) => {
      driver.write('', () => {
        called++;
        done();
      });
    });
    await show('kept');
    expect(called).toBe(1);
    expect(screen.bytes).toBe(0);
    expect(screen.lines()[0]).toBe('kept');
  });

  test('invalidate repaints what something else has spoilt', async () => {
    const { screen, driver, show, settle } = setup();
    driver.start();
    await show(lines('one', 'two'));
    screen.write('\x1b[HBroadcast message\r\nfrom root\r\n  !!');
    driver.invalidate();
    await settle();
    expect(screen.lines().slice(0, 3)).toEqual(['one', 'two', '']);
  });

  test('more lines and columns than the terminal has are cut', async () => {
    const { screen, driver, show } = setup(5, 2);
    driver.start();
    await show(lines('123456789', '漢字漢字', 'three'));
    expect(screen.lines()).toEqual(['12345', '漢字']);
  });
});

describe('colours', () => {
  const frame = '\x1b[1;38;2;250;5;5;48;5;51mx\x1b[0m\x1b[7;34my';
  test.each([
    ['truecolor', `rgb:${0xfa0505}`, 'palette:51', 'palette:4'],
    ['256', 'palette:196', 'palette:51', 'palette:4'],
    ['16', 'palette:9', 'palette:14', 'palette:4'],
    ['none', 'default', 'default', 'default'],
  ] as const)('%s', async (depth, fg, bg, blue) => {
    const { screen, driver, show } = setup(10, 2, { depth });
    driver.start();
    await show(frame);
    const [x, y] = screen.cells()[0]!;
    expect(x).toMatchObject({ text: 'x', fg, bg, attributes: 'bold' });
    expect(y).toMatchObject({ text: 'y', fg: blue, attributes: 'inverse' });
  });
});

describe('the caret', () => {
  test('stands where the app wants it, moves without a frame, and is hidden again', async () => {
    const { screen, driver, show, settle } = setup();
    driver.start();
    driver.setCaret({ row: 1, column: 4 });
    await show(lines('a', 'b'));
    expect(screen.cursor).toEqual({ row: 1, column: 4 });
    expect(screen.writes.at(-1)).toMatch(/\x1b\[\?25h\x1b\[\?2026l/);
    screen.resetCount();
    driver.setCaret({ row: 1, column: 5 });
    await settle();
    expect(screen.cursor).toEqual({ row: 1, column: 5 });
    expect(screen.writes).toHaveLength(1);
    driver.setCaret(undefined);
    await settle();
    expect(screen.writes.at(-1)).toContain('\x1b[?25l');
    screen.resetCount();
    driver.setCaret(undefined);
    await settle();
    expect(screen.bytes).toBe(0);
  });

  test('stays at its place when a frame is painted around it, and inside the screen', async () => {
    const { screen, driver, show } = setup();
    driver.start();
    driver.setCaret({ row: 99, column: 2_000_000 });
    await show('a');
    await show('abc');
    expect(screen.cursor).toEqual({ row: 9, column: 39 });
  });
});

describe('a stream that is full', () => {
  test('holds frames back and paints the newest on drain', async () => {
    const { screen, driver, show, settle } = setup();
    driver.start();
    await show('first');
    screen.accepts = false;
    await show('second');
    screen.resetCount();
    for (let i = 0; i < 100; i++) await show(`frame ${i}`);
    expect(screen.writes).toEqual([]);
    screen.drain();
    await settle();
    expect(screen.writes).toHaveLength(1);
    expect(screen.lines()[0]).toBe('frame 99');
  });
});

describe('a terminal that is gone', () => {
  test.each(['error', 'close'])('by %s: told once, nothing written any more', async (event) => {
    const { screen, driver, show, clock, lostCount } = setup();
    driver.start();
    await show('a');
    screen.resetCount();
    screen.emit(event, Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    screen.emit('error', new Error('write EIO'));
    await show('b');
    driver.stop();
    clock.advance(60_000);
    expect(lostCount()).toBe(1);
    expect(screen.writes).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  test('by a write that throws', async () => {
    const { screen, driver, settle, lostCount } = setup();
    driver.start();
    await settle();
    let tries = 0;
    screen.write = () => {
      tries++;
      throw Object.assign(new Error('write EIO'), { code: 'EIO' });
    };
    driver.write('a');
    await settle();
    driver.write('b');
    await settle();
    expect(tries).toBe(1);
    expect(lostCount()).toBe(1);
  });

  test('an error after the end is swallowed', () => {
    const { screen, driver, lostCount } = setup();
    driver.start();
    driver.stop();
    expect(() => screen.emit('error', new Error('write EPIPE'))).not.toThrow();
    expect(lostCount()).toBe(0);
  });
});

describe('sizes', () => {
  test.each([
    [1, 1, 1, 1],
    [0, 0, 80, 24],
    [undefined, undefined, 80, 24],
    [-5, Number.NaN, 80, 24],
    [500, 300, 500, 300],
    [2_000_000, 2_000_000, 500, 300],
    [80.9, 24.5, 80, 24],
  ])('%s x %s counts as %s x %s', (columns, rows, expectedColumns, expectedRows) => {
    const { screen, driver, clock } = setup();
    driver.start();
    screen.columns = columns as number;
    screen.rows = rows as number;
    screen.emit('resize');
    clock.advance(100);
    expect([driver.columns, driver.rows]).toEqual([expectedColumns, expectedRows]);
    const frame = Array.from({ length: 400 }, () => 'x'.repeat(1000)).join('\n');
    driver.write(frame);
    clock.advance(100);
    expect(screen.bytes).toBeLessThan(500 * 300 + 20_000);
  });

  test('a storm of resizes is laid out at most once per frame time, and ends at the last size', async () => {
    const { screen, driver, clock, show, settle } = setup();
    driver.start();
    await show('a');
    let told = 0;
    driver.on('resize', () => {
      told++;
      driver.write(`${driver.columns}x${driver.rows}`);
    });
    for (let i = 1; i <= 1000; i++) {
      screen.resize(20 + (i % 60), 5 + (i % 20));
      if (i % 10 === 0) clock.advance(1);
    }
    await settle();
    await settle();
    expect(told).toBeLessThanOrEqual(10);
    expect(told).toBeGreaterThan(0);
    expect(screen.lines()[0]).toBe(`${screen.columns}x${screen.rows}`);
  });

  test('after a resize everything is painted again without erasing the display first', async () => {
    const { screen, driver, show, settle } = setup();
    driver.start();
    await show(lines('one', 'two'));
    screen.resetCount();
    screen.resize(30, 6);
    screen.write('\x1b[3;1Hleft over');
    await settle();
    expect(screen.lines()).toEqual(['one', 'two', '', '', '', '']);
    expect(screen.writes.join('')).not.toMatch(/\x1b\[\d*J/);
  });

  test('the listener of an unmounted app is not called', async () => {
    const { screen, driver, settle } = setup();
    driver.start();
    let told = 0;
    const listener = (): void => void told++;
    driver.on('resize', listener);
    driver.off('resize', listener);
    screen.resize(30, 6);
    await settle();
    expect(told).toBe(0);
  });
});
