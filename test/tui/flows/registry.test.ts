// Registries, as a person uses them: pushing, looking, pulling, moving names, logging in; and the list of transfers.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Services } from '../../../src/app/services.ts';
import { FakeRegistry, refuse } from '../../support/registry-fake.ts';
import { type Ui, openUi } from '../../support/tui-app.ts';
import { type Place, freshPlace, endPlace, placeWithSamples } from '../../support/tui-services.ts';

const PASSWORD = 'canary-of-the-screen';

let place: Place;
beforeAll(async () => {
  place = await placeWithSamples();
});
afterAll(() => endPlace(place));

interface World {
  readonly ui: Ui;
  readonly fake: FakeRegistry;
  readonly services: Services;
}

async function world({ columns = 120, rows = 40 } = {}): Promise<World> {
  const fake = await FakeRegistry.start();
  const { services } = await freshPlace({ like: place });
  const ui = openUi({ services, columns, rows });
  await ui.shows('phyllo/tour:latest');
  return { ui, fake, services };
}

/** Answers the prompt that is open. */
async function answer(ui: Ui, text: string): Promise<void> {
  await ui.press('text.clear');
  await ui.type(text);
  await ui.press('item.open');
}

async function push(ui: Ui, name: string): Promise<void> {
  await ui.press('image.push');
  await answer(ui, name);
  await ui.shows(`pushed ${name}, `);
}

/** Requests that match wait until they are let go. */
function holdBack(fake: FakeRegistry, wanted: RegExp): () => void {
  const gate = Promise.withResolvers<void>();
  fake.misbehave = (request, response) => {
    if (!wanted.test(`${request.method} ${request.url}`)) return false;
    void gate.promise.then(() => response.destroy());
    return true;
  };
  return gate.resolve;
}

describe('pushing', () => {
  test('gives the image the name first; the layers tell what became of them', async () => {
    const { ui, fake, services } = await world();
    await ui.press('image.push');
    expect(ui.footer).toContain('push as [HOST/]NAME[:TAG]: phyllo/tour:latest');
    await answer(ui, `${fake.host}/team/app:1`);
    await ui.shows(`pushed ${fake.host}/team/app:1, `);
    expect(fake.manifests.has('team/app:1')).toBe(true);
    const { summary } = await services.images.get('phyllo/tour:latest');
    expect(summary.names).toContain(`${fake.host}/team/app:1`);
    await ui.press('transfers.open');
    const rows = ui.pane('transfers').rows.filter((row) => row !== '');
    expect(rows[1]).toMatch(new RegExp(`✓ pushed ${fake.host}/team/app:1 `));
    expect(rows.slice(2).every((row) => /^ {3}[0-9a-f]{12} Pushed /.test(row))).toBe(true);
    expect(rows).toHaveLength(2 + new Set(summary.layers.map(({ digest }) => digest)).size);
  });

  test('again under another tag sends nothing', async () => {
    const { ui, fake } = await world();
    await push(ui, `${fake.host}/team/app:1`);
    await push(ui, `${fake.host}/team/app:2`);
    await ui.press('transfers.open');
    expect(ui.pane('transfers').rows[2]).toMatch(/[0-9a-f]{12} Layer already exists /);
  });
});

describe('the registry browser', () => {
  test('lists repositories where they are told, then tags with digest, platform and size', async () => {
    const { ui, fake } = await world();
    await push(ui, `${fake.host}/team/app:1`);
    await ui.press('cursor.last');
    await push(ui, `${fake.host}/team/app:slim`);
    fake.misbehave = ({ url }, response) => {
      if (!url!.startsWith('/v2/_catalog')) return false;
      response.end(JSON.stringify({ repositories: ['team/app', 'team/\x1b[31mevil'] }));
      return true;
    };
    await ui.press('registry.open');
    await answer(ui, fake.host);
    await ui.shows(/^│▌team\/app/);
    await ui.press('item.open');
    await ui.shows(/slim +[0-9a-f]{12} +linux\/amd64 +\d+ +[\d.]+ kB .* same/);
    expect(ui.pane('tags').rows[1]).toMatch(/^▌ 1 +[0-9a-f]{12} +linux\/amd64 +10 /);
    await ui.press('details.toggle');
    expect(ui.pane('details').rows.join('\n')).toMatch(/in store +the same image has this name/);
    await ui.press('view.back');
    await ui.shows('Repositories of');
  });

  test('a tag opens as a stack without being pulled', async () => {
    const { ui, fake, services } = await world();
    await push(ui, `${fake.host}/team/app:1`);
    await services.images.remove(`${fake.host}/team/app:1`);
    await ui.press('registry.open');
    await answer(ui, `${fake.host}/team/app`);
    await ui.shows(/^│▌ 1 +[0-9a-f]{12} /);
    await ui.press('item.open');
    await ui.shows('dead');
    expect(ui.text()).toContain(`docker://${fake.host}/team/app:1`);
    const names = (await services.images.list()).flatMap((image) => image.names);
    expect(names.sort()).toEqual(['phyllo/tour:latest', 'phyllo/tour:slim']);
  });

  test('two tags are compared where they are', async () => {
    const { ui, fake } = await world();
    await push(ui, `${fake.host}/team/app:1`);
    await ui.press('cursor.last');
    await push(ui, `${fake.host}/team/app:slim`);
    await ui.press('registry.open');
    await answer(ui, `${fake.host}/team/app`);
    await ui.shows(/ slim +[0-9a-f]{12} /);
    await ui.press('items.compare');
    expect(ui.footer).toContain('mark another image first');
    await ui.press('item.mark', 'items.compare');
    await ui.shows(/paths? differ/);
  });

  test('a registry that does not tell its repositories says what works; so does one without a tag', async () => {
    const { ui, fake } = await world();
    await ui.press('registry.open');
    await answer(ui, fake.host);
    await ui.shows('it does not tell which it has');
    expect(ui.text()).toContain('@  asks for a repository by its name');
    await ui.press('registry.open');
    expect(ui.footer).toContain(`: ${fake.host}/`);
    await ui.type('team/app');
    await ui.press('item.open');
    await ui.shows('These are the tags of a repository. It has none.');
  });
});

describe('a name that moves', () => {
  test('is asked about before it is given to another image; n leaves everything as it is', async () => {
    const { ui, services } = await world();
    await ui.press('item.name');
    await answer(ui, 'phyllo/tour:slim');
    await ui.shows('Sure?');
    expect(ui.text()).toMatch(/phyllo\/tour:slim is [0-9a-f]{12} \(\d+ layers\) now/);
    await ui.press('question.refuse');
    const before = await services.images.get('phyllo/tour:slim');
    await ui.press('item.name');
    await answer(ui, 'phyllo/tour:slim');
    await ui.shows('Sure?');
    await ui.press('question.accept');
    await ui.shows('phyllo/tour:slim is phyllo/tour:latest now');
    expect((await services.images.get('phyllo/tour:slim')).image.id).not.toBe(before.image.id);
  });

  test('is asked about before a pull replaces it, and not when the image is the same', async () => {
    const { ui, fake, services } = await world();
    const name = `${fake.host}/team/app:1`;
    await push(ui, name);
    await ui.press('image.pull');
    await answer(ui, name);
    await ui.shows(`${name} is up to date`);
    await services.images.tag('phyllo/tour:slim', name);
    await ui.press('image.pull');
    await answer(ui, name);
    await ui.shows('Sure?');
    expect(ui.text()).toContain('keeps phyllo/tour:slim');
    await ui.press('question.accept');
    await ui.shows(`pulled ${name}, image `);
    expect((await services.images.get(name)).image.id).toBe(
      (await services.images.get('phyllo/tour:latest')).image.id,
    );
  });
});

describe('a transfer', () => {
  test('goes on while other screens are looked at; there esc goes back and does not end it', async () => {
    const { ui, fake } = await world();
    holdBack(fake, /^POST .*uploads/);
    await ui.press('image.push');
    await answer(ui, `${fake.host}/team/app:1`);
    await ui.shows(/pushing .*\(esc cancels\)/);
    await ui.press('item.open');
    await ui.shows('dead');
    await ui.shows(/pushing .*\(Q transfers\)/);
    await ui.press('view.back');
    expect(ui.panes).toEqual(['images']);
    expect(ui.footer).toContain('(esc cancels)');
    await ui.press('view.back');
    await ui.shows('cancelled');
  });

  test('is stopped and tried again from the list', async () => {
    const { ui, fake } = await world();
    holdBack(fake, /^POST .*uploads/);
    await ui.press('image.push');
    await answer(ui, `${fake.host}/team/app:1`);
    await ui.shows(/pushing /);
    await ui.press('transfers.open');
    expect(ui.selected('transfers')).toMatch(/▲ pushing /);
    await ui.press('transfer.forget');
    expect(ui.footer).toContain('it is still under way');
    await ui.press('container.stop');
    await ui.shows(/■ push cancelled /);
    fake.misbehave = () => false;
    await ui.press('container.start');
    await ui.shows(/✓ pushed /);
    await ui.press('transfer.forget');
    await ui.shows('There are none yet.');
  });

  test('that failed says why in the list, and enter tells it whole', async () => {
    const { ui, fake } = await world();
    await ui.press('image.pull');
    await answer(ui, `${fake.host}/team/none:1`);
    await ui.shows('It did not work');
    await ui.press('view.back', 'transfers.open');
    expect(ui.selected('transfers')).toMatch(/✗ pull failed /);
    expect(ui.pane('transfers').rows[2]).toMatch(/answers 404/);
    await ui.press('item.open');
    await ui.shows('It did not work');
  });

  test('says at 80 columns what its layers are', async () => {
    const { ui, fake } = await world({ columns: 80, rows: 24 });
    await push(ui, `${fake.host}/a:1`);
    await ui.press('transfers.open');
    expect(ui.pane('transfers').rows[1]).toMatch(new RegExp(`✓ pushed ${fake.host}/a:1 +█+ +[\\d.]+ kB`));
  });
});

describe('a login', () => {
  function asksForLogin(fake: FakeRegistry): void {
    const right = `Basic ${btoa(`me:${PASSWORD}`)}`;
    fake.misbehave = ({ headers }, response) => {
      if (headers.authorization === right) return false;
      refuse(response, 401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="x"' });
      return true;
    };
  }

  test('is told by its key, asked for without showing the password, and then the push goes through', async () => {
    const { ui, fake } = await world();
    asksForLogin(fake);
    await ui.press('image.push');
    await answer(ui, `${fake.host}/team/app:1`);
    await ui.shows('Y logs in.');
    await ui.press('view.back', 'transfers.open', 'registry.login');
    expect(ui.footer).toContain(`(HOST[:PORT]): ${fake.host}`);
    await ui.press('item.open');
    await answer(ui, 'me');
    await ui.type('wrong');
    expect(ui.footer).toContain('password of me (not shown): •••••');
    await ui.press('item.open');
    await ui.shows('It did not work');
    await ui.press('view.back', 'registry.login', 'item.open');
    await answer(ui, 'me');
    await ui.send(`\x1b[200~${PASSWORD}\n\x1b[201~`);
    await ui.press('item.open');
    await ui.shows(`logged in to ${fake.host}; kept as plain text in`);
    await ui.press('container.start');
    await ui.shows(/✓ pushed /);
    expect(ui.screen.writes.join('')).not.toContain(PASSWORD);
    expect(ui.screen.writes.join('')).not.toContain('canary');
  });

  test('makes the browser ask again', async () => {
    const { ui, fake } = await world();
    await push(ui, `${fake.host}/team/app:1`);
    asksForLogin(fake);
    await ui.press('registry.open');
    await answer(ui, `${fake.host}/team/app`);
    await ui.shows('Y logs in.');
    await ui.press('registry.login', 'item.open');
    await answer(ui, 'me');
    await ui.type(PASSWORD);
    await ui.press('item.open');
    await ui.shows(/^│▌ 1 +[0-9a-f]{12} /);
  });

  test('with a colon in the user name is refused before a password is asked for', async () => {
    const { ui } = await world();
    await ui.press('registry.login');
    await answer(ui, 'localhost:1');
    await answer(ui, 'a:b');
    await ui.shows('a user name has no colon in it');
  });
});
