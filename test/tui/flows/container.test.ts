// A container's screen, as a person uses it: the live stack, the tree of its changes, its events.
import { describe, expect, test } from 'vitest';
import type { ContainerStart } from '../../support/tui-container-screen.ts';
import { openContainer } from '../../support/tui-container-screen.ts';
import { fileNames } from '../../support/tui-tour.ts';

const wide: ContainerStart = { columns: 160, rows: 50 };

describe('the live stack', () => {
  test('has the R/W layer on top of the layers of the image, and says what the screen waits for', async () => {
    const { ui } = await openContainer(wide);
    expect(ui.panes).toEqual(['layers', 'files', 'terminal', 'events']);
    expect(ui.selected('layers')).toMatch(/^R\/W sh .*0 B$/);
    expect(
      ui
        .pane('layers')
        .rows.map((row) => row.slice(1, 5).trim())
        .slice(0, 3),
    ).toEqual(['R/W', '1', '0']);
    expect(ui.pane('files').rows.join(' ')).toContain('it has written nothing yet');
    expect(ui.pane('events').rows.join(' ')).toContain('every change that it makes');
    expect(ui.text()).toContain('▲ running · R/W 0 B');
  });

  test('shows what was written at once: the path with its reason, the size, the totals, an event', async () => {
    const { ui, container } = await openContainer(wide);
    container.write({ 'etc/nginx.conf': 'x'.repeat(2200) });
    await ui.shows(/copy-up +\/etc\/nginx\.conf +2\.2 kB from layer 0 \(write\)/);
    expect(fileNames(ui)).toEqual(['▾ etc/', 'M     nginx.conf  copy-up from layer 0 (write), 200 B differ']);
    expect(ui.selected('layers')).toMatch(/2\.2 kB$/);
    expect(ui.text()).toContain('R/W 2.2 kB, 2 kB copied but unchanged (91 %)');
    expect(ui.pane('events').title).toContain('0 added, 1 copied up, 0 whiteouts');
  });

  test('every kind of change has its line, in the order in which they came', async () => {
    const { ui, container } = await openContainer(wide);
    container.write({ 'etc/new': 'hello' });
    container.write({ 'etc/.wh.passwd': '' });
    container.write({ 'etc/new': 'hello again' });
    container.write({ 'etc/.wh.passwd': undefined });
    await ui.shows('undo');
    expect(
      ui
        .pane('events')
        .rows.filter((row) => row !== '')
        .map((row) => row.slice(10).trimEnd()),
    ).toEqual([
      'add      /etc/new  5 B',
      'whiteout /etc/passwd  hides what is from layer 0',
      'write    /etc/new  11 B',
      'undo     /etc/passwd  is as below again',
    ]);
  });

  test('the cursor, opened directories, mode and filter stay while the stack is replaced under them', async () => {
    const { ui, container } = await openContainer(wide);
    container.write({ 'srv/': {}, 'srv/a/': {}, 'srv/a/one': '1', 'srv/b/': {}, 'srv/b/two': '2' });
    await ui.shows(/A +one/);
    await ui.press('files.focus', 'cursor.down', 'cursor.left');
    expect(ui.selected('files')).toMatch(/▸ a\/$/);
    container.write({ 'etc/aaa': 'before all others', 'srv/c': '3' });
    await ui.shows(/A +aaa/);
    expect(ui.selected('files')).toMatch(/▸ a\/$/);
    await ui.press('filter.edit');
    await ui.type('two');
    await ui.shows('1 match');
    await ui.press('item.open');
    container.write({ 'srv/two-more': '4' });
    await ui.shows('2 match');
    expect(fileNames(ui)).toEqual(['A ▾ srv/', 'A   ▾ b/', 'A       two', 'A     two-more']);
    await ui.press('view.back', 'squashed.show');
    container.write({ 'srv/last': '5' });
    await ui.shows(/A +last/);
    expect(ui.pane('files').title).toContain('Files up to layer 2');
  });

  test('a layer of the image stays selected while the container writes', async () => {
    const { ui, container } = await openContainer(wide);
    await ui.press('layers.focus', 'layer.previous');
    expect(ui.pane('files').title).toContain('Changes in layer 1');
    container.write({ 'etc/new': 'hello' });
    await ui.shows('add');
    expect(ui.pane('files').title).toContain('Changes in layer 1');
    await ui.press('layer.next');
    expect(fileNames(ui)).toContain('A     new');
  });

  test('a path that goes away leaves the cursor on its directory', async () => {
    const { ui, container } = await openContainer(wide);
    container.write({ 'srv/': {}, 'srv/one': '1', 'srv/two': '2' });
    await ui.shows(/A +two/);
    await ui.press('files.focus', 'cursor.last');
    expect(ui.selected('files')).toMatch(/two$/);
    container.write({ 'srv/two': undefined });
    await ui.gone(/A +two/);
    expect(ui.selected('files')).toMatch(/srv\/$/);
  });

  test('a file is read while the container writes on; its screen is not torn away', async () => {
    const { ui, container } = await openContainer(wide);
    container.write({ 'etc/new': 'hello' });
    await ui.shows(/A +new/);
    await ui.press('files.focus', 'cursor.last', 'item.open');
    await ui.shows('/etc/new  at the R/W layer');
    expect(ui.text()).toContain('containers › web › /etc/new');
    container.write({ 'aaa/': {}, 'aaa/first': '1' });
    await ui.press('view.back');
    await ui.shows(/A +first/);
    expect(ui.selected('files')).toMatch(/new$/);
  });

  test('what is asked and said of its paths is shown as on the screen of an image', async () => {
    const { ui, container } = await openContainer(wide);
    container.write({ 'etc/nginx.conf': 'x'.repeat(2200) });
    await ui.shows(/M +nginx/);
    await ui.press('files.focus', 'cursor.last', 'blame.show');
    await ui.shows('layers that touched /etc/nginx.conf');
    await ui.press('view.back', 'entry.extract');
    expect(ui.footer).toContain('extract to directory');
    await ui.press('view.back', 'item.copy');
    await ui.shows('copied /etc/nginx.conf');
  });

  test('details tell what the layer holds and how much of it was copied for nothing', async () => {
    const { ui, container } = await openContainer(wide);
    container.write({ 'etc/nginx.conf': 'x'.repeat(2200) });
    await ui.shows('copy-up');
    await ui.press('layers.focus', 'details.toggle');
    const details = ui.pane('details').rows.join('\n');
    expect(details).toMatch(/size +2\.2 kB \(2,200 bytes\)/);
    expect(details).toMatch(/changed +200 B really differ/);
  });
});

describe('what is chosen among layers and files', () => {
  test('is chosen from the terminal and the events as well', async () => {
    const { ui, container } = await openContainer(wide);
    container.write({ 'etc/new': 'hello' });
    await ui.shows(/A +new/);
    await ui.press('terminal.focus', 'layer.previous');
    expect(ui.pane('files').title).toContain('Changes in layer 1');
    await ui.press('events.focus', 'squashed.show');
    expect(ui.pane('files').title).toContain('Files up to layer 1');
    await ui.press('layer.next', 'changes.show', 'layer.next');
    expect(ui.footer).toContain('this is the last layer');
    expect(ui.selected('events')).toContain('/etc/new');
  });

  test('is seen where panes are tabs', async () => {
    const { ui, container } = await openContainer({ columns: 80, rows: 24 });
    container.write({ 'etc/new': 'hello' });
    await ui.press('terminal.focus', 'squashed.show');
    expect(ui.panes).toEqual(['files']);
    expect(fileNames(ui).join(' ')).toContain('usr/');
  });

  test('a filter that is typed in the terminal or the events is one of the files', async () => {
    const { ui, container } = await openContainer(wide);
    container.write({ 'etc/new': 'hello', 'etc/other': 'x' });
    await ui.shows(/A +new/);
    await ui.press('events.focus', 'filter.edit');
    await ui.type('other');
    await ui.shows('1 match');
    expect(fileNames(ui)).toEqual(['▾ etc/', 'A     other']);
  });
});

describe('the events', () => {
  test('thousands of them stay within bounds, follow the newest, and can be looked back through', async () => {
    const { ui, container } = await openContainer(wide);
    for (let round = 0; round < 7; round++) {
      const files = Array.from({ length: 1000 }, (_, file) => [`f${round}-${file}`, 'x'] as const);
      container.write(Object.fromEntries(files));
    }
    await ui.shows('f6-999');
    expect(ui.pane('events').place).toMatch(/ ([45]),000 of \1,000 /);
    await ui.press('events.focus', 'cursor.up', 'cursor.up');
    expect(ui.selected('events')).toMatch(/add +\/f6-997 /);
    container.write({ last: 'x' });
    await ui.settled();
    expect(ui.selected('events')).toMatch(/add +\/f6-997 /);
    await ui.press('cursor.last');
    expect(ui.selected('events')).toContain('/last');
  });

  test('enter goes to the path among the changes', async () => {
    const { ui, container } = await openContainer(wide);
    container.write({ 'etc/new': 'hello' });
    container.write({ 'srv/': {}, 'srv/two': '2' });
    await ui.shows('/srv/two');
    await ui.press('events.focus', 'cursor.first', 'item.open');
    expect(ui.selected('files')).toMatch(/new$/);
    container.write({ 'etc/new': undefined });
    await ui.shows('undo');
    await ui.press('events.focus', 'cursor.first', 'item.open');
    expect(ui.footer).toContain('that path is not among its changes now');
  });
});

describe('80x24', () => {
  test('the header has room for the totals in short', async () => {
    const { ui, container } = await openContainer({ columns: 80, rows: 24 });
    container.write({ 'etc/nginx.conf': 'x'.repeat(2200) });
    await ui.shows('▲ running · R/W 2.2 kB, 91 % unchanged');
  });

  test('panes are tabs, and the newest event stands in the border of the terminal', async () => {
    const { ui, container } = await openContainer({ columns: 80, rows: 24 });
    expect(ui.panes).toEqual(['layers']);
    expect(ui.pane('layers').title).toMatch(/1 Layers {2}2 Changes {2}3 Details {2}4 Terminal {2}5 Events/);
    container.write({ 'etc/nginx.conf': 'x'.repeat(2200) });
    await ui.press('files.focus');
    await ui.shows('nginx.conf');
    await ui.press('terminal.focus');
    expect(ui.panes).toEqual(['terminal']);
    expect(ui.pane('terminal').place).toContain('copy-up  /etc/nginx.conf  2.2 kB from layer 0 (write)');
    await ui.press('events.focus');
    expect(ui.pane('events').rows[0]).toContain('copy-up  /etc/nginx.conf');
    await ui.press('view.back');
    expect(ui.panes).toEqual(['files']);
  });
});

describe('containers that do not run', () => {
  test('one that has ended shows its changes and its log, and U starts it', async () => {
    const { ui, container } = await openContainer({
      ...wide,
      facts: { status: 'exited', exitCode: 1 },
      before: (fake) => {
        fake.write({ 'etc/new': 'hello' });
        fake.print('what it said last\r\n');
      },
    });
    await ui.shows('what it said last');
    expect(fileNames(ui)).toContain('A     new');
    expect(ui.text()).toContain('■ exited 1');
    await ui.press('terminal.enter');
    expect(ui.footer).toContain('it has no terminal');
    await ui.press('container.start');
    await ui.shows('▲ running');
    await container.terminal.print('here again');
    await ui.shows('here again');
  });

  test('one that was never started says which key does that', async () => {
    const { ui } = await openContainer({ ...wide, facts: { status: 'created' } });
    await ui.shows('it was never started; U starts it');
  });

  test('one that is removed while it is shown stays to be read, and says so', async () => {
    const { ui, container, containers } = await openContainer(wide);
    container.write({ 'etc/new': 'hello' });
    await ui.shows(/A +new/);
    await containers.remove('web');
    await ui.shows('✗ removed');
    expect(fileNames(ui)).toContain('A     new');
    await ui.press('container.stop');
    expect(ui.footer).toContain('there is no container here');
    await ui.press('view.back');
    await ui.shows('There are none yet');
  });
});
