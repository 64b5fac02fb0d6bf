// Real containers in the terminal UI: full-screen programs in the pane, and what they write beside it.
import { getuid } from 'node:process';
import { describe, expect, onTestFinished, test } from 'vitest';
import { needTool } from '../../support/tools.ts';
import { type Ui, openUi } from '../../support/tui-app.ts';
import { type Place, freshPlace } from '../../support/tui-services.ts';

const isRoot = getuid?.() === 0;
const LEAVE = '\x1b[24~';

describe.runIf(isRoot && needTool('crun', 'busybox'))('busybox in the pane', () => {
  test('vi writes a file that the tree shows, top fits a smaller window, and the end is told', async () => {
    const { ui, place } = await openBusybox();
    await ui.send('vi /etc/new\r');
    await ui.shows('- /etc/new');
    await ui.send('ihello from vi');
    await ui.shows('hello from vi');
    await ui.send('\x1b');
    // Together with what follows it, escape would be another key to vi.
    await ui.shows('- /etc/new [Modified]');
    await ui.send(':wq\r');
    await ui.shows(/add +\/etc\/new +14 B/);
    await ui.shows(/A +new/);
    await ui.send('top\r');
    await ui.shows('Load average');
    await ui.resize(80, 24);
    await ui.shows(/4 Terminal/);
    await ui.send('q');
    await ui.send('stty size\r');
    await ui.shows('20 78');
    await ui.send('exit 3\r');
    await ui.shows('[ended with 3]');
    await ui.shows('■ exited 3');
    await ui.press('item.remove', 'question.accept');
    await ui.shows('✗ removed');
    expect(await place.services.containers.list()).toEqual([]);
  });

  test('a second shell sees the same files, and the first one goes on', async () => {
    const { ui, place } = await openBusybox();
    await ui.send(LEAVE);
    await ui.press('container.shell');
    await ui.shows('Shell of');
    await ui.send('echo one > /etc/from-the-shell; echo done-$((1 + 1))\r');
    await ui.shows('done-2');
    await ui.send(LEAVE);
    await ui.shows(/A +from-the-shell/);
    await ui.press('container.logs', 'container.logs', 'terminal.enter');
    await ui.shows('all keys go to it');
    await ui.send('cat /etc/from-the-shell\r');
    await ui.shows(/^│one/);
    await ui.send(LEAVE);
    await ui.press('item.remove', 'question.accept');
    await ui.shows('✗ removed');
    expect(await place.services.containers.list()).toEqual([]);
  });
});

async function openBusybox(): Promise<{ ui: Ui; place: Place }> {
  const place = await freshPlace();
  await place.services.samples.make('cow-busybox');
  const ui = openUi({ services: place.services });
  // Also of a test that failed nothing must go on running.
  onTestFinished(async () => {
    const { containers } = place.services;
    for (const { id } of await containers.list()) await containers.remove(id, { force: true });
  });
  await ui.shows('phyllo/cow:busybox');
  await ui.press('image.run');
  await ui.type('--name bb --engine linux --network none');
  await ui.press('item.open');
  await ui.shows('/demo #');
  await ui.shows('▲ running');
  return { ui, place };
}
