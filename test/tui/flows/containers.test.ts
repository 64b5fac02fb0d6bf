// The containers screen, as a person uses it.
import { describe, expect, test } from 'vitest';
import { PhylloError } from '../../../src/lib/errors.ts';
import { containerRow } from '../../../src/tui/present/container-rows.ts';
import { makeTheme } from '../../../src/tui/theme/theme.ts';
import { type Ui, openUi } from '../../support/tui-app.ts';
import { FakeContainers } from '../../support/tui-containers.ts';
import { memoryServices } from '../../support/tui-explored.ts';
import { layer } from '../../support/layers.ts';

const BASE = [{ 'etc/': {}, 'etc/passwd': 'root:x:0:0\n', 'usr/': {}, 'usr/big': { sizeBytes: 2_000_000 } }];

async function openContainers(
  containers: FakeContainers,
  options: { columns?: number; rows?: number } = {},
): Promise<Ui> {
  const services = memoryServices({ layers: BASE.map(layer) }, containers);
  const ui = openUi({
    services: { ...services, system: { ...services.system, readOnly: false } },
    ...options,
  });
  await ui.press('containers.open');
  return ui;
}

describe('80 columns', () => {
  test('have room for the names that containers and images usually have', async () => {
    const containers = new FakeContainers(BASE);
    containers.add('caramel_willow');
    const ui = await openContainers(containers, { columns: 80, rows: 24 });
    await ui.shows(/▲ running +caramel_willow +app:1 /);
    expect(ui.pane('containers').rows[0]).toMatch(/STATE +NAME +IMAGE +CREATED +R\/W LAYER/);
  });

  test.each([
    [26 * 60_000, '26 minutes ago'],
    [300, 'just now'],
  ])('and for an age of %i ms', (ageMs, words) => {
    const { record } = new FakeContainers(BASE).add('web');
    const nowMs = Date.parse(record.created) + ageMs;
    const facts = { container: record, isMarked: false, nowMs, sizeBytes: 0 };
    expect(containerRow(facts, { width: 78, isCurrent: false }, makeTheme('none'))).toContain(words);
  });
});

describe('without containers', () => {
  test('it says what a container is and which key makes one', async () => {
    const ui = await openContainers(new FakeContainers(BASE));
    await ui.shows('There are none yet');
    expect(ui.text()).toContain('R there runs a container of one');
    await ui.press('images.open');
    expect(ui.panes).toEqual(['images']);
  });

  test('an engine that does not answer is told, with its hint', async () => {
    const containers = new FakeContainers(BASE);
    containers.failure = new PhylloError('engine-unavailable', 'list containers: nobody answers', {
      hint: 'start the engine',
    });
    const ui = await openContainers(containers);
    await ui.shows('✗ list containers: nobody answers');
    expect(ui.text()).toContain('start the engine');
  });
});

describe('the list', () => {
  test('tells state, name, image, engine, age, the size of the R/W layer and ports', async () => {
    const containers = new FakeContainers(BASE);
    containers
      .add('web', {
        published: [{ hostIp: '127.0.0.1', hostPort: 8080, containerPort: 80, protocol: 'tcp' }],
      })
      .write({ 'etc/passwd': 'x'.repeat(1500) });
    containers.add('job', { status: 'exited', exitCode: 3 });
    const ui = await openContainers(containers, { columns: 140 });
    await ui.shows('1.5 kB');
    expect(ui.pane('containers').rows[0]).toMatch(/STATE +NAME +IMAGE +ENGINE +CREATED +R\/W LAYER +PORTS/);
    expect(ui.selected('containers')).toMatch(/^■ exited 3 +job +app:1 +virtual +an hour ago +0 B$/);
    expect(ui.pane('containers').rows[2]).toMatch(
      /▲ running +web +app:1 +virtual +an hour ago +1\.5 kB +127\.0\.0\.1:8080->80\/tcp/,
    );
    expect(ui.text()).toContain('2 containers · 1 running');
  });

  test.each([
    [80, 24, /app:1 +\S+ .* 0 B/],
    [160, 50, /app:1 +virtual .* 0 B/],
  ])('every column that is there fits %ix%i', async (columns, rows, columnsAfterName) => {
    const containers = new FakeContainers(BASE);
    containers.add('a-container-with-quite-a-long-name-that-does-not-fit');
    const ui = await openContainers(containers, { columns, rows });
    await ui.shows('running');
    expect(ui.selected('containers')).toMatch(/▲ running +a-container.*… +app:1/);
    expect(ui.selected('containers')).toMatch(columnsAfterName);
    expect(ui.screen.lines()[1]).toHaveLength(columns);
  });

  test('follows what comes, goes and changes; the cursor stays on its container', async () => {
    const containers = new FakeContainers(BASE);
    containers.add('one');
    const ui = await openContainers(containers);
    await ui.shows('one');
    const two = containers.add('two');
    await ui.shows('two');
    expect(ui.selected('containers')).toContain('one');
    two.become('exited', 0);
    await ui.shows(/■ exited 0 +two/);
    await containers.remove('two');
    await ui.gone('two');
    expect(ui.selected('containers')).toContain('one');
  });

  test('/ leaves those whose name or image matches', async () => {
    const containers = new FakeContainers(BASE);
    containers.add('one');
    containers.add('two');
    const ui = await openContainers(containers);
    await ui.shows('two');
    await ui.press('filter.edit');
    await ui.type('tw');
    expect(ui.has(' one ')).toBe(false);
    await ui.press('item.open', 'view.back');
    expect(ui.has(' one ')).toBe(true);
  });

  test('details tell command, network, mounts and variables; what is hostile is shown escaped', async () => {
    const containers = new FakeContainers(BASE);
    containers.add('web', {
      image: { ...containers.add('x').record.image, name: 'evil\x1b[2J:1' },
      mounts: [{ type: 'bind', source: '/srv', target: '/data', readOnly: true }],
      labels: { 'a\u202eb': 'c' },
    });
    const ui = await openContainers(containers);
    await ui.shows('web');
    await ui.press('details.toggle');
    const text = ui.pane('details').rows.join('\n');
    expect(text).toMatch(/command +\/bin\/sh/);
    expect(text).toMatch(/mount +\/srv at \/data, read-only/);
    expect(text).toContain('a\\u202eb=c');
    expect(ui.text()).toContain('evil\\x1b[2J:1');
  });
});

describe('work on containers', () => {
  test('keys that make no sense now say why', async () => {
    const containers = new FakeContainers(BASE);
    containers.add('web');
    const ui = await openContainers(containers);
    await ui.shows('web');
    await ui.press('container.start');
    expect(ui.footer).toContain('start: it runs already');
    await ui.press('items.compare');
    expect(ui.footer).toContain('mark two of one image first');
    containers.find('web').become('exited', 0);
    await ui.shows('exited');
    await ui.press('container.stop');
    expect(ui.footer).toContain('stop: it does not run');
  });

  test('start, stop and kill; a kill asks first', async () => {
    const containers = new FakeContainers(BASE);
    containers.add('web', { status: 'exited', exitCode: 0 });
    const ui = await openContainers(containers);
    await ui.shows('■ exited 0');
    await ui.press('container.start');
    await ui.shows('▲ running');
    await ui.press('container.stop');
    await ui.shows('■ exited 0');
    await ui.press('container.start');
    await ui.shows('▲ running');
    await ui.press('container.kill');
    await ui.shows('kill web?');
    await ui.press('question.accept');
    await ui.shows('■ exited 137');
  });

  test('D deletes the marked ones after a question that tells that one runs; T gives another name', async () => {
    const containers = new FakeContainers(BASE);
    containers.add('one', { status: 'exited', exitCode: 0 });
    containers.add('two');
    const ui = await openContainers(containers);
    await ui.shows('two');
    await ui.press('item.name', 'text.clear');
    await ui.type('second');
    await ui.press('item.open');
    await ui.shows('second');
    await ui.press('cursor.first', 'item.mark', 'item.mark', 'item.remove');
    await ui.shows('delete second, one');
    expect(ui.text()).toContain('One runs and will be');
    await ui.press('question.accept');
    await ui.shows('There are none yet');
  });

  test('what fails is told until it is read', async () => {
    const containers = new FakeContainers(BASE);
    containers.add('web');
    const ui = await openContainers(containers);
    await ui.shows('web');
    containers.failure = new PhylloError('engine-unavailable', 'stop container web: the engine is gone');
    await ui.press('container.stop');
    await ui.shows('It did not work');
    expect(ui.text()).toContain('the engine is gone');
    await ui.press('view.back');
    expect(ui.selected('containers')).toContain('web');
  });
});
