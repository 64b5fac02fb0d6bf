// The real app on terminals of every size and kind.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ui, openUi } from '../../support/tui-app.ts';
import { type Place, freshPlace, endPlace, placeWithSamples } from '../../support/tui-services.ts';

let place: Place;
beforeAll(async () => {
  place = await placeWithSamples();
});
afterAll(() => endPlace(place));

async function openTour(options: Partial<Parameters<typeof openUi>[0]> = {}): Promise<Ui> {
  const ui = openUi({ services: place.services, image: 'phyllo/tour', ...options });
  await ui.shows(/ (dead|13\.29 …)$/);
  return ui;
}

describe('size', () => {
  test('below 60x15 it says what it needs, and comes back with everything in its place', async () => {
    const ui = await openTour();
    await ui.press('files.focus', 'cursor.down', 'cursor.down');
    const before = ui.selected('files');
    await ui.resize(59, 15);
    expect(ui.screen.lines().slice(0, 3)).toEqual(['phyllo needs 60x15', 'this is 59x15', 'q quits']);
    await ui.resize(60, 15);
    expect(ui.panes).toEqual(['files']);
    await ui.resize(120, 40);
    expect(ui.selected('files')).toBe(before);
  });

  test.each([
    [60, 15],
    [80, 24],
    [99, 30],
    [100, 30],
    [160, 50],
    [300, 100],
  ])('every line of every screen fills %ix%i and no more', async (columns, rows) => {
    const ui = await openTour({ columns, rows });
    const isWhole = (): void => {
      const { size, theme } = { size: { columns, rows }, theme: ui.session.app.theme };
      for (const { box, lines } of ui.session.app.screen.view({ size, theme }).panes) {
        expect(lines).toHaveLength(box.height);
        expect(box.x + box.width).toBeLessThanOrEqual(columns);
        expect(box.y + box.height).toBe(rows - 1);
      }
      expect(ui.screen.lines()[1]).toMatch(/^┌.*┐$/);
      expect(ui.screen.lines()[1]).toHaveLength(columns);
      expect(ui.screen.lines().at(-2)).toMatch(/^└.*┘$/);
    };
    isWhole();
    await ui.press('files.focus', 'squashed.show');
    isWhole();
    await ui.press('filter.edit');
    await ui.type('numbers');
    await ui.shows(' 1 match');
    await ui.press('item.open', 'item.open');
    await ui.shows('at layer 9');
    isWhole();
  });

  test('a storm of sizes ends in the last one', async () => {
    const ui = await openTour();
    for (let step = 0; step < 300; step++) ui.screen.resize(20 + ((step * 37) % 200), 5 + ((step * 13) % 60));
    await ui.resize(120, 40);
    const stormed = ui.text();
    expect(stormed).toBe((await openTour()).text());
  });
});

describe('kinds of terminals', () => {
  test.each([
    ['NO_COLOR', '1'],
    ['TERM', 'dumb'],
    ['TERM', 'vt100'],
  ])('with %s=%s there is no colour, and the selection and status can still be told', async (name, value) => {
    const ui = await openTour({ env: { [name]: value } });
    const cells = ui.screen.cells().flat();
    expect(cells.every(({ fg, bg }) => fg === 'default' && bg === 'default')).toBe(true);
    expect(ui.screen.writes.join('')).not.toMatch(/\x1b\[(?:[0-9;]*;)?[349][0-8][0-9;]*m/);
    const { row, column } = ui.find('▌  9 RUN');
    expect(ui.screen.cells()[row]![column]!.attributes).toContain('inverse');
    expect(ui.has(/ D +0001\.log/)).toBe(true);
  });
});

describe('suspend', () => {
  test('ctrl-z hands a clean terminal to the shell and brings the same screen back', async () => {
    const back = Promise.withResolvers<void>();
    const ui = await openTour({ suspendProcess: () => back.promise });
    const before = ui.text();
    await ui.press('app.suspend');
    expect(ui.screen.isAlternate).toBe(false);
    expect(ui.input).toMatchObject({ raw: false, flowing: false });
    back.resolve();
    await ui.shows('dead');
    expect(ui.text()).toBe(before);
    await ui.press('layer.previous');
    expect(ui.has('Changes in layer 8')).toBe(true);
  });

  test('where there is no shell to go to it says so', async () => {
    const ui = await openTour();
    await ui.press('app.suspend');
    expect(ui.footer).toContain('there is no shell to go to from here');
  });
});

describe('the mouse', () => {
  test('is off until it is asked for', async () => {
    const ui = await openTour();
    expect(ui.screen.writes.join('')).not.toContain('\x1b[?1000h');
    await ui.press('palette.open');
    await ui.type('mouse');
    await ui.press('item.open');
    expect(ui.screen.writes.join('')).toContain('\x1b[?1000h\x1b[?1006h');
    expect(ui.footer).toContain('mouse on');
  });

  test('a click chooses a row and the wheel scrolls the pane under it', async () => {
    const { services } = await freshPlace({ like: place, settings: { mouse: true } });
    const ui = await openTour({ services });
    await ui.click('RUN chmod');
    expect(ui.has('Changes in layer 6')).toBe(true);
    expect(ui.selected('layers')).toContain('RUN chmod');
    await ui.click('index.html');
    expect(ui.selected('files')).toContain('index.html');
    expect(ui.footer).toContain('blame');
    await ui.wheel('RUN chmod', 1);
    expect(ui.selected('layers')).toContain('COPY app/');
  });

  test('a click beside the rows chooses nothing, one on a border neither', async () => {
    const ui = await openTour();
    const before = ui.text();
    const empty = ui.screen.lines().findLastIndex((line) => /│ +││ +│/.test(line));
    await ui.send(`\x1b[<0;10;${empty + 1}M`);
    await ui.send('\x1b[<0;1;2M');
    await ui.send('\x1b[<0;500;400M');
    expect(ui.text()).toBe(before);
  });
});
