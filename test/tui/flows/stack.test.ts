// The stack screen: layers at the left, files at the right.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { imageOf } from '../../support/image-build.ts';
import { oldDockerArchive, writeArchive } from '../../support/image-archives.ts';
import { type Ui, openUi } from '../../support/tui-app.ts';
import { fileNames, openTourIn } from '../../support/tui-tour.ts';
import { type Place, freshPlace, endPlace, placeWithSamples } from '../../support/tui-services.ts';

let place: Place;
beforeAll(async () => {
  place = await placeWithSamples();
});
afterAll(() => endPlace(place));

function openTour(options: { columns?: number; rows?: number } = {}): Promise<Ui> {
  return openTourIn(place, options);
}

describe('opening', () => {
  test('from the list, with the newest layer selected; esc goes back', async () => {
    const ui = openUi({ services: place.services });
    await ui.shows('phyllo/tour:latest');
    await ui.press('item.open');
    await ui.shows('Changes in layer 9');
    expect(ui.text()).toContain('images › phyllo/tour:latest');
    expect(ui.selected('layers')).toMatch(/^9 RUN cat/);
    await ui.shows(/14\.58 MB · 10 layers · 13\.29 MB dead/);
    await ui.press('view.back');
    expect(ui.panes).toEqual(['images']);
  });

  test('a broken image says what is wrong with it, and esc goes back to the list', async () => {
    const { folder } = place;
    const image = await imageOf([{ file: 'text' }], 'plain');
    const members = oldDockerArchive([{ image, names: ['broken:1'] }]);
    for (const name of members.keys()) if (name.endsWith('layer.tar')) members.delete(name);
    const path = await writeArchive(join(folder, 'broken.tar'), members);
    const ui = openUi({ services: place.services, image: path });
    await ui.shows('✗');
    expect(ui.text()).toContain('layer.tar');
    await ui.press('layer.next', 'filter.edit', 'view.back', 'view.back');
    await ui.shows('phyllo/tour:latest');
  });

  test('a layer whose bytes are not those that the image names is told, and nothing of it is shown', async () => {
    const image = await imageOf([{ file: 'text' }, { other: 'text' }], 'gzip');
    const lying = {
      ...image,
      layers: [image.layers[0]!, { ...image.layers[1]!, tar: image.layers[0]!.tar }],
    };
    const members = oldDockerArchive([{ image: lying, names: ['lying:1'] }]);
    const path = await writeArchive(join(place.folder, 'lying.tar'), members);
    const ui = openUi({ services: place.services, image: path });
    await ui.shows('Changes in layer 1');
    await ui.press('details.toggle');
    await ui.shows('It did not work');
    await ui.press('view.back');
    expect(ui.panes).toContain('layers');
  });

  test('an image that is not there says so', async () => {
    const ui = openUi({ services: place.services, image: 'no-such-image' });
    await ui.shows('no such image');
    await ui.press('view.back');
    await ui.shows('phyllo/tour:latest');
  });
});

describe('stepping layers', () => {
  test.each(['layers.focus', 'files.focus', 'details.focus'] as const)(
    'works after %s, and the files follow',
    async (focus) => {
      const ui = await openTour();
      await ui.press(focus, 'layer.previous', 'layer.previous');
      expect(ui.has('Changes in layer 7')).toBe(true);
      expect(ui.selected('layers')).toMatch(/^7 RUN rm/);
      await ui.press('layer.next');
      expect(ui.has('Changes in layer 8')).toBe(true);
    },
  );

  test('keeps the cursor on its path, waits on the nearest directory, and comes back', async () => {
    const ui = await openTour();
    await ui.press('layer.previous', 'layer.previous', 'files.focus', 'cursor.last');
    expect(ui.selected('files')).toContain('download.txt');
    await ui.press('layer.previous');
    expect(ui.has('Changes in layer 6')).toBe(true);
    expect(ui.selected('files')).not.toContain('download.txt');
    await ui.press('layer.previous');
    expect(ui.selected('files')).toMatch(/12 MB A .*download\.txt$/);
    await ui.press('layer.next', 'layer.next');
    expect(ui.selected('files')).toMatch(/-12 MB D .*download\.txt$/);
  });

  test('at the ends the key says why it does nothing', async () => {
    const ui = await openTour();
    await ui.press('layer.next');
    expect(ui.footer).toContain('next layer: this is the last layer');
    for (let layer = 9; layer > 0; layer--) await ui.press('layer.previous');
    expect(ui.has('Changes in layer 0')).toBe(true);
    await ui.press('layer.previous');
    expect(ui.footer).toContain('this is the first layer');
  });

  test('an instruction without a layer says what it is, and z hides all of these', async () => {
    const ui = await openTour();
    await ui.press('cursor.first');
    expect(ui.selected('layers')).toMatch(/^CMD/);
    expect(ui.has('this instruction made no layer')).toBe(true);
    await ui.press('metadata.toggle');
    expect(ui.pane('layers').rows.filter((row) => row !== '')).toHaveLength(10);
    expect(ui.selected('layers')).toMatch(/^9 /);
    await ui.press('metadata.toggle');
    expect(ui.has(/^│ +EXPOSE 8080/)).toBe(true);
  });

  test('a layer that other images have too carries their number, dead bytes their own shade', async () => {
    const ui = await openTour();
    const rows = ui.pane('layers').rows;
    expect(rows.find((row) => row.includes('COPY rootfs/'))).toContain('≡1');
    expect(rows.find((row) => row.includes('RUN yes'))).toMatch(/░+ 13\.29 MB$/);
  });
});

describe('what a layer changed', () => {
  test('added, modified and removed have letters, counts and reasons', async () => {
    const ui = await openTour();
    expect(ui.pane('files').title).toMatch(/Changes in layer 9 .* 0 added 3 modified 2 removed/);
    expect(fileNames(ui)).toEqual([
      'M   tmp/  mtime',
      '▾ var/',
      '▾ lib/',
      'M     ▾ tour/  mtime',
      expect.stringMatching(/^M {7}▾ state {2}type, mode 0755→06/),
      'D           0001.log',
      'D           0002.log',
    ]);
  });

  test('a m r show and hide what was added, modified and removed', async () => {
    const ui = await openTour();
    await ui.press('removed.toggle');
    expect(fileNames(ui).join()).not.toContain('0001.log');
    expect(ui.pane('files').title).toContain('removed hidden');
    await ui.press('modified.toggle');
    expect(ui.has('everything is hidden: a m r u bring')).toBe(true);
    await ui.press('removed.toggle', 'modified.toggle');
    expect(fileNames(ui)).toHaveLength(7);
  });

  test('f lists the changes by size, without directories that changed nothing', async () => {
    const ui = await openTour({ columns: 160 });
    await ui.press('flat.show');
    expect(ui.pane('files').title).toContain('Changes in layer 9, flat');
    expect(ui.pane('files').place).toContain('by size, 1 of 5');
    expect(fileNames(ui).map((name) => name.replace(/^([AMD]) (\S+).*/, '$1 $2'))).toEqual([
      'M /var/lib/tour/state',
      'D /var/lib/tour/state/0002.log',
      'D /var/lib/tour/state/0001.log',
      'M /tmp',
      'M /var/lib/tour',
    ]);
  });

  test('s shows everything up to the layer, . hides what is unchanged in it, c comes back', async () => {
    const ui = await openTour();
    await ui.press('squashed.show');
    expect(ui.pane('files').title).toContain('Files up to layer 9');
    expect(fileNames(ui).join('\n')).toMatch(/etc\/\n.*group/);
    expect(ui.has('README → ../share/doc/')).toBe(true);
    expect(ui.has('sheet (hard link)')).toBe(true);
    await ui.press('unchanged.toggle');
    expect(ui.has('group')).toBe(false);
    expect(ui.pane('files').title).toMatch(/0A 3M 2D u hidden/);
    await ui.press('changes.show');
    expect(ui.pane('files').title).toContain('Changes in layer 9');
  });

  test('} and { go from change to change, through closed directories and round at the ends', async () => {
    const ui = await openTour();
    await ui.press('files.focus', 'tree.collapse', 'cursor.first');
    expect(ui.selected('files')).toContain('tmp/');
    await ui.press('change.next');
    expect(ui.selected('files')).toContain('tour/');
    await ui.press('change.next', 'change.next', 'change.next');
    expect(ui.selected('files')).toContain('0002.log');
    await ui.press('change.next');
    expect(ui.selected('files')).toContain('tmp/');
    await ui.press('change.previous');
    expect(ui.selected('files')).toContain('0002.log');
  });

  test('A shows and hides mode, owner and time', async () => {
    const ui = await openTour({ columns: 160 });
    expect(ui.pane('files').rows[0]).toMatch(/drwxrwxrwt 0:0 +2024-05-01 10:00 +0 B M/);
    await ui.press('attributes.toggle');
    expect(ui.pane('files').rows[0]).toMatch(/^▌ +0 B M {3}tmp\//);
  });

  test('o sorts directories by what is in them', async () => {
    const ui = await openTour();
    await ui.press('files.focus', 'squashed.show', 'order.next', 'cursor.first');
    expect(ui.pane('files').place).toContain('by size');
    expect(fileNames(ui)[0]).toBe('▾ srv/');
    await ui.press('order.reverse');
    expect(ui.pane('files').place).toContain('by size reversed');
    expect(ui.selected('files')).toContain('srv/');
    await ui.press('cursor.first');
    expect(ui.selected('files')).toContain('scripts');
  });
});

describe('the tree', () => {
  test('arrows open, close and climb; - closes all, = opens all below', async () => {
    const ui = await openTour();
    await ui.press('squashed.show', 'files.focus', 'tree.collapse', 'cursor.first');
    expect(fileNames(ui)).toEqual([
      '▸ etc/',
      'scripts → usr/bin',
      '▸ srv/',
      'M   tmp/  mtime',
      '▸ usr/',
      '▸ var/',
    ]);
    await ui.press('cursor.right');
    expect(fileNames(ui)[1]).toBe('group');
    await ui.press('cursor.down', 'cursor.left');
    expect(ui.selected('files')).toContain('etc/');
    await ui.press('cursor.left', 'cursor.last', 'tree.expand');
    expect(fileNames(ui).join()).toMatch(/▾ var\/.*▾ lib\/.*state/);
    await ui.press('cursor.down', 'parent.select');
    expect(ui.selected('files')).toContain('var/');
    await ui.press('cursor.left', 'cursor.left');
    expect(ui.footer).toContain('files');
    expect(ui.selected('layers')).toMatch(/^9/);
  });

  test('enter on a link goes to where it leads; a link that leads nowhere says so', async () => {
    const ui = await openTour();
    await ui.press('squashed.show', 'filter.edit');
    await ui.type('/usr/bin/README');
    await ui.shows(/▌.*README/);
    await ui.press('item.open', 'item.open');
    expect(ui.selected('files')).toMatch(/welcome\.txt$/);
  });

  test('i tells everything about the path: other names of the inode, owner, layer', async () => {
    const ui = await openTour();
    await ui.press('details.toggle', 'squashed.show', 'filter.edit');
    await ui.type('/usr/bin/leaf');
    await ui.shows(/▌.*leaf/);
    const details = ui.pane('details').rows.join('\n');
    expect(details).toMatch(/^ \/usr\/bin\/leaf$/m);
    expect(details).toMatch(/mode +-rwxr-xr-x \(0755\)/);
    expect(details).toMatch(/same inode +\/usr\/bin\/sheet/);
    expect(details).toMatch(/written by +layer 1/);
    expect(details).toMatch(/sha256 +[0-9a-f]+/);
  });

  test('i on a layer shows its whole instruction, its digests and who killed its bytes', async () => {
    const ui = await openTour({ rows: 70 });
    await ui.press('details.toggle', 'layer.previous', 'layer.previous', 'layer.previous', 'layer.previous');
    expect(ui.selected('layers')).toMatch(/^5 /);
    const details = ui.pane('details').rows.join('\n');
    expect(details).toMatch(/&& mkdir data/);
    expect(details).toMatch(/killed by +layer 7 \(12 MB\), layer 6/);
    await ui.press('pane.zoom');
    await ui.press('details.focus');
    expect(ui.pane('details').rows.join('\n')).toMatch(/chainID +sha256:[0-9a-f]{64}/);
  });

  test('+ shows the pane alone, and again all of them', async () => {
    const ui = await openTour();
    await ui.press('pane.zoom');
    expect(ui.panes).toEqual(['layers']);
    await ui.press('pane.next');
    expect(ui.panes).toEqual(['files']);
    await ui.press('view.back');
    expect(ui.panes).toEqual(['layers', 'files']);
  });
});

describe('details', () => {
  test('are about the pane that had the keys, and esc goes back to it', async () => {
    const ui = await openTour();
    await ui.press('files.focus', 'details.focus');
    expect(ui.pane('details').rows[0]).toBe(' /tmp');
    await ui.press('view.back', 'cursor.down');
    expect(ui.pane('details').rows[0]).toBe(' /var');
    await ui.press('layers.focus');
    expect(ui.pane('details').rows[0]).toContain('RUN cat');
    await ui.press('details.toggle');
    expect(ui.panes).toEqual(['layers', 'files']);
  });

  test('have their own rows to scroll', async () => {
    const ui = await openTour({ rows: 24 });
    await ui.press('details.focus');
    expect(ui.pane('details').place).toMatch(/1-9 of \d+/);
    await ui.press('cursor.down', 'cursor.down');
    expect(ui.pane('details').place).toMatch(/3-11 of/);
    await ui.press('cursor.last');
    expect(ui.pane('details').rows.at(-1)).not.toBe('');
  });
});

describe('at 80x24', () => {
  test('panes are tabs: tab and digits change them, i shows the details of either', async () => {
    const ui = await openTour({ columns: 80, rows: 24 });
    expect(ui.pane('layers').title).toContain('1 Layers  2 Changes in layer 9');
    await ui.press('pane.next');
    expect(ui.panes).toEqual(['files']);
    expect(ui.pane('files').title).toContain('0 added 3 modified 2 removed');
    await ui.press('details.toggle');
    expect(ui.panes).toEqual(['details']);
    expect(ui.pane('details').rows[0]).toBe(' /tmp');
    await ui.press('details.toggle');
    expect(ui.panes).toEqual(['files']);
    await ui.press('layers.focus', 'details.toggle');
    expect(ui.pane('details').rows.join()).toContain('&& mv /tmp/state');
  });

  test('what does not fit ends in a mark', async () => {
    const ui = await openTour({ columns: 80, rows: 24 });
    expect(ui.pane('layers').rows.find((row) => row.includes('LABEL'))).toMatch(/…$/);
    for (const line of ui.screen.lines()) expect(line.length).toBeLessThanOrEqual(80);
  });
});

describe('blame', () => {
  test('b lists the layers that touched a path, and enter goes to one', async () => {
    const ui = await openTour();
    await ui.press('squashed.show', 'layer.previous', 'layer.previous', 'layer.previous', 'filter.edit');
    await ui.type('numbers.txt');
    await ui.shows(/▌.*numbers\.txt/);
    await ui.press('item.open', 'blame.show');
    await ui.shows('layers that touched /srv/app/data/numbers.txt');
    const rows = ui.screen.lines().filter((line) => /│.( |▌) +\d [AM] +1\.289 MB/.test(line));
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatch(/6 M .*mode 0644→0775 +RUN chmod -R 775/);
    await ui.press('cursor.down', 'item.open');
    expect(ui.selected('layers')).toMatch(/^5 /);
    expect(ui.selected('files')).toContain('numbers.txt');
  });
});

describe('out of the image', () => {
  test('y copies the path, x extracts it to a directory', async () => {
    const { folder } = await freshPlace();
    const ui = await openTour();
    await ui.press('squashed.show', 'filter.edit');
    await ui.type('motd');
    await ui.shows(/▌.*motd/);
    await ui.press('item.open', 'item.copy');
    expect(ui.screen.writes.join('')).toContain(`\x1b]52;c;${btoa('/usr/bin/motd')}\x07`);
    await ui.press('entry.extract');
    expect(ui.footer).toContain('extract to directory');
    await ui.press('text.clear');
    await ui.type(`${folder}/out`);
    await ui.press('item.open');
    await ui.shows('extracted 1 files, 64 B');
  });

  test('tag and save of an image that is not in the store say why not', async () => {
    const image = await imageOf([{ file: 'text' }], 'plain');
    const path = await writeArchive(
      join(place.folder, 'plain.tar'),
      oldDockerArchive([{ image, names: ['plain:1'] }]),
    );
    const ui = openUi({ services: place.services, image: path });
    await ui.shows('1 layer');
    await ui.press('item.name');
    expect(ui.footer).toContain('this image is not in the store');
  });
});
