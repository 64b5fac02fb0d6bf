// A container's terminal in its pane, as a person uses it.
import { describe, expect, test } from 'vitest';
import { PhylloError } from '../../../src/lib/errors.ts';
import { type OpenContainer, openContainer } from '../../support/tui-container-screen.ts';
import type { ContainerStart } from '../../support/tui-container-screen.ts';
import type { Ui } from '../../support/tui-app.ts';

const wide: ContainerStart = { columns: 160, rows: 50 };
const F12 = '\x1b[24~';

async function openTerminal(start: ContainerStart = wide): Promise<OpenContainer> {
  const open = await openContainer(start);
  await open.container.terminal.print('$ ');
  await open.ui.press('terminal.enter');
  return open;
}

function screenRows(ui: Ui): string[] {
  return ui.pane('terminal').rows;
}

describe('typing into it', () => {
  test('all keys go to the container, byte for byte, until F12', async () => {
    const { ui, container } = await openTerminal();
    expect(ui.footer).toContain('f12 leaves the terminal');
    expect(ui.pane('terminal').title).toContain('all keys go to it');
    const typed = 'q?:\x1b[A\x1bOP\x03\x1a\t\x7f\r\xc3\xa9';
    ui.input.send(Buffer.from(typed, 'latin1'));
    await ui.settled();
    expect(container.terminal.input).toBe(typed);
    await ui.send(F12);
    expect(ui.footer).not.toContain('leaves');
    await ui.type('?');
    expect(ui.has('Keys')).toBe(true);
    expect(container.terminal.input).toBe(typed);
  });

  test('the key that leads out can be another one; without any it is F12', async () => {
    const { ui, container } = await openTerminal({ ...wide, keys: { 'terminal.leave': ['ctrl-]'] } });
    expect(ui.footer).toContain('ctrl-] leaves the terminal');
    await ui.send(`${F12}\x1d`);
    expect(ui.footer).not.toContain('leaves');
    expect(container.terminal.input).toBe(F12);
    const without = await openTerminal({ ...wide, keys: { 'terminal.leave': [] } });
    await without.ui.send(F12);
    expect(without.ui.footer).toContain('? keys');
  });

  test('what is typed in one chunk with the key that enters goes in, too', async () => {
    const { ui, container } = await openContainer(wide);
    await ui.send('Els é\r\x1b[A');
    expect(Buffer.from(container.terminal.input, 'latin1').toString()).toBe('ls é\r\x1b[A');
  });

  test('a paste goes in as it is, marked only for a program that asks for that', async () => {
    const { ui, container } = await openTerminal();
    await ui.send('\x1b[200~one\rtwo\x1b[201~');
    expect(container.terminal.input).toBe('one\rtwo');
    await container.terminal.print('\x1b[?2004h');
    await ui.send('\x1b[200~three\x1b[201~');
    expect(container.terminal.input).toBe('one\rtwo\x1b[200~three\x1b[201~');
  });

  test('arrows are those that a full-screen program asks its terminal for', async () => {
    const { ui, container } = await openTerminal();
    await container.terminal.print('\x1b[?1h');
    await ui.send('\x1b[A');
    expect(container.terminal.input).toBe('\x1bOA');
  });

  test('questions of a program are answered, to the program alone', async () => {
    const { ui, container } = await openTerminal();
    await container.terminal.print('\x1b[6n');
    await ui.settled();
    expect(container.terminal.input).toBe('\x1b[1;3R');
  });

  test('the cursor stands where the program has it, and nowhere when it hides it', async () => {
    const { ui, container } = await openTerminal();
    await ui.settled();
    const { row, column } = ui.find('$ ');
    expect(ui.screen.cursor).toEqual({ row, column: column + 2 });
    await container.terminal.print('\x1b[?25l');
    await ui.settled();
    expect(ui.screen.writes.join('').lastIndexOf('\x1b[?25l')).toBeGreaterThan(
      ui.screen.writes.join('').lastIndexOf('\x1b[?25h'),
    );
  });

  test('when its process ends the keys are ours again', async () => {
    const { ui, container } = await openTerminal();
    container.terminal.end(3);
    await ui.shows('[ended with 3]');
    expect(ui.footer).toContain('? keys');
    await ui.press('terminal.enter');
    expect(ui.footer).toContain('it has no terminal');
  });

  test('an error is read first, with keys of ours', async () => {
    const { ui, container, containers } = await openTerminal();
    await ui.send(F12);
    containers.failure = new PhylloError('engine-unavailable', 'stop container web: the engine is gone');
    await ui.press('container.stop');
    await ui.shows('It did not work');
    await ui.press('view.back', 'terminal.enter');
    await ui.type('x');
    expect(container.terminal.input).toBe('x');
  });
});

describe('what programs draw', () => {
  test('colours, weight and wide characters are shown as they are', async () => {
    const { ui, container } = await openTerminal();
    await container.terminal.print(
      '\x1b[2J\x1b[H\x1b[1;31mred\x1b[0m \x1b[7minverse\x1b[0m \x1b[38;5;200mpalette\x1b[0m\r\n中文 🙂 e\u0301 end',
    );
    await ui.shows('red inverse palette');
    const cells = ui.pane('terminal').cells[0]!;
    expect(cells[0]).toMatchObject({ text: 'r', fg: 'palette:1', attributes: 'bold' });
    expect(cells[4]).toMatchObject({ text: 'i', attributes: 'inverse' });
    expect(cells[12]).toMatchObject({ text: 'p', fg: 'palette:200' });
    expect(screenRows(ui)[1]).toBe('中文 🙂 e\u0301 end');
    expect(ui.screen.lines().find((line) => line.includes('中文'))).toMatch(/^│.*│$/);
  });

  test('a full-screen program takes the screen and gives it back', async () => {
    const { ui, container } = await openTerminal();
    await container.terminal.print('\x1b[?1049h\x1b[H\x1b[2J~\r\n~\r\n\x1b[20;1H-- INSERT --');
    await ui.shows('-- INSERT --');
    expect(screenRows(ui)[0]).toBe('~');
    await container.terminal.print('\x1b[?1049l');
    await ui.shows('$ ');
    expect(ui.has('INSERT')).toBe(false);
  });

  test('what is hostile never reaches the real terminal', async () => {
    const { ui, container } = await openTerminal();
    ui.screen.resetCount();
    const tricks = [
      '\x1b]0;title\x07',
      '\x1b]52;c;ZXZpbA==\x07',
      '\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\',
      '\x1bP+q544e\x1b\\',
      '\x1b[?1049l\x1b[?1000h\x1b[?2004l',
      'right\u202eleft zero\u200bwidth iso\u2066late\u2069 \ufeffbom',
      '\x9b31m\x90q\x9c',
      '\x1bc',
      'after \x1b]0;never ended ',
    ];
    for (const trick of tricks) await container.terminal.print(trick);
    await ui.settled();
    await container.terminal.print('\x1b\\\r\nstill here');
    await ui.shows('still here');
    const sent = ui.screen.writes.join('');
    const own = /\x1b\[(?:\?(?:25|2026)[hl]|[0-9;]*[mHKXCDABEGSTr]|5n)|[\r\b]/g;
    expect(sent.replace(own, '')).not.toMatch(
      /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/,
    );
    expect(sent).not.toContain('evil');
    expect(sent).not.toContain('title');
  });

  test('a flood is taken only as fast as it is shown', async () => {
    const { ui, container } = await openTerminal();
    const chunk = Buffer.from(`${'y'.repeat(70)}\r\n`.repeat(900));
    for (let round = 0; round < 20; round++) await container.terminal.print(chunk);
    await container.terminal.print('done');
    await ui.shows('done');
    await ui.send(F12);
    await ui.press('terminal.focus', 'cursor.first');
    expect(ui.pane('terminal').place).toMatch(/2,000 rows back of 2,000/);
  });
});

describe('looking back', () => {
  test('with keys and with the wheel; typing goes back to the newest', async () => {
    const { ui, container } = await openTerminal({ ...wide, mouse: true });
    await container.terminal.print(Array.from({ length: 100 }, (_, line) => `line ${line}`).join('\r\n'));
    await ui.shows('line 99');
    await ui.wheel('line 99', -1);
    expect(ui.pane('terminal').place).toContain('3 rows back');
    await ui.type('x');
    expect(container.terminal.input).toBe('x');
    expect(ui.has('line 99')).toBe(true);
    await ui.send(F12);
    await ui.press('terminal.focus', 'page.up');
    expect(ui.has('line 99')).toBe(false);
    await ui.press('cursor.last');
    expect(ui.has('line 99')).toBe(true);
  });
});

describe('its size', () => {
  test('follows the window, also while somebody types into it', async () => {
    const { ui, container } = await openTerminal();
    const first = container.terminal.sizes.at(-1)!;
    expect(first.columns).toBe(158);
    await ui.resize(80, 24);
    expect(container.terminal.sizes.at(-1)).toEqual({ columns: 78, rows: 20 });
    await ui.type('x');
    expect(container.terminal.input).toBe('x');
    await ui.resize(160, 50);
    expect(container.terminal.sizes.at(-1)).toEqual(first);
  });

  test('is that of the whole screen when the pane is shown alone', async () => {
    const { ui, container } = await openContainer(wide);
    await ui.press('terminal.focus', 'pane.zoom');
    expect(container.terminal.sizes.at(-1)).toEqual({ columns: 158, rows: 46 });
    await ui.press('view.back');
    expect(ui.panes).toContain('layers');
  });
});

describe('shells and logs', () => {
  test('e runs one more shell, p shows the log and goes back', async () => {
    const { ui, container } = await openContainer(wide);
    await ui.press('container.shell');
    await ui.shows('Shell of web');
    expect(container.terminal.command).toEqual(['/bin/sh']);
    await ui.type('ls\r');
    expect(container.terminal.input).toBe('ls\r');
    expect(container.sessions[0]!.detached).toBe(true);
    await ui.send(F12);
    container.print('printed\r\n');
    await ui.press('container.logs');
    await ui.shows('Log of web');
    await ui.shows('printed');
    await ui.press('container.logs');
    await ui.shows('Terminal of web');
  });

  test('a container without a terminal shows its log as it comes, line by line', async () => {
    const { ui, container } = await openContainer({
      ...wide,
      facts: { process: { argv: ['x'], env: [], workingDir: '/', user: '', tty: false, stdin: false } },
      before: (fake) => fake.print('first\nsecond\n'),
    });
    await ui.shows('second');
    expect(screenRows(ui).slice(0, 2)).toEqual(['first', 'second']);
    container.print('third\n');
    await ui.shows('third');
    expect(ui.pane('terminal').title).toContain('Log of web');
  });

  test('an image without a shell is told', async () => {
    const { ui, containers } = await openContainer(wide);
    containers.failure = new PhylloError('not-found', 'run /bin/sh: it is not in the container');
    await ui.press('container.shell');
    await ui.shows('it is not in the container');
  });
});
