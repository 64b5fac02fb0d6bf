import { describe, expect, test } from 'vitest';
import { LEAVE_TERMINAL, MOUSE_OFF, MOUSE_ON } from '../../../src/tui/terminal/modes.ts';
import { Terminal } from '../../../src/tui/terminal/session.ts';
import { SlowLink, VirtualClock } from '../../support/link.ts';
import { FakeInput, TestScreen } from '../../support/screen.ts';

function overLink(answers = true) {
  const clock = new VirtualClock();
  const link = new SlowLink(clock, { answers });
  const input = new FakeInput();
  const keys: string[] = [];
  const terminal = new Terminal({
    input,
    output: link,
    depth: '16',
    clock,
    onLost: () => {},
    onKeys: (batch) => keys.push(...batch),
  });
  /** What came in while nobody of ours was reading: the shell would get it. */
  const leaked: string[] = [];
  link.onAnswer = (text) => (input.raw ? input.send(text) : leaked.push(text));
  terminal.start();
  terminal.driver.write('first');
  clock.advance(2000);
  return { clock, link, input, terminal, keys, leaked };
}

describe('leaving a terminal over a slow link', () => {
  test.each(['close', 'suspend'] as const)(
    '%s waits for answers under way, so that the shell does not get them',
    async (how) => {
      const { clock, input, terminal, keys, leaked } = overLink();
      terminal.driver.write('second');
      clock.advance(20);
      terminal.driver.write('third');
      clock.advance(20);
      const left = terminal[how]();
      expect(input.raw).toBe(true);
      input.send('typed ahead');
      clock.advance(400);
      await left;
      expect(input.raw).toBe(false);
      clock.advance(5000);
      expect(leaked).toEqual([]);
      expect(keys).toEqual([]);
    },
  );

  test('waits half a second at most', async () => {
    const { clock, link, input, terminal } = overLink();
    link.stalled = true;
    terminal.driver.write('second');
    clock.advance(20);
    const left = terminal.close();
    clock.advance(499);
    expect(input.raw).toBe(true);
    clock.advance(1);
    await left;
    expect(input.raw).toBe(false);
    expect(clock.pendingTimers).toBe(0);
  });

  test('a terminal that never answers is left at once', async () => {
    const { clock, input, terminal } = overLink(false);
    clock.advance(2000);
    await terminal.close();
    expect(input.raw).toBe(false);
  });

  test('abandon is synchronous', () => {
    const { clock, input, terminal } = overLink();
    terminal.driver.write('second');
    clock.advance(20);
    const written: string[] = [];
    terminal.abandon((text) => written.push(text));
    expect(written).toEqual([LEAVE_TERMINAL]);
    expect(input.raw).toBe(false);
  });

  test('keys work again after resume', async () => {
    const { clock, input, terminal, keys } = overLink();
    const left = terminal.suspend();
    clock.advance(500);
    await left;
    terminal.resume();
    input.send('jk');
    expect(keys).toEqual(['j', 'k']);
  });

  test('what was closed while somebody else had it is not taken back', async () => {
    const { clock, link, input, terminal } = overLink();
    const left = terminal.suspend();
    clock.advance(500);
    await left;
    expect(terminal.isOver).toBe(false);
    await terminal.close();
    const written = link.bytesSent;
    terminal.resume();
    expect(terminal.isOver).toBe(true);
    expect(input.raw).toBe(false);
    expect(link.bytesSent).toBe(written);
  });
});

describe('the side channels', () => {
  function onScreen(mouse = false) {
    const clock = new VirtualClock();
    const screen = new TestScreen(20, 5);
    const input = new FakeInput();
    const log: string[] = [];
    const terminal = new Terminal({
      input,
      output: screen,
      depth: '16',
      mouse,
      clock,
      onLost: () => {},
      onKeys: (keys) => log.push(`keys ${keys.join(' ')}`),
      onPaste: (text) => log.push(`paste ${text}`),
      onMouse: (events) => log.push(`mouse ${events[0]!.kind}`),
      onFocus: (focused) => log.push(`focus ${focused}`),
      onReply: (sequence) => log.push(`reply ${sequence.length}`),
    });
    terminal.start();
    return { screen, input, log, terminal };
  }

  test('are handed on', () => {
    const { input, log } = onScreen();
    input.send('\x1b[200~p\x1b[201~\x1b[<64;1;1M\x1b[I\x1b[?1;2cj');
    expect(log).toEqual(['paste p', 'focus true', 'reply 7', 'mouse wheel', 'keys j']);
  });

  test('the mouse is reported only when asked, and never after the end', () => {
    const { screen, terminal } = onScreen();
    expect(screen.writes.join('')).not.toContain(MOUSE_ON);
    screen.resetCount();
    terminal.driver.setMouse(true);
    terminal.driver.setMouse(true);
    terminal.driver.setMouse(false);
    expect(screen.writes).toEqual([MOUSE_ON, MOUSE_OFF]);
    const other = onScreen(true);
    expect(other.screen.writes.join('')).toContain(MOUSE_ON);
    other.terminal.abandon((text) => other.screen.write(text));
    expect(other.screen.writes.at(-1)).toContain(MOUSE_OFF);
  });

  test('copying goes through the terminal as UTF-8, and not at all when it is too long', () => {
    const { screen, terminal } = onScreen();
    screen.resetCount();
    expect(terminal.driver.copy('etc/naïve 漢\x1b')).toBe(true);
    const [, payload] = /^\x1b\]52;c;([A-Za-z0-9+/=]*)\x07$/.exec(screen.writes[0]!)!;
    expect(Buffer.from(payload!, 'base64').toString()).toBe('etc/naïve 漢\x1b');
    expect(terminal.driver.copy('x'.repeat(50_000))).toBe(false);
    expect(screen.writes).toHaveLength(1);
  });
});
