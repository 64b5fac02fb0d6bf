// Names, links, instructions, labels, attributes and contents that try to reach the terminal, on every screen.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Layer } from '../../layer/apply-fixtures.ts';
import { ociImages, oldDockerArchive, writeArchive } from '../../support/image-archives.ts';
import { imageOf } from '../../support/image-build.ts';
import { type Ui, openUi } from '../../support/tui-app.ts';
import { type Place, freshPlace, endPlace, placeWithSamples } from '../../support/tui-services.ts';

/** All that the driver ever says to a terminal; the clipboard is the app's own. */
const OWN =
  /\x1b\[(?:\?(?:1049|25|7|2004|2026|1000|1006)[hl]|[0-9;]*[mHKXCDABEGSTr]|5n|2J)|\x1b\]52;c;[A-Za-z0-9+/=]*\x07|[\r\b]/g;
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

const TRICKS = [
  '\x1b]0;title\x07',
  '\x1b]52;c;ZXZpbA==\x07',
  '\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\',
  '\x1b[2J\x1b[1;1H',
  '\x1b[?1049l',
  '\x1b[31;5mred',
  '\x9b31m',
  '\x90q\x9c',
  'a\rb',
  'a\bb',
  'a\nb',
  'a\tb',
  'bell\x07',
  'right\u202eleft',
  'zero\u200bwidth',
  'iso\u2066late\u2069',
  '\ufeffbom',
  '\ue000mark\ue001',
];
const WIDE = ['中文文件', 'コンピュータ', '한국어', '🙂🙂', 'e\u0301\u0300a', 'ＡＢ', 'ไทยกำ', '\u0301first'];
const text = TRICKS.join(' ');
/** As tars have names: bytes, one a character. */
const bytes = (name: string): string => Buffer.from(name).toString('latin1');

const names = [...TRICKS.map((trick) => trick.replaceAll('/', '|')), ...WIDE, '\xff\xfe', 'a'.repeat(200)];
const LAYERS: readonly Layer[] = [
  names.map((name, index) => [
    name === '\xff\xfe' ? name : bytes(name),
    index % 5 === 3 ? { link: bytes(text) } : { content: text, xattrs: { [`user.${index}`]: text } },
  ]),
  [
    ['page.html', `<a href="${text}">\n${WIDE.join('\n')}\n// ${text}\n`],
    ['page.bin', `\0${text}`],
    ...names.slice(0, 12).map((name) => [bytes(name), { content: `${text}${text}`, mode: 0o600 }] as const),
  ],
];

let place: Place;
let archive: string;
beforeAll(async () => {
  place = await placeWithSamples();
  const image = await imageOf(LAYERS, 'plain', {
    config: {
      created: text,
      author: text,
      config: { Labels: { [text]: text, wide: WIDE.join() }, Env: [text], Cmd: [text] },
      history: [
        { created: text, created_by: `RUN ${text}`, comment: text, author: text },
        { created_by: `/bin/sh -c #(nop) LABEL ${text}`, empty_layer: true },
        { created_by: WIDE.join(' ') },
      ],
    },
  });
  archive = await writeArchive(
    join(place.folder, 'hostile.tar'),
    oldDockerArchive([{ image, names: ['hostile:1'] }]),
  );
});
afterAll(() => endPlace(place));

/** What else than the driver spoke to the terminal, and rows of panes whose borders are not where they belong. */
function trouble(ui: Ui): string[] {
  const said = CONTROLS.exec(ui.screen.writes.join('').replace(OWN, ''));
  const found = said ? [`said ${JSON.stringify(said.input.slice(said.index, said.index + 20))}`] : [];
  if (!ui.screen.isAlternate) found.push('left the alternate screen');
  const { app } = ui.session;
  if (app.dialog) return found;
  const { columns, rows } = ui.screen;
  const cells = ui.screen.cells();
  for (const { box } of app.screen.view({ size: { columns, rows }, theme: app.theme }).panes) {
    for (let row = box.y + 1; row < box.y + box.height - 1; row++) {
      const sides = cells[row]![box.x]!.text + cells[row]![box.x + box.width - 1]!.text;
      if (sides !== '││') found.push(`row ${row}: ${ui.screen.lines()[row]}`);
    }
  }
  return found;
}

async function openHostile(columns = 120, rows = 50): Promise<Ui> {
  const ui = openUi({ services: place.services, image: archive, columns, rows });
  await ui.shows('2 layers');
  await ui.shows('Changes in layer 1');
  return ui;
}

describe('nothing but the driver speaks to the terminal, and columns stay', () => {
  test.each([
    [120, 50],
    [60, 15],
  ])('on the stack screen at %ix%i: names, links, reasons, instructions, details', async (columns, rows) => {
    const ui = await openHostile(columns, rows);
    expect(trouble(ui)).toEqual([]);
    await ui.press('files.focus', 'details.toggle', 'squashed.show');
    expect(trouble(ui)).toEqual([]);
    for (let step = 0; step < 28; step++) {
      await ui.press('cursor.down');
      expect(trouble(ui)).toEqual([]);
    }
    await ui.press('flat.show', 'layer.previous');
    expect(trouble(ui)).toEqual([]);
    await ui.press('layers.focus', 'details.focus', 'cursor.down', 'layers.focus', 'cursor.up', 'cursor.up');
    expect(trouble(ui)).toEqual([]);
  });

  test('in the file view: text, wrapped, sideways, bytes, differences', async () => {
    const ui = await openHostile(80, 24);
    for (const name of ['page.html', 'page.bin', 'bell']) {
      await ui.press('squashed.show', 'filter.edit', 'text.clear');
      await ui.type(name);
      await ui.shows(' 1 match');
      await ui.press('item.open', 'view.back', 'files.focus', 'item.open');
      await ui.shows('at layer 1');
      await ui.gone('reading …');
      expect(trouble(ui)).toEqual([]);
      await ui.press('cursor.right', 'cursor.right');
      expect(trouble(ui)).toEqual([]);
      await ui.press('wrap.toggle');
      expect(trouble(ui)).toEqual([]);
      await ui.press('hex.toggle', 'diff.toggle');
      await ui.gone('reading …');
      expect(trouble(ui)).toEqual([]);
      await ui.press('blame.show');
      expect(trouble(ui)).toEqual([]);
      await ui.press('view.back', 'view.back');
    }
  });

  test('in what is typed and pasted, copied and told', async () => {
    const ui = await openHostile();
    await ui.press('filter.edit');
    await ui.send(`\x1b[200~${text}\x1b[201~`);
    expect(trouble(ui)).toEqual([]);
    expect(ui.footer).toContain('right\\u202eleft');
    await ui.press('view.back', 'files.focus', 'squashed.show');
    for (let step = 0; step < 12; step++) {
      await ui.press('item.copy');
      expect(trouble(ui)).toEqual([]);
      await ui.press('cursor.down');
    }
    await ui.press('entry.extract', 'text.clear');
    await ui.send(`\x1b[200~${archive}/${text}\x1b[201~`);
    await ui.press('item.open');
    await ui.shows('It did not work');
    expect(trouble(ui)).toEqual([]);
  });

  test('on the images screen: labels, times and instructions', async () => {
    const { services, folder } = await freshPlace();
    const layers: readonly Layer[] = [{ file: text }, { other: text }];
    const image = await imageOf(layers, 'gzip', {
      config: {
        created: text,
        config: { Labels: { [text]: text } },
        history: [{ created_by: text }, { created_by: WIDE.join(' ') }],
      },
    });
    const path = await writeArchive(join(folder, 'x.tar'), ociImages([{ image, names: ['hostile:1'] }]));
    await services.transfer.load(path);
    const ui = openUi({ services });
    await ui.shows('hostile:1');
    await ui.press('details.toggle');
    expect(trouble(ui)).toEqual([]);
    await ui.press('arrangement.toggle', 'cursor.down');
    expect(trouble(ui)).toEqual([]);
  });

  test('in an IMAGE argument that names nothing', async () => {
    const ui = openUi({ services: place.services, image: `/no/${text}` });
    await ui.shows('✗');
    expect(trouble(ui)).toEqual([]);
  });
});

describe('wide and combining characters', () => {
  test('are whole or marked at the edge of a pane, wherever it lies', async () => {
    const ui = await openHostile(100, 50);
    await ui.press('attributes.toggle', 'squashed.show');
    for (let columns = 60; columns <= 130; columns += 3) {
      await ui.resize(columns, 50);
      expect(trouble(ui)).toEqual([]);
    }
  });
});
