// Two images compared, as a person does it.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeArchive } from '../../cli/archives.ts';
import { type Ui, type UiOptions, openUi } from '../../support/tui-app.ts';
import { type Place, endPlace, placeWithSamples } from '../../support/tui-services.ts';

let place: Place;

beforeAll(async () => {
  place = await placeWithSamples();
  const path = (name: string): string => join(place.folder, name);
  const base = { 'etc/conf': 'one\ntwo\n', 'etc/touch': 'x', 'usr/bin/tool': 'v1' };
  const dpkg = (version: string): string => `Package: curl\nVersion: ${version}\n`;
  await writeArchive(path('old.tar'), {
    names: ['app:old'],
    created: '2024-05-01T10:00:00Z',
    layers: [base, { 'var/lib/dpkg/status': dpkg('8.5'), 'old/a': 'a', 'old/deep/b\x1b[31m': 'bb' }],
    config: { Env: ['PORT=80'], Labels: { note: `${'long '.repeat(30)}end` } },
  });
  await writeArchive(path('new.tar'), {
    names: ['app:new'],
    created: '2024-06-01T10:00:00Z',
    layers: [
      base,
      {
        'var/lib/dpkg/status': dpkg('8.6'),
        'etc/conf': 'one\nTWO\nthree\n',
        'etc/touch': { content: 'x', mtime: 1_000_000_100 },
        'usr/bin/tool': { content: 'v1', mode: 0o755 },
        'usr/bin/big': 'x'.repeat(5000),
      },
    ],
    config: { Env: ['PORT=8080'] },
  });
  for (const name of ['old.tar', 'new.tar']) await place.services.transfer.load(path(name));
});
afterAll(() => endPlace(place));

/** app:old compared with app:new. */
async function openCompare(options: Omit<UiOptions, 'services'> = {}): Promise<Ui> {
  const ui = openUi({ services: place.services, columns: 140, rows: 40, ...options });
  await ui.shows('app:old');
  await ui.press('filter.edit');
  await ui.type('app');
  await ui.press('item.open', 'cursor.last', 'item.mark', 'cursor.first', 'items.compare');
  await ui.shows(/paths differ/);
  return ui;
}

describe('from the images', () => {
  test('a marked one is compared with the one under the cursor', async () => {
    const ui = openUi({ services: place.services });
    await ui.shows('app:old');
    expect(ui.footer).not.toContain('compare');
    await ui.press('items.compare');
    expect(ui.footer).toContain('mark another image first');
    await ui.press('item.mark');
    expect(ui.footer).toContain('| compare');
    await ui.press('items.compare');
    await ui.shows(/app:new and phyllo\/tour:latest/);
    await ui.press('view.back');
    expect(ui.panes).toEqual(['images']);
  });
});

describe('the compare screen', () => {
  test('has layers, files, settings and packages, and what they come to', async () => {
    const ui = await openCompare();
    expect(ui.panes).toEqual(['layers', 'files', 'config', 'packages']);
    expect(ui.pane('layers').rows.filter(Boolean)).toEqual([
      expect.stringMatching(/^▌── only in app:new ─+/),
      expect.stringMatching(/^ +5\.\d+ kB A +1 RUN step 1$/),
      expect.stringMatching(/^ ── only in app:old ─+/),
      expect.stringMatching(/^ +\d+ B D +1 RUN step 1$/),
      expect.stringMatching(/^ ── shared ─+/),
      expect.stringMatching(/^ +11 B {3}\s+0 RUN step 0$/),
    ]);
    expect(ui.pane('layers').title).toContain('1 shared');
    expect(ui.pane('files').rows.filter(Boolean)).toEqual([
      expect.stringMatching(/^▌ +\+6 B M {3}\/etc\/conf {2}content$/),
      expect.stringMatching(/^ +-3 B D ▸ \/old\/ {2}3 inside$/),
      expect.stringMatching(/^ +\+5 kB A {3}\/usr\/bin\/big$/),
      expect.stringMatching(/^ +0 B M {3}\/usr\/bin\/tool {2}mode 0644→0755$/),
      expect.stringMatching(/^ +0 B M {3}\/var\/lib\/dpkg\/status {2}content$/),
    ]);
    expect(ui.pane('files').title).toContain('1 in time alone, . shows');
    expect(ui.pane('config').rows[0]).toMatch(/^▌M env\.PORT {2}80 → 8080$/);
    expect(ui.pane('config').rows[1]).toMatch(/^ D labels\.note/);
    expect(ui.pane('packages').rows[0]).toMatch(/^▌deb +M curl {2}8\.5 → 8\.6$/);
    expect(ui.text()).toMatch(/8 paths differ · \+\d/);
  });

  test('a directory of one side opens and closes; hostile names are shown escaped', async () => {
    const ui = await openCompare();
    await ui.press('cursor.down', 'item.open');
    expect(ui.pane('files').rows.slice(1, 4)).toEqual([
      expect.stringMatching(/^▌ +-3 B D ▾ \/old\//),
      expect.stringMatching(/^ +-1 B D {5}a$/),
      expect.stringMatching(/^ +-2 B D {3}▸ deep\/ {2}1 inside$/),
    ]);
    await ui.press('tree.expand');
    expect(ui.pane('files').rows[4]).toMatch(/D {7}b\\x1b\[31m$/);
    await ui.press('cursor.left');
    expect(ui.selected('files')).toMatch(/D ▸ \/old\/ {2}3 inside/);
  });

  test('enter shows how a file differs', async () => {
    const ui = await openCompare();
    await ui.press('item.open');
    await ui.shows('+TWO');
    expect(ui.pane('difference').title).toContain('/etc/conf  from app:old to app:new');
    expect(
      ui
        .pane('difference')
        .rows.slice(0, 5)
        .map((row) => row.trim()),
    ).toEqual([
      expect.stringContaining('@@ -1,2 +1,3 @@'),
      expect.stringMatching(/1 1 +one/),
      expect.stringMatching(/2 +-two/),
      expect.stringMatching(/2 +\+TWO/),
      expect.stringMatching(/3 +\+three/),
    ]);
    await ui.press('view.back', 'cursor.down', 'cursor.down', 'cursor.down', 'item.open');
    await ui.shows('the content is the same; what differs: mode');
  });

  test('a, m, r and . choose what is shown, o sorts by size', async () => {
    const ui = await openCompare();
    const names = (): string[] =>
      ui
        .pane('files')
        .rows.filter(Boolean)
        .map((row) => /\/[^ ]*/.exec(row)![0]);
    await ui.press('modified.toggle');
    expect(names()).toEqual(['/old/', '/usr/bin/big']);
    await ui.press('modified.toggle', 'added.toggle', 'removed.toggle', 'unchanged.toggle');
    expect(names()).toEqual(['/etc/conf', '/etc/touch', '/usr/bin/tool', '/var/lib/dpkg/status']);
    await ui.press('added.toggle', 'removed.toggle', 'order.next');
    expect(names().slice(0, 4)).toEqual(['/usr/bin/big', '/var/lib/dpkg/status', '/etc/conf', '/old/']);
    expect(ui.pane('files').title).toContain('by size');
  });

  test('/ filters all lists, also what is in a closed directory', async () => {
    const ui = await openCompare();
    await ui.press('filter.edit');
    await ui.type('deep/B');
    await ui.press('item.open');
    expect(ui.pane('files').rows.filter(Boolean)).toEqual([expect.stringMatching(/D {3}\/old\/deep\/b/)]);
    expect(ui.pane('packages').rows[0]).toContain('Nothing like that differs');
    await ui.press('view.back');
    expect(ui.pane('packages').rows[0]).toContain('curl');
  });

  test('details tell both sides in full, of whatever pane has the keys', async () => {
    const ui = await openCompare();
    await ui.press('details.toggle');
    const shown = (): string => ui.pane('details').rows.join('\n');
    expect(shown()).toMatch(/app:old[^]*size +8 B[^]*app:new[^]*size +14 B[^]*written by +layer 1/);
    await ui.press('config.focus', 'cursor.down');
    expect(shown()).toMatch(/labels\.note[^]*long[^]*end[^]*app:new[^]*not there/);
    await ui.press('packages.focus');
    expect(shown()).toMatch(/deb curl[^]*8\.5[^]*8\.6/);
    await ui.press('layers.focus', 'cursor.last');
    expect(shown()).toMatch(/RUN step 0[^]*diffID +sha256:/);
    await ui.press('item.open');
    await ui.shows('Changes in layer');
  });

  test('on a small terminal panes are tabs', async () => {
    const ui = await openCompare({ columns: 80, rows: 24 });
    expect(ui.panes).toEqual(['files']);
    expect(ui.pane('files').title).toContain('1 Layers  2 Files  6 Settings  7 Packages');
    await ui.press('pane.next');
    expect(ui.panes).toEqual(['config']);
    await ui.press('layers.focus');
    expect(ui.panes).toEqual(['layers']);
  });

  test('images that are the same say so', async () => {
    const ui = openUi({ services: place.services, image: join(place.folder, 'old.tar') });
    await ui.shows('Layers');
    const { host } = { host: ui.session.app };
    const { CompareScreen } = await import('../../../src/tui/screens/compare/compare-screen.ts');
    const { imageSource } = await import('../../../src/tui/screens/stack/stack-source.ts');
    const same = imageSource(host, 'app:old');
    host.open(new CompareScreen(host, [same, same]));
    await ui.shows('Both have the same files.');
    expect(ui.text()).toContain('Both have the same settings.');
    expect(ui.text()).toContain('No package differs.');
    expect(ui.text()).toMatch(/0 paths differ/);
  });

  test('an image that cannot be opened is told', async () => {
    const ui = openUi({ services: place.services });
    await ui.shows('app:old');
    const { app } = ui.session;
    const { CompareScreen } = await import('../../../src/tui/screens/compare/compare-screen.ts');
    const { imageSource } = await import('../../../src/tui/screens/stack/stack-source.ts');
    app.open(new CompareScreen(app, [imageSource(app, 'app:old'), imageSource(app, 'app:never')]));
    await ui.shows(/✗ find image "app:never"/);
  });
});
