// Two containers side by side, as a person uses them.
import { describe, expect, test } from 'vitest';
import type { Ui } from '../../support/tui-app.ts';
import type { FakeContainer } from '../../support/tui-container.ts';
import { FakeContainers } from '../../support/tui-containers.ts';
import { BASE, uiWith } from '../../support/tui-container-screen.ts';

interface Both {
  readonly ui: Ui;
  readonly containers: FakeContainers;
  readonly left: FakeContainer;
  readonly right: FakeContainer;
}

async function openBoth(columns = 160, rows = 50): Promise<Both> {
  const containers = new FakeContainers(BASE);
  const right = containers.add('web-2');
  const left = containers.add('web-1');
  const ui = uiWith(containers, { columns, rows });
  await ui.press('containers.open');
  await ui.shows('web-2');
  await ui.press('item.mark', 'item.mark', 'items.compare');
  await ui.shows('web-1 and web-2');
  await ui.settled();
  return { ui, containers, left, right };
}

describe('two containers of one image', () => {
  test('shared layers are drawn once, what each wrote is drawn apart', async () => {
    const { ui, left, right } = await openBoth();
    expect(ui.panes).toEqual(['layers', '0 files', '0 events', '1 files', '1 events']);
    expect(ui.text().match(/RUN make layer 0/g)).toHaveLength(1);
    left.write({ 'etc/left': 'left' });
    right.write({ 'etc/.wh.passwd': '' });
    await ui.shows('whiteout');
    expect(ui.pane('0 files').rows.join('\n')).toMatch(/A +left/);
    expect(ui.pane('0 files').rows.join('\n')).not.toContain('passwd');
    expect(ui.pane('1 files').rows.join('\n')).toMatch(/D +passwd/);
    expect(ui.pane('0 events').rows[0]).toContain('add      /etc/left');
    expect(ui.pane('1 events').rows[0]).toContain('whiteout /etc/passwd');
    expect(ui.pane('0 files').title).toContain('web-1  ▲ running  R/W 4 B');
    expect(ui.pane('1 files').title).toContain('web-2  ▲ running  R/W 0 B');
  });

  test('keys act on the side that has them; ; and tab go to the other one', async () => {
    const { ui, left, right } = await openBoth();
    await ui.press('container.stop');
    await ui.shows(/web-1 +■ exited 0/);
    expect(right.record.status).toBe('running');
    await ui.press('side.next', 'container.stop');
    await ui.shows(/web-2 +■ exited 0/);
    await ui.press('container.start');
    await ui.shows(/web-2 +▲ running/);
    expect(left.record.status).toBe('exited');
  });

  test('the terminal of each can be typed into', async () => {
    const { ui, left, right } = await openBoth();
    await ui.press('terminal.enter');
    await ui.type('to the left\r');
    await ui.send('\x1b[24~');
    await ui.press('side.next', 'terminal.enter');
    expect(ui.panes).toContain('0 terminal');
    expect(ui.panes).toContain('1 terminal');
    await ui.type('to the right\r');
    expect(left.terminal.input).toBe('to the left\r');
    expect(right.terminal.input).toBe('to the right\r');
    expect(left.terminal.sizes.at(-1)!.columns).toBeLessThan(80);
    await ui.send('\x1b[24~');
    await right.terminal.print('drawn at the right');
    await ui.shows('drawn at the right');
    expect(ui.pane('1 terminal').rows.join('')).toContain('drawn at the right');
  });

  test('both sides look at the layer that is chosen among the shared ones', async () => {
    const { ui } = await openBoth();
    await ui.press('layers.focus', 'layer.previous');
    expect(ui.pane('0 files').rows.join('\n')).toContain('usr/');
    expect(ui.pane('1 files').rows.join('\n')).toContain('usr/');
  });

  test('at 80x24 there is one pane, and the tabs tell whose it is', async () => {
    const { ui, right } = await openBoth(80, 24);
    expect(ui.panes).toEqual(['0 files']);
    expect(ui.text()).toContain('◀ web-1');
    await ui.press('side.next');
    expect(ui.text()).toContain('▶ web-2');
    right.write({ 'etc/right': '1' });
    await ui.shows(/A +right/);
    await ui.press('events.focus');
    expect(ui.pane('1 events').rows[0]).toContain('/etc/right');
    await ui.press('terminal.focus');
    expect(ui.panes).toEqual(['1 terminal']);
  });

  test.each([
    [80, 24],
    [100, 30],
    [120, 40],
    [161, 51],
  ])('every pane fills its place at %ix%i', async (columns, rows) => {
    const { ui } = await openBoth(columns, rows);
    const { app } = ui.session;
    const { panes } = app.screen.view({ size: { columns, rows }, theme: app.theme });
    for (const { box, lines } of panes) expect(lines).toHaveLength(box.height);
    expect(ui.screen.lines().at(-2)).toMatch(/^└.*┘$/);
    expect(ui.screen.lines().at(-2)).toHaveLength(columns);
  });

  test('one that is removed says so, the other goes on', async () => {
    const { ui, containers, right } = await openBoth();
    await containers.remove('web-1');
    await ui.shows(/web-1 +✗ removed/);
    right.write({ 'etc/right': '1' });
    await ui.shows(/A +right/);
  });

  test('leaving ends the watching of both', async () => {
    const { ui, left, right } = await openBoth();
    expect([left.listeners.size, right.listeners.size]).toEqual([1, 1]);
    await ui.press('view.back');
    expect([left.listeners.size, right.listeners.size]).toEqual([0, 0]);
    expect(left.terminal.detached && right.terminal.detached).toBe(true);
  });
});
