// The images screen, as a person uses it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openUi } from '../../support/tui-app.ts';
import {
  type Place,
  freshPlace,
  endPlace,
  placeWithSamples,
  servicesAgain,
} from '../../support/tui-services.ts';

let place: Place;
beforeAll(async () => {
  place = await placeWithSamples();
});
afterAll(() => endPlace(place));

describe('an empty store', () => {
  test('teaches what the screen is for, and M makes the sample images', async () => {
    const { services } = await freshPlace();
    const ui = openUi({ services });
    await ui.shows('There are none yet');
    expect(ui.text()).toContain('M  makes the sample images');
    await ui.press('samples.make');
    await ui.shows(/phyllo\/tour:latest .*14\.58 MB/);
    await ui.shows('phyllo/tour:slim');
    await ui.shows('made phyllo/tour:latest, phyllo/tour:slim');
  });
});

describe('the list', () => {
  test('tells names, age, layers, sizes and what is stored in all', async () => {
    const ui = openUi({ services: place.services });
    await ui.shows('phyllo/tour:latest');
    expect(ui.pane('images').rows[0]).toMatch(/NAME +IMAGE ID +CREATED +LAYERS +SIZE +SHARED/);
    expect(ui.selected('images')).toMatch(
      /^phyllo\/tour:latest +[0-9a-f]{12} +2 years ago +10 +14\.58 MB .*%$/,
    );
    expect(ui.text()).toMatch(/2 images · [\d.]+ MB stored/);
    expect(ui.footer).toContain('⏎ open');
  });

  test('two names of one image stand together and say what they share once', async () => {
    const { services } = await freshPlace({ like: place });
    const ui = openUi({ services });
    await ui.shows('phyllo/tour:slim');
    await ui.press('cursor.last', 'item.name');
    expect(ui.footer).toContain('another name for phyllo/tour:slim');
    await ui.type('also/slim:1');
    await ui.press('item.open');
    await ui.shows('also/slim:1 is phyllo/tour:slim now');
    await ui.shows(/phyllo\/tour:slim +″ +″/);
    expect(ui.pane('images').rows[2]).toMatch(/^ +also\/slim:1 +[0-9a-f]{12}/);
  });

  test('o sorts by name and by size, O turns the order round, and the cursor stays on its image', async () => {
    const ui = openUi({ services: place.services });
    await ui.shows('phyllo/tour:latest');
    await ui.press('cursor.down');
    expect(ui.selected('images')).toContain('tour:slim');
    await ui.press('order.next');
    expect(ui.pane('images').place).toContain('by name, 2 of 2');
    await ui.press('order.reverse');
    expect(ui.pane('images').place).toContain('by name reversed, 1 of 2');
    expect(ui.selected('images')).toContain('tour:slim');
    await ui.press('order.next');
    expect(ui.pane('images').rows[1]).toContain('tour:latest');
  });

  test('/ leaves the images whose names match; enter keeps the filter, esc ends it', async () => {
    const ui = openUi({ services: place.services });
    await ui.shows('phyllo/tour:latest');
    await ui.press('filter.edit');
    await ui.type('slim');
    await ui.gone('phyllo/tour:latest');
    await ui.press('item.open');
    expect(ui.selected('images')).toContain('tour:slim');
    expect(ui.pane('images').title).toContain('/slim');
    await ui.press('view.back');
    expect(ui.has('phyllo/tour:latest')).toBe(true);
    await ui.press('filter.edit');
    await ui.type('nothing like it');
    await ui.shows('No image is called nothing like it; esc ends the filter.');
    await ui.press('view.back');
    expect(ui.has('phyllo/tour:latest')).toBe(true);
  });

  test('i shows everything about the image under the cursor', async () => {
    const ui = openUi({ services: place.services });
    await ui.shows('phyllo/tour:latest');
    await ui.press('details.toggle');
    const details = ui.pane('details').rows.join('\n');
    expect(details).toMatch(/image ID +sha256:[0-9a-f]{64}/);
    expect(details).toMatch(/platform +linux\/amd64/);
    expect(details).toMatch(/size +14\.58 MB \(14,\d{3},\d{3} bytes\)/);
    expect(details).toMatch(/label +org\.opencontainers\.image\.title=Tour of layers/);
    await ui.press('details.toggle');
    expect(ui.panes).toEqual(['images']);
  });

  test('details leave the list a few rows, and say when there is more of them', async () => {
    const ui = openUi({ services: place.services, columns: 80, rows: 20 });
    await ui.shows('phyllo/tour:latest');
    await ui.press('details.toggle');
    expect(ui.pane('images').rows).toHaveLength(5);
    expect(ui.pane('details').place).toMatch(/ 9 of 1\d rows/);
    await ui.resize(80, 40);
    expect(ui.pane('details').rows.at(-1)).toContain('org.opencontainers');
    expect(ui.pane('details').place).not.toContain('rows');
  });

  test('y puts the name on the clipboard of the terminal', async () => {
    const ui = openUi({ services: place.services });
    await ui.shows('phyllo/tour:latest');
    await ui.press('item.copy');
    expect(ui.screen.writes.join('')).toContain(`\x1b]52;c;${btoa('phyllo/tour:latest')}\x07`);
    await ui.shows('copied phyllo/tour:latest');
  });
});

describe('the tree', () => {
  test('grows the images from scratch and draws layers that they share once', async () => {
    const ui = openUi({ services: place.services });
    await ui.shows('phyllo/tour:latest');
    await ui.press('arrangement.toggle');
    const rows = ui.pane('images').rows.filter((row) => row !== '');
    expect(
      rows.map((row) =>
        row
          .slice(1)
          .trimStart()
          .replace(/ {2,}.*/, ''),
      ),
    ).toEqual([
      'LAYERS AND IMAGES',
      'scratch',
      '└─ ▾ WORKDIR /srv/app',
      expect.stringMatching(/^├─ ▾ RUN /),
      '│',
      expect.stringMatching(/^└─ ▾ RUN /),
      'phyllo/tour:slim',
    ]);
    expect(rows[4]).toContain('phyllo/tour:latest');
  });

  test('enter and the arrows open and close a line of layers; - and = all of them', async () => {
    const ui = openUi({ services: place.services });
    await ui.shows('phyllo/tour:latest');
    await ui.press('arrangement.toggle', 'cursor.first', 'cursor.down', 'item.open');
    expect(ui.has('phyllo/tour:latest')).toBe(false);
    expect(ui.selected('images')).toContain('▸ WORKDIR');
    await ui.press('cursor.right');
    expect(ui.has('phyllo/tour:latest')).toBe(true);
    await ui.press('tree.collapse');
    expect(ui.has('phyllo/tour:latest')).toBe(false);
    await ui.press('tree.expand');
    expect(ui.has('phyllo/tour:latest')).toBe(true);
  });

  test('from an image, left closes the layers that it stands on', async () => {
    const ui = openUi({ services: place.services });
    await ui.shows('phyllo/tour:latest');
    await ui.press('arrangement.toggle');
    expect(ui.selected('images')).toContain('scratch');
    await ui.press('cursor.last');
    expect(ui.selected('images')).toContain('phyllo/tour:slim');
    await ui.press('cursor.left');
    expect(ui.has('phyllo/tour:slim')).toBe(false);
    expect(ui.selected('images')).toContain('└─ ▸ RUN');
  });
});

describe('work on images', () => {
  test('D asks, n keeps the image, y deletes it', async () => {
    const { services } = await freshPlace({ like: place });
    const ui = openUi({ services });
    await ui.shows('phyllo/tour:latest');
    await ui.press('item.remove');
    await ui.shows('delete phyllo/tour:latest?');
    await ui.press('question.refuse');
    expect(ui.has('Sure?')).toBe(false);
    expect(ui.has(/phyllo\/tour:latest +[0-9a-f]{12}/)).toBe(true);
    await ui.press('item.remove', 'question.accept');
    await ui.shows(/1 name removed, \d+ blobs deleted/);
    await ui.gone(/phyllo\/tour:latest +[0-9a-f]{12}/);
    expect((await services.images.list()).flatMap(({ names }) => names)).toEqual(['phyllo/tour:slim']);
  });

  test('marked images are deleted together; a refusal keeps the marks, esc takes them away', async () => {
    const { services } = await freshPlace({ like: place });
    const ui = openUi({ services });
    await ui.shows('phyllo/tour:latest');
    await ui.press('item.mark', 'item.mark', 'item.remove');
    await ui.shows('delete phyllo/tour:latest, phyllo/tour:slim?');
    await ui.press('question.refuse');
    expect(ui.text().match(/●/g)).toHaveLength(2);
    await ui.press('view.back');
    expect(ui.has('●')).toBe(false);
    await ui.press('cursor.first', 'item.mark', 'item.mark', 'item.remove', 'question.accept');
    await ui.shows('There are none yet');
  });

  test('S saves to the file that is named, and L loads it into another store', async () => {
    const { services, folder } = await freshPlace({ like: place });
    const ui = openUi({ services });
    await ui.shows('phyllo/tour:latest');
    await ui.press('image.save');
    expect(ui.footer).toContain('tour-latest.tar');
    await ui.press('text.clear');
    await ui.type(`${folder}/saved.oci.tar`);
    await ui.press('item.open');
    await ui.shows(`saved ${folder}/saved.oci.tar`);
    const other = openUi({ services: (await freshPlace()).services });
    await other.shows('There are none yet');
    await other.press('image.load');
    await other.type(`${folder}/saved.oci.tar`);
    await other.press('item.open');
    await other.shows('loaded phyllo/tour:latest');
    await other.shows(/phyllo\/tour:latest +[0-9a-f]{12}/);
  });

  test('an error stays until it is read', async () => {
    const ui = openUi({ services: (await freshPlace()).services });
    await ui.shows('There are none yet');
    await ui.press('image.load');
    await ui.type('/no/such/file.tar');
    await ui.press('item.open');
    await ui.shows('It did not work');
    expect(ui.text()).toContain('no such file');
    await ui.press('cursor.down');
    expect(ui.has('It did not work')).toBe(true);
    await ui.press('view.back');
    expect(ui.has('It did not work')).toBe(false);
  });

  test('an image that another process adds or takes away appears and goes by itself', async () => {
    const mine = await freshPlace();
    const ui = openUi({ services: mine.services });
    await ui.shows('There are none yet');
    const other = await servicesAgain(mine);
    await other.samples.make('tour-slim');
    await ui.shows(/phyllo\/tour:slim +[0-9a-f]{12}/);
    await other.images.remove('phyllo/tour:slim');
    await ui.shows('There are none yet');
  });
});
