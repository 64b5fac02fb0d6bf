import { beforeEach, describe, expect, test } from 'vitest';
import { ScreenDriver } from '../../../src/tui/terminal/driver.ts';
import { Pacer } from '../../../src/tui/terminal/pacing.ts';
import { heapBytes } from '../../support/memory.ts';
import { SlowLink, VirtualClock } from '../../support/link.ts';

let clock: VirtualClock;
let released: number;
let pacer: Pacer;

beforeEach(() => {
  clock = new VirtualClock();
  released = 0;
  pacer = new Pacer(clock, () => released++);
});

/** As many frames as may go out now, at most `wanted`. */
function send(wanted: number, bytes = 5000): number {
  let sent = 0;
  while (sent < wanted && pacer.mayPaint) {
    if (pacer.asks) pacer.asked(bytes);
    sent++;
  }
  return sent;
}

describe('acknowledged pacing', () => {
  test('before the first answer nothing is held back, and only three questions are asked', () => {
    expect(send(100)).toBe(100);
    expect(pacer.asks).toBe(false);
    expect(pacer.active).toBe(false);
    expect(clock.pendingTimers).toBe(0);
  });

  test('with answers, two frames are under way at most, and an answer lets the next one out', () => {
    send(1);
    clock.advance(150);
    pacer.answered();
    expect(send(100)).toBe(2);
    clock.advance(200);
    expect(released).toBe(1);
    pacer.answered();
    expect(released).toBe(2);
    expect(send(100)).toBe(1);
  });

  test('small frames run ahead while answers are prompt, up to a bound', () => {
    send(1, 200);
    clock.advance(150);
    pacer.answered();
    expect(send(100, 200)).toBe(8);
    // The answers are late: bytes queue somewhere, and two frames have to do.
    clock.advance(400);
    for (let i = 0; i < 8; i++) pacer.answered();
    expect(send(100, 200)).toBe(2);
  });

  test('a late first answer turns it on', () => {
    send(1);
    clock.advance(5000);
    expect(pacer.active).toBe(false);
    pacer.answered();
    expect(pacer.active).toBe(true);
  });

  test('when answers stop, one frame is let out after a second, then fewer and fewer', () => {
    send(1);
    pacer.answered();
    send(2);
    const times: number[] = [];
    for (let second = 1; second <= 180; second++) {
      clock.advance(1000);
      if (send(100) > 0) times.push(second);
    }
    expect(times).toEqual([1, 3, 7, 15, 31, 61, 91, 121, 151]);
    pacer.answered();
    expect(send(100)).toBeGreaterThan(0);
  });

  test('while answers stay away every key gets its frame', () => {
    send(1);
    pacer.answered();
    send(2);
    clock.advance(1000);
    send(1);
    for (let key = 0; key < 5; key++) {
      expect(pacer.mayPaint).toBe(false);
      pacer.keyPressed();
      expect(send(100)).toBe(1);
    }
  });

  test('answers that nobody asked for do no harm', () => {
    for (let i = 0; i < 10; i++) pacer.answered();
    expect(send(100)).toBe(2);
  });

  test('reset forgets all', () => {
    send(1);
    pacer.answered();
    send(2);
    pacer.reset();
    expect(clock.pendingTimers).toBe(0);
    expect(send(100)).toBe(100);
  });
});

describe('a reader that is paused for ten minutes', () => {
  test('gets the newest frame when it goes on; until then hardly anything is written and memory stays flat', () => {
    const link = new SlowLink(clock);
    const driver = new ScreenDriver({ output: link, depth: '16', clock });
    link.onAnswer = () => driver.acknowledge();
    const shown: string[] = [];
    link.onArrival = (text) => shown.push(text);
    driver.start();
    driver.write('start');
    clock.advance(1000);
    expect(driver.paced).toBe(true);
    link.stalled = true;
    const before = { heap: heapBytes(), bytes: link.bytesSent };
    for (let frame = 0; frame < 6000; frame++) {
      driver.write(
        Array.from({ length: 40 }, (_, y) => `frame ${frame} row ${y} ${'x'.repeat(80)}`).join('\n'),
      );
      clock.advance(100);
    }
    expect(link.bytesSent - before.bytes).toBeLessThan(200_000);
    expect(heapBytes() - before.heap).toBeLessThan(4_000_000);
    link.stalled = false;
    link.bytesArrived = link.bytesSent;
    driver.keyPressed();
    driver.write('the newest');
    clock.advance(2000);
    expect(shown.at(-1)).toContain('the newest');
    expect(driver.paced).toBe(true);
  });
});
