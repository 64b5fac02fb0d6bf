// Filters over the files of a stack: found while they are typed, kept, ended, and told when they are wrong.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Ui } from '../../support/tui-app.ts';
import { fileNames, openTourIn } from '../../support/tui-tour.ts';
import { type Place, endPlace, placeWithSamples } from '../../support/tui-services.ts';

let place: Place;
beforeAll(async () => {
  place = await placeWithSamples();
});
afterAll(() => endPlace(place));

function openTour(): Promise<Ui> {
  return openTourIn(place);
}

describe('the filter', () => {
  test.each([
    ['text', 'conf', ['tour.conf']],
    ['a glob', '*.css', ['style.css']],
    ['a glob with a slash', '/srv/**/plugins/*', ['enabled']],
    ['a regular expression', 're:num.*txt$', ['numbers.txt']],
    ['fuzzy text', '~numtxt', ['numbers.txt']],
  ])('finds by %s while it is typed', async (_, text, found) => {
    const ui = await openTour();
    await ui.press('squashed.show', 'filter.edit');
    await ui.type(text);
    await ui.shows(/ \d+ match /);
    const leaves = fileNames(ui).filter((name) => !name.endsWith('/'));
    expect(leaves).toEqual(found);
  });

  test('arrows move among what was found while it is typed; enter keeps it, n and N go on, esc ends it', async () => {
    const ui = await openTour();
    await ui.press('squashed.show', 'filter.edit');
    await ui.type('*.txt');
    await ui.shows('6 match');
    const first = ui.selected('files');
    await ui.press('cursor.down', 'item.open');
    expect(ui.selected('files')).not.toBe(first);
    const seen = [];
    for (let step = 0; step < 6; step++) {
      await ui.press('match.next');
      seen.push(ui.selected('files').replace(/.* /, ''));
    }
    expect(new Set(seen).size).toBe(6);
    await ui.press('match.previous');
    expect(ui.selected('files')).toContain(seen[4]);
    await ui.press('view.back');
    expect(ui.has('6 match')).toBe(false);
    expect(ui.selected('files')).toContain(seen[4]);
  });

  test('esc while typing brings back the filter that was there before', async () => {
    const ui = await openTour();
    await ui.press('squashed.show', 'filter.edit');
    await ui.type('*.txt');
    await ui.shows('6 match');
    await ui.press('item.open', 'filter.edit');
    await ui.type('x');
    await ui.shows('nothing here matches *.txtx');
    await ui.press('view.back');
    await ui.shows('6 match');
  });

  test('a pattern that cannot be understood shows why, and the files stay', async () => {
    const ui = await openTour();
    await ui.press('squashed.show', 'filter.edit');
    await ui.type('re:(');
    await ui.shows(/Unterminated group/);
    expect(fileNames(ui)).toHaveLength(36);
    await ui.type(')');
    await ui.gone(/Unterminated group/);
  });

  test('without a match it says so', async () => {
    const ui = await openTour();
    await ui.press('filter.edit');
    await ui.type('zzz');
    await ui.shows('nothing here matches zzz; esc ends the filter');
    await ui.press('item.open', 'match.next');
    expect(ui.footer).toContain('nothing matches');
  });
});
