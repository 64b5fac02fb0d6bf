// The file view: text, bytes, and the difference to the version below.
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Layer } from '../../layer/apply-fixtures.ts';
import { oldDockerArchive, writeArchive } from '../../support/image-archives.ts';
import { imageOf } from '../../support/image-build.ts';
import { type Ui, openUi } from '../../support/tui-app.ts';
import { type Place, freshPlace, endPlace, placeWithSamples } from '../../support/tui-services.ts';

const lines = Array.from({ length: 100 }, (_, index) => `setting_${index + 1} = ${index * 3}`);
const changed = lines.with(9, 'setting_10 = changed').with(79, 'setting_80 = changed');
const text = (list: readonly string[]): string => `${list.join('\n')}\n`;
const allBytes = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));

const LAYERS: readonly Layer[] = [
  {
    'etc/': {},
    'etc/app.conf': text(lines),
    'bin/tool': { content: allBytes.repeat(40), mode: 0o755 },
    'big.log': '0123456789abcdef 0123456789abcde\n'.repeat(100_000),
    empty: '',
    'run.sh': '#!/bin/sh\n# says it\nfor name in a b; do\n  echo "hello $name"\ndone\n',
    'wide.txt': `${Array.from({ length: 60 }, (_, word) => `word${word}`).join(' ')}\nlast line\n`,
    'tabs.txt': 'a\tb\r\nab\tc\r\n',
    current: { link: 'etc/app.conf' },
    dangling: { link: '/no/where' },
    pipe: { type: 'fifo' },
  },
  { 'etc/app.conf': text(changed) },
  { 'etc/app.conf': { content: text(changed), mode: 0o600 } },
  { 'bin/tool': 'now text\n' },
  { 'etc/.wh.app.conf': '' },
];

let place: Place;
let archive: string;
beforeAll(async () => {
  place = await placeWithSamples();
  const image = await imageOf(LAYERS, 'plain');
  archive = await writeArchive(
    join(place.folder, 'files.tar'),
    oldDockerArchive([{ image, names: ['files:1'] }]),
  );
});
afterAll(() => endPlace(place));

/** The file pane, all files up to `layer`, the cursor on `path`. */
async function at(path: string, { layer = 4, columns = 120, rows = 40 } = {}): Promise<Ui> {
  const ui = openUi({ services: place.services, image: archive, columns, rows });
  await ui.shows(/5 layers/);
  await ui.shows(/Changes in layer 4/);
  await ui.press('squashed.show');
  for (let step = 4; step > layer; step--) await ui.press('layer.previous');
  await ui.press('filter.edit');
  await ui.type(path);
  await ui.shows(' 1 match');
  await ui.press('item.open', 'view.back', 'files.focus');
  return ui;
}

async function open(path: string, options?: Parameters<typeof at>[1]): Promise<Ui> {
  const ui = await at(path, options);
  await ui.press('item.open');
  await ui.gone('reading …');
  await ui.shows(/┌ \/.* layer \d/);
  return ui;
}

const rowsOf = (ui: Ui): string[] => ui.pane('file').rows.filter((row) => row !== '');

describe('text', () => {
  test('has line numbers and colours, and esc goes back to the files', async () => {
    const ui = await open('run.sh');
    await ui.shows('4    echo "hello $name"');
    const row = ui.pane('file').cells[1]!;
    expect(row.find(({ text: cell }) => cell === '#')).toMatchObject({
      fg: 'palette:8',
      attributes: 'italic',
    });
    const word = ui.pane('file').cells[2]!;
    expect(word.find(({ text: cell }) => cell === 'f')!.fg).toBe('palette:5');
    expect(ui.pane('file').title).toContain('/run.sh  at layer 4');
    await ui.press('view.back');
    expect(ui.selected('files')).toContain('run.sh');
  });

  test('tabs are blanks and carriage returns at the end are left out', async () => {
    const ui = await open('tabs.txt');
    expect(rowsOf(ui)).toEqual(['1  a   b', '2  ab  c']);
  });

  test('lines too long end in a mark; arrows go sideways, w wraps them', async () => {
    const ui = await open('wide.txt', { columns: 80, rows: 24 });
    expect(rowsOf(ui)[0]).toMatch(/^1 {2}word0 word1 .*›$/);
    await ui.press('cursor.right');
    expect(rowsOf(ui)[0]).toMatch(/^1 {2}‹.*›$/);
    expect(rowsOf(ui)[1]).toMatch(/^2 {2}‹/);
    await ui.press('wrap.toggle');
    expect(rowsOf(ui).join('')).toContain('word59');
    expect(rowsOf(ui).at(-1)).toBe('2  last line');
    expect(rowsOf(ui).join('')).not.toMatch(/[‹›]/);
  });

  test('with wrapped lines the end can be reached', async () => {
    const ui = await open('etc/app.conf', { layer: 2, columns: 80, rows: 24 });
    await ui.press('wrap.toggle', 'cursor.last');
    expect(ui.has('setting_100 = 297')).toBe(true);
  });

  test('an empty file says that it is', async () => {
    expect(rowsOf(await open('empty'))).toEqual([' the file is empty']);
  });

  test('of a long file the first 2 MB are shown, and it says so', async () => {
    const ui = await open('big.log');
    expect(ui.pane('file').title).toContain('3.3 MB, the first 2 MB; x extracts all');
    await ui.press('cursor.last');
    expect(ui.pane('file').place).toMatch(/of 63551/);
  });
});

describe('find', () => {
  test('goes through the lines that match, to the last one and round', async () => {
    const ui = await open('etc/app.conf', { layer: 2 });
    await ui.press('filter.edit');
    await ui.type('ting_9');
    await ui.press('item.open');
    const current = (): string => ui.pane('file').rows.find((row) => row.includes('▸'))!;
    expect(ui.pane('file').place).toContain('11 lines match');
    const seen = [current()];
    for (let step = 0; step < 11; step++) {
      await ui.press('match.next');
      seen.push(current());
    }
    expect(seen.map((row) => /setting_\d+/.exec(row)![0])).toEqual(
      [9, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 9].map((number) => `setting_${number}`),
    );
    await ui.press('match.previous');
    expect(current()).toContain('setting_99 ');
    await ui.press('view.back');
    expect(ui.text()).not.toContain('▸');
    expect(ui.panes).toEqual(['file']);
  });

  test('bytes are not searched, and / says so', async () => {
    const ui = await open('bin/tool', { layer: 2 });
    await ui.press('filter.edit');
    expect(ui.footer).toContain('bytes are not searched');
  });
});

describe('bytes', () => {
  const FIRST = '00000000  00 01 02 03 04 05 06 07  08 09 0a 0b 0c 0d 0e 0f  |................|';

  test('of a binary file are shown as hexdump shows them', async () => {
    const ui = await open('bin/tool', { layer: 2 });
    await ui.shows(FIRST);
    expect(ui.has('00000040  40 41 42 43 44 45 46 47  48 49 4a 4b 4c 4d 4e 4f  |@ABCDEFGHIJKLMNO|')).toBe(
      true,
    );
  });

  test('fit into 80 columns, and into 60 without the characters', async () => {
    const ui = await open('bin/tool', { layer: 2, columns: 80, rows: 24 });
    await ui.shows(FIRST);
    await ui.resize(60, 20);
    expect(rowsOf(ui)[0]).toBe('00000000  00 01 02 03 04 05 06 07  08 09 0a 0b 0c 0d 0e 0f');
  });

  test('X shows text as bytes and back, to the end of a file of any size', async () => {
    const ui = await open('big.log');
    await ui.press('hex.toggle');
    await ui.shows('00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|');
    await ui.press('cursor.last');
    await ui.shows('0032 5a90'.replace(' ', ''));
    expect(ui.pane('file').title).toContain('3.3 MB, bytes');
    await ui.press('hex.toggle');
    await ui.shows(/^│ {4}1 {2}0123456789abcdef/);
  });
});

describe('through the layers', () => {
  test('[ and ] show the versions of the file, and the place in it stays', async () => {
    const ui = await open('etc/app.conf', { layer: 2 });
    await ui.press('page.down', 'page.down');
    const place = ui.pane('file').place;
    await ui.press('layer.previous');
    await ui.shows('at layer 1');
    await ui.shows('setting_80 = changed');
    expect(ui.pane('file').place).toBe(place);
    await ui.press('layer.previous');
    await ui.shows('setting_80 = 237');
  });

  test('} and { go to the layers that changed it; where it is gone the view says so', async () => {
    const ui = await open('etc/app.conf', { layer: 0 });
    await ui.press('change.next');
    await ui.shows('at layer 1');
    await ui.press('change.next');
    await ui.shows('at layer 2');
    await ui.press('change.next');
    await ui.shows('at layer 4');
    await ui.press('change.previous');
    await ui.shows('at layer 2');
  });

  test('a file below a layer that does not have it yet is told as absent', async () => {
    const ui = await open('bin/tool', { layer: 3 });
    await ui.shows('now text');
    await ui.press('layer.previous');
    await ui.shows(/00 01 02/);
  });

  test('b lists the layers that touched it', async () => {
    const ui = await open('etc/app.conf', { layer: 2 });
    await ui.press('blame.show');
    await ui.shows('layers that touched /etc/app.conf');
    await ui.shows(/1 M .*content/);
    await ui.press('cursor.last', 'item.open');
    await ui.shows('at layer 0');
    await ui.shows('setting_10 = 27');
  });
});

describe('the difference', () => {
  test('d shows hunks with both line numbers, and } goes from hunk to hunk', async () => {
    const ui = await at('etc/app.conf', { layer: 1, rows: 16 });
    await ui.press('diff.toggle');
    await ui.shows('changes in layer 1');
    await ui.shows('@@ -7,7 +7,7 @@');
    expect(ui.has(/^│10 {4}-setting_10 = 27 /)).toBe(true);
    expect(ui.has(/^│ {3}10 \+setting_10 = changed/)).toBe(true);
    await ui.press('change.next');
    expect(ui.pane('file').rows.join('\n')).toContain('@@ -77,7 +77,7 @@');
    await ui.press('diff.toggle');
    await ui.shows('at layer 1');
  });

  test('of a file with the same content tells what else differs', async () => {
    const ui = await at('etc/app.conf', { layer: 2 });
    await ui.press('diff.toggle');
    await ui.shows('the content is the same; what differs: mode');
  });

  test('of binary content tells the sizes', async () => {
    const ui = await at('bin/tool', { layer: 3 });
    await ui.press('diff.toggle');
    await ui.shows('binary content: 15360 bytes before, 9 bytes after');
  });

  test('of a file that no lower layer has is refused with the reason', async () => {
    const ui = await at('run.sh', { layer: 0 });
    await ui.press('diff.toggle');
    expect(ui.footer).toContain('no layer below has this file');
  });

  test('of a removed file is all of its lines', async () => {
    const ui = await at('run.sh');
    await ui.press('changes.show', 'files.focus', 'cursor.last');
    expect(ui.selected('files')).toContain('app.conf');
    await ui.press('diff.toggle');
    await ui.shows('-setting_1 = 0');
    await ui.press('filter.edit');
    await ui.type('setting_100');
    await ui.press('item.open');
    expect(ui.has('1 line matches')).toBe(true);
    expect(ui.has('-setting_100 = 297')).toBe(true);
  });
});

describe('links and others', () => {
  test('enter on a link goes to the file that it leads to', async () => {
    const ui = await at('current', { layer: 2 });
    await ui.press('item.open');
    expect(ui.selected('files')).toContain('app.conf');
  });

  test('a link that leads nowhere and a pipe say so', async () => {
    const ui = await at('dangling');
    await ui.press('item.open');
    expect(ui.footer).toContain('/no/where is not there at this layer');
    const other = await at('pipe');
    await other.press('item.open');
    expect(other.footer).toContain('a device or a pipe has no content');
  });

  test('y copies the path and x extracts the version that is shown', async () => {
    const { folder } = await freshPlace();
    const ui = await open('etc/app.conf', { layer: 0 });
    await ui.press('item.copy');
    expect(ui.screen.writes.join('')).toContain(`\x1b]52;c;${btoa('/etc/app.conf')}\x07`);
    await ui.press('entry.extract', 'text.clear');
    await ui.type(folder);
    await ui.press('item.open');
    await ui.shows('extracted 1 files');
    expect(readFileSync(join(folder, 'app.conf'), 'utf8')).toBe(text(lines));
  });
});
