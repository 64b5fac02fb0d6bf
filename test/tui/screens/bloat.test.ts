// What of an image is wasted, as a person looks at it.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PhylloError } from '../../../src/lib/errors.ts';
import type { Services } from '../../../src/app/services.ts';
import { writeArchive } from '../../cli/archives.ts';
import { type Ui, type UiOptions, openUi } from '../../support/tui-app.ts';
import { type Place, endPlace, placeWithSamples } from '../../support/tui-services.ts';

const kilobytes = (count: number, character = 'x'): string => character.repeat(count * 1000);

let place: Place;
let waste: string;
let clean: string;
beforeAll(async () => {
  place = await placeWithSamples();
  waste = join(place.folder, 'waste.tar');
  clean = join(place.folder, 'clean.tar');
  const tool = kilobytes(60, 't');
  await writeArchive(waste, {
    names: ['app:waste'],
    layers: [
      {
        'var/cache/apt/pkgcache.bin': kilobytes(300),
        'var/cache/apt/src\x1b[31m': kilobytes(100, 's'),
        'usr/bin/tool': tool,
        'etc/conf': kilobytes(2),
      },
      { 'usr/bin/tool': { content: tool, mode: 0o755 }, 'etc/conf': kilobytes(1) },
      { 'etc/conf': kilobytes(3), 'usr/bin/copy': tool },
      { 'var/cache/.wh.apt': '' },
    ],
    history: [
      'RUN apt-get install -y big',
      'RUN chmod +x /usr/bin/tool',
      'RUN cp tool copy',
      'RUN rm -rf /var/cache/apt',
    ].map((created_by) => ({ created: '2024-05-01T10:00:00Z', created_by })),
  });
  await writeArchive(clean, { names: ['app:clean'], layers: [{ one: '1' }, { two: '22' }] });
  for (const path of [waste, clean]) await place.services.transfer.load(path);
});
afterAll(() => endPlace(place));

/** The bloat screen of app:waste, opened from its stack; that contents were compared is told by the duplicates. */
async function openExact(options: Partial<UiOptions> = {}): Promise<Ui> {
  const ui = openUi({ services: place.services, columns: 140, rows: 40, image: waste, ...options });
  await ui.shows('Changes in layer 3');
  await ui.press('bloat.open');
  await ui.shows('60 kB in copies of 1 file');
  return ui;
}

describe('the bloat screen', () => {
  test('sums up, and lists causes and instructions with who is to blame', async () => {
    const ui = await openExact();
    expect(ui.panes).toEqual(['summary', 'layers', 'files', 'advice', 'duplicates']);
    expect(ui.pane('summary').rows.map((row) => row.trim())).toEqual([
      'shipped     586 kB in 4 layers',
      'visible     123 kB',
      'dead        463 kB',
      'twice       60 kB in copies of 1 file',
      expect.stringMatching(/^efficiency {2}██\S* +21 % visible$/),
    ]);
    expect(ui.pane('layers').rows.filter(Boolean)).toEqual([
      expect.stringMatching(/^▌ +463 kB {2}all that is dead {2}79 % of what is shipped$/),
      expect.stringMatching(/── by cause ─/),
      expect.stringMatching(/^ +400 kB █+\S* +deleted +86\.4 %$/),
      expect.stringMatching(/^ +60 kB █\S* +metadata only +13 %$/),
      expect.stringMatching(/^ +3 kB ▏ +overwritten +0\.6 %$/),
      expect.stringMatching(/── instructions, by what of theirs is dead ─/),
      expect.stringMatching(/^ +462 kB █+\S* +0 RUN apt-get .* by 3, 1$/),
      expect.stringMatching(/^ +1 kB ▏ +1 RUN chmod .* by 2$/),
    ]);
    expect(ui.text()).toContain('586 kB · 4 layers · 463 kB dead');
  });

  test('paths follow what is chosen; hostile names are shown escaped', async () => {
    const ui = await openExact();
    expect(ui.pane('files').rows.filter(Boolean)).toEqual([
      expect.stringMatching(/^▌ +400 kB ▾ var\/cache\/apt\/ +2 files$/),
      expect.stringMatching(/^ +300 kB {5}pkgcache\.bin +deleted {2}0 → 3$/),
      expect.stringMatching(/^ +100 kB {5}src\\x1b\[31m +deleted {2}0 → 3$/),
      expect.stringMatching(/^ +60 kB {3}usr\/bin\/tool +metadata only {2}0 → 1$/),
      expect.stringMatching(/^ +3 kB {3}etc\/conf +2 times$/),
    ]);
    await ui.press('cursor.down', 'cursor.down');
    expect(ui.selected('layers')).toContain('metadata only');
    expect(ui.pane('files').title).toContain('Dead paths: metadata only');
    expect(ui.pane('files').rows.filter(Boolean)).toEqual([expect.stringContaining('usr/bin/tool')]);
    await ui.press('layer.next', 'layer.next');
    expect(ui.pane('files').title).toContain('Dead paths of layer 1');
    expect(ui.pane('files').rows.filter(Boolean)).toEqual([
      expect.stringMatching(/etc\/conf +overwritten {2}1 → 2/),
    ]);
    await ui.press('order.next');
    expect(ui.has('instructions, by what they killed')).toBe(true);
    expect(
      ui
        .pane('layers')
        .rows.filter((row) => row.includes('RUN'))
        .map((row) => row.trim()),
    ).toEqual([
      expect.stringMatching(/^400 kB .* 3 RUN rm -rf .* of 0$/),
      expect.stringMatching(/^▌ +62 kB .* 1 RUN chmod .* of 0$/),
      expect.stringMatching(/^1 kB .* 2 RUN cp .* of 1$/),
    ]);
    expect(ui.pane('files').title).toContain('Dead paths that layer 1 killed');
  });

  test('headings are passed over', async () => {
    const ui = await openExact();
    await ui.press('cursor.down');
    expect(ui.selected('layers')).toContain('deleted');
    await ui.press('cursor.up');
    expect(ui.selected('layers')).toContain('all that is dead');
    await ui.press('cursor.last', 'cursor.up', 'cursor.up');
    expect(ui.selected('layers')).toContain('overwritten');
    await ui.press('advice.focus', 'cursor.first');
    expect(ui.selected('advice')).not.toContain('──');
  });

  test('directories open and close, f lists files by size', async () => {
    const ui = await openExact();
    await ui.press('files.focus', 'cursor.left');
    expect(ui.selected('files')).toMatch(/400 kB ▸ var\/cache\/apt\//);
    await ui.press('item.open', 'tree.collapse', 'tree.expand');
    expect(ui.selected('files')).toMatch(/400 kB ▾/);
    await ui.press('flat.show');
    expect(ui.pane('files').rows[0]).toMatch(/300 kB +\/?var\/cache\/apt\/pkgcache\.bin/);
    expect(ui.pane('files').title).toContain('files by size');
  });

  test('/ finds paths, esc ends the filter', async () => {
    const ui = await openExact();
    await ui.press('filter.edit');
    await ui.type('conf');
    await ui.press('item.open');
    await ui.shows(/▌ +3 kB +etc\/conf/);
    expect(ui.pane('files').rows.filter(Boolean)).toEqual([expect.stringMatching(/3 kB +etc\/conf/)]);
    await ui.press('filter.edit');
    await ui.type('re:(');
    await ui.press('item.open', 'view.back');
    await ui.press('filter.edit');
    await ui.type('nothing-like-it');
    await ui.press('item.open');
    await ui.shows('No dead path matches; esc ends the filter.');
    await ui.press('view.back');
    await ui.shows('pkgcache.bin');
  });

  test('details tell exact bytes, of whatever pane has the keys', async () => {
    const ui = await openExact();
    await ui.press('details.toggle');
    const shown = (): string =>
      ui
        .pane('details')
        .rows.map((row) => row.trimEnd())
        .join('\n');
    expect(shown()).toMatch(/dead +463 kB \(463,000 bytes\)/);
    await ui.press('cursor.last', 'cursor.up');
    expect(shown()).toMatch(/RUN apt-get install -y big\n layer +0\n[^]*400 kB layer 3, RUN rm -rf/);
    await ui.press('files.focus');
    expect(shown()).toMatch(
      /var\/cache\/apt\/\n dead +400 kB[^]*made by layer 0, RUN apt-get[^]*killed by layer 3, RUN rm/,
    );
    await ui.press('advice.focus');
    expect(shown()).toMatch(
      /saves +400 kB \(400,000 bytes\)[^]*killed by +layer 3, RUN rm[^]*\/var\/cache\/apt/,
    );
    await ui.press('cursor.last');
    expect(shown()).toMatch(/saves[^]*leaves +\d+/);
    await ui.press('duplicates.focus');
    expect(shown()).toMatch(/2 files with the same content[^]*\/usr\/bin\/copy\n +\/usr\/bin\/tool/);
  });
});

describe('the life of a dead file', () => {
  test('^ goes to the layer that killed it, _ to the one that made it, with the cursor on it; esc comes back', async () => {
    const ui = await openExact();
    await ui.press('files.focus', 'cursor.down', 'killer.open');
    await ui.shows('Changes in layer 3');
    expect(ui.selected('layers')).toContain('RUN rm -rf /var/cache/apt');
    expect(ui.selected('files')).toMatch(/D +pkgcache\.bin/);
    await ui.press('maker.open');
    await ui.shows('Changes in layer 0');
    expect(ui.selected('files')).toMatch(/A +pkgcache\.bin/);
    await ui.press('killer.open');
    await ui.shows('Changes in layer 3');
    await ui.press('view.back', 'view.back');
    expect(ui.selected('files')).toContain('pkgcache.bin');
    await ui.press('maker.open');
    await ui.shows('Changes in layer 0');
    expect(ui.selected('files')).toMatch(/A +pkgcache\.bin/);
  });

  test('what died several times is asked about', async () => {
    const ui = await openExact();
    await ui.press('files.focus', 'cursor.last', 'killer.open');
    await ui.shows(/2 kB {2}made by 0, killed by 1 overwritten/);
    expect(ui.has('1 kB  made by 1, killed by 2 overwritten')).toBe(true);
    await ui.press('cursor.down', 'item.open');
    await ui.shows('Changes in layer 2');
    expect(ui.selected('files')).toMatch(/M +conf/);
  });

  test('an instruction opens its layer, advice its killer, a duplicate the layer of a copy', async () => {
    const ui = await openExact();
    await ui.press('cursor.last', 'item.open');
    await ui.shows('Changes in layer 1');
    await ui.press('view.back', 'advice.focus', 'killer.open');
    await ui.shows('Changes in layer 3');
    await ui.press('view.back', 'view.back', 'duplicates.focus', 'item.open');
    await ui.shows('made by');
    await ui.press('item.open');
    await ui.shows('Changes in layer 2');
    expect(ui.selected('files')).toMatch(/A +copy/);
  });

  test('what has no killer says so', async () => {
    const ui = await openExact();
    await ui.press('duplicates.focus', 'killer.open');
    expect(ui.footer).toContain('no layer above has changed or deleted this');
  });
});

test('marks ask what it would save to do without: paths left out, instructions squashed', async () => {
  const ui = await openExact();
  await ui.press('files.focus', 'item.mark');
  expect(ui.has('what if, with what is marked')).toBe(true);
  expect(ui.has(/400 kB {2}without the marked path: 186 kB are left/)).toBe(true);
  await ui.press('layers.focus', 'cursor.last', 'item.mark', 'cursor.up', 'item.mark');
  expect(ui.has(/layers 0 to 1 squashed into one/)).toBe(true);
  expect(ui.has(/layer 1 done in the instruction of layer 0/)).toBe(true);
  await ui.press('view.back');
  expect(ui.has('what if, with what is marked')).toBe(false);
  expect(ui.panes).toContain('summary');
});

describe('elsewhere', () => {
  test('from the images', async () => {
    const ui = openUi({ services: place.services });
    await ui.shows('app:waste');
    await ui.press('filter.edit');
    await ui.type('app:waste');
    await ui.press('item.open', 'bloat.open');
    await ui.shows('463 kB dead');
    await ui.press('view.back');
    expect(ui.panes).toEqual(['images']);
  });

  test('an image without waste says so', async () => {
    const ui = openUi({ services: place.services, image: clean });
    await ui.shows('Changes in layer 1');
    await ui.press('bloat.open');
    await ui.shows('Nothing is wasted');
    await ui.shows('No file is there twice.');
    expect(ui.has('nothing dead')).toBe(true);
    expect(ui.has('There is nothing to advise')).toBe(true);
    await ui.press('cursor.down', 'item.open', 'killer.open', 'item.mark', 'view.back');
    await ui.shows('Changes in layer 1');
  });

  test('on a small terminal panes are tabs, the summary stays with the causes', async () => {
    const ui = await openExact({ columns: 80, rows: 24 });
    expect(ui.panes).toEqual(['layers', 'summary']);
    expect(ui.pane('layers').title).toContain('1 Dead  2 Paths  8 Advice  9 Duplicates');
    await ui.press('pane.next');
    expect(ui.panes).toEqual(['files']);
    await ui.press('details.focus');
    expect(ui.pane('details').title).toContain('3 Details');
    await ui.resize(60, 15);
    await ui.press('layers.focus');
    expect(ui.pane('layers').rows[0]).toContain('all that is dead');
  });

  test('an analysis that fails is told', async () => {
    const analyze = async (): Promise<never> => {
      throw new PhylloError('limit-exceeded', 'analyze layers: it takes more memory than there is');
    };
    const services: Services = { ...place.services, analysis: { analyze } };
    const ui = openUi({ services, image: waste });
    await ui.shows('Changes in layer 3');
    await ui.press('bloat.open');
    await ui.shows('✗ analyze layers: it takes more memory than there is');
    await ui.press('cursor.down', 'item.open', 'view.back');
    await ui.shows('Changes in layer 3');
  });

  test('figures stay when contents cannot be compared', async () => {
    const { explore } = place.services;
    const services: Services = {
      ...place.services,
      explore: {
        ...explore,
        extract: explore.extract.bind(explore),
        open: async (name) => {
          const image = await explore.open(name);
          image.exact = () =>
            Promise.reject(new PhylloError('digest-mismatch', 'read layer 0: it is another one'));
          return image;
        },
      },
    };
    const ui = openUi({ services, image: waste, columns: 140, rows: 40 });
    await ui.shows('Changes in layer 3');
    await ui.press('bloat.open');
    await ui.shows('contents cannot be compared');
    expect(ui.has('463 kB dead')).toBe(true);
    await ui.press('details.toggle');
    await ui.shows('read layer 0: it is another one');
  });
});
