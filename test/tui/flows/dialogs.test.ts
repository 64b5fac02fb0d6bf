// Help, palette, questions and errors, and the user's own keys.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Services } from '../../../src/app/services.ts';
import { PhylloError } from '../../../src/lib/errors.ts';
import { type Ui, openUi } from '../../support/tui-app.ts';
import { type Place, freshPlace, endPlace, placeWithSamples } from '../../support/tui-services.ts';

let place: Place;
beforeAll(async () => {
  place = await placeWithSamples();
});
afterAll(() => endPlace(place));

async function openList(services: Services = place.services): Promise<Ui> {
  const ui = openUi({ services });
  await ui.shows('phyllo/tour:latest');
  return ui;
}

async function openTour(): Promise<Ui> {
  const ui = openUi({ services: place.services, image: 'phyllo/tour' });
  await ui.shows('dead');
  return ui;
}

/** `place.services`, but loading waits until told to go on. */
function slowLoads(): { services: Services; go: () => void; aborted: () => boolean } {
  const gate = Promise.withResolvers<void>();
  let seen: AbortSignal | undefined;
  const load: Services['transfer']['load'] = async (_, options = {}) => {
    seen = options.signal;
    options.onProgress?.({ item: 'layer', doneBytes: 25_000_000, totalBytes: 100_000_000 });
    await Promise.race([
      gate.promise,
      new Promise<never>((__, reject) => {
        seen!.addEventListener('abort', () => reject(new PhylloError('cancelled', 'load x.tar: cancelled')));
      }),
    ]);
    return [];
  };
  const { images, explore, analysis, system, samples, settings, transfer, containers, builds, registries } =
    place.services;
  return {
    services: {
      images,
      explore,
      analysis,
      system,
      samples,
      settings,
      containers,
      builds,
      registries,
      transfer: {
        load,
        save: transfer.save.bind(transfer),
        copy: transfer.copy.bind(transfer),
        import: transfer.import.bind(transfer),
      },
      close: async () => {},
    },
    go: () => gate.resolve(),
    aborted: () => seen?.aborted === true,
  };
}

async function startLoading(ui: Ui): Promise<void> {
  await ui.press('image.load');
  await ui.type('x.tar');
  await ui.press('item.open');
  await ui.shows('loading x.tar: 25 MB of 100 MB, 25 %');
}

describe('help', () => {
  test('? lists the keys of this screen in groups, with what cannot be done now and why', async () => {
    const ui = await openTour();
    await ui.press('help.open');
    const rows = ui.screen.lines();
    expect(rows.some((row) => /^.*│▌Move/.test(row) || row.includes('Move'))).toBe(true);
    expect(rows.some((row) => /\] +next layer +\(this is the last layer\)/.test(row))).toBe(true);
    await ui.press('view.back');
    expect(ui.panes).toEqual(['layers', 'files']);
  });

  test('enter runs the action under the cursor', async () => {
    const ui = await openTour();
    await ui.press('help.open');
    while (!ui.has(/▌ +s +all files/)) await ui.press('cursor.down');
    await ui.press('item.open');
    expect(ui.pane('files').title).toContain('Files up to layer 9');
  });

  test('the wheel scrolls it', async () => {
    const ui = await openTour();
    await ui.press('help.open', 'cursor.down');
    expect(ui.has(/▌ +↑ k/)).toBe(true);
    await ui.wheel('Keys', 1);
    expect(ui.has(/▌ +→ l/)).toBe(true);
  });
});

describe('the palette', () => {
  test('finds actions as they are typed and runs the best one', async () => {
    const ui = await openTour();
    await ui.press('palette.open');
    await ui.type('squash');
    expect(ui.has(/▌.*all files up to this layer +s +squashed\.show/)).toBe(true);
    await ui.press('item.open');
    expect(ui.pane('files').title).toContain('Files up to layer 9');
  });

  test('has what has no key, and says why an action cannot be done', async () => {
    const ui = await openTour();
    await ui.press('palette.open');
    await ui.type('next theme');
    await ui.press('item.open');
    expect(ui.footer).toContain('theme: light');
    await ui.press('palette.open');
    await ui.type('layer.next');
    expect(ui.has(/next layer +this is the last layer/)).toBe(true);
    await ui.press('item.open');
    expect(ui.footer).toContain('this is the last layer');
  });

  test('says when there is no such command; the caret stands in the text', async () => {
    const ui = await openTour();
    await ui.press('palette.open');
    await ui.type('qqq');
    expect(ui.has('no such command')).toBe(true);
    const { row, column } = ui.find(': qqq');
    expect(ui.screen.cursor).toEqual({ row, column: column + 5 });
    await ui.press('item.open');
    expect(ui.panes).toEqual(['layers', 'files']);
  });
});

describe('long work', () => {
  test('tells its progress, esc cancels it', async () => {
    const { services, aborted } = slowLoads();
    const ui = await openList(services);
    await startLoading(ui);
    expect(ui.footer).toContain('(esc cancels)');
    await ui.press('cursor.down', 'view.back');
    await ui.shows('loading x.tar: cancelled');
    expect(aborted()).toBe(true);
  });

  test('q asks before it is cancelled; n goes on', async () => {
    const { services, go, aborted } = slowLoads();
    const ui = await openList(services);
    await startLoading(ui);
    await ui.press('app.quit');
    await ui.shows('work is still running; quit and cancel it?');
    await ui.press('question.refuse');
    expect(aborted()).toBe(false);
    await ui.press('app.quit', 'question.accept');
    await expect(ui.session.done).resolves.toBe('quit');
    expect(aborted()).toBe(true);
    go();
  });

  test('without work q quits at once and leaves the terminal as it was', async () => {
    const ui = await openList();
    await ui.press('app.quit');
    await expect(ui.session.done).resolves.toBe('quit');
    await ui.screen.settled();
    expect(ui.screen.isAlternate).toBe(false);
    expect(ui.input.raw).toBe(false);
  });

  test('an error that comes while somebody types waits until that is done', async () => {
    const { services } = slowLoads();
    const gate = Promise.withResolvers<never>();
    const failing = { ...services, transfer: { ...services.transfer, load: () => gate.promise } };
    const ui = await openList(failing);
    await ui.press('image.load');
    await ui.type('x.tar');
    await ui.press('item.open', 'filter.edit');
    await ui.type('slim');
    gate.reject(new PhylloError('io', 'load x.tar: the disk is on fire', { hint: 'Run.' }));
    await ui.settled();
    expect(ui.has('the disk is on fire')).toBe(false);
    await ui.press('item.open');
    expect(ui.has('✗ load x.tar: the disk is on fire')).toBe(true);
    expect(ui.has('Run.')).toBe(true);
    await ui.press('view.back');
    expect(ui.has('the disk is on fire')).toBe(false);
    expect(ui.selected('images')).toContain('slim');
  });
});

describe('settings', () => {
  test('keys of the user are honoured and shown; what is wrong with others is told at the start', async () => {
    const { services } = await freshPlace({
      like: place,
      settings: { keys: { 'layer.previous': ['w'], 'no.action': ['x'] } },
    });
    const ui = openUi({ services });
    await ui.shows('Your settings');
    expect(ui.has('keys: there is no action no.action')).toBe(true);
    expect(ui.has('keys: wrap.toggle has no key left; it is still in the palette')).toBe(true);
    await ui.press('view.back', 'item.open');
    await ui.shows('dead');
    await ui.send('w');
    expect(ui.has('Changes in layer 8')).toBe(true);
    await ui.send('[');
    expect(ui.has('Changes in layer 8')).toBe(true);
    expect(ui.footer).toMatch(/w \] layer/);
  });

  test('the theme of the settings colours the screen', async () => {
    const colour = async (theme: string): Promise<string> => {
      const { services } = await freshPlace({ like: place, settings: { theme } });
      const ui = await openList(services);
      const { row, column } = ui.find('⏎ open');
      return ui.screen.cells()[row]![column]!.fg;
    };
    expect(await colour('dark')).toBe('palette:6');
    expect(await colour('light')).toBe('palette:4');
    expect(await colour('high-contrast')).toBe('default');
  });

  test('a broken settings file is told and the rest works', async () => {
    const { services } = await freshPlace({ like: place, settings: [] });
    const ui = openUi({ services });
    await ui.shows('expected a JSON object');
    await ui.press('view.back');
    await ui.shows('phyllo/tour:latest');
  });
});
