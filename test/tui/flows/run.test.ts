// Running a container of an image, as a person does it.
import { describe, expect, test } from 'vitest';
import type { ImageSummary } from '../../../src/app/services.ts';
import { PhylloError } from '../../../src/lib/errors.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { layer } from '../../support/layers.ts';
import { type Ui, openUi } from '../../support/tui-app.ts';
import { BASE } from '../../support/tui-container-screen.ts';
import { FakeContainers } from '../../support/tui-containers.ts';
import { memoryServices } from '../../support/tui-explored.ts';

const IMAGE: ImageSummary = {
  id: digestOf(Buffer.from('image')),
  digest: digestOf(Buffer.from('manifest')),
  names: ['app:1'],
  created: '2026-11-20T10:00:00Z',
  platform: { os: 'linux', architecture: 'amd64' },
  layers: [],
  sizeBytes: 0,
  sizeKnown: true,
  compressedBytes: 0,
  sharedBytes: 0,
  labels: {},
};

async function openImages(containers: FakeContainers, readOnly = false): Promise<Ui> {
  const services = memoryServices({ layers: BASE.map(layer) }, containers);
  const ui = openUi({
    services: {
      ...services,
      images: { ...services.images, list: async () => [IMAGE] },
      system: { ...services.system, readOnly },
    },
    columns: 160,
    rows: 50,
  });
  await ui.shows('app:1');
  return ui;
}

describe('R on an image', () => {
  test('asks for options and a command, makes the container and goes into its terminal', async () => {
    const containers = new FakeContainers(BASE);
    const ui = await openImages(containers);
    await ui.press('image.run');
    expect(ui.footer).toContain('run app:1: options and command: -it');
    await ui.type('--name web -e "A=b c" sh');
    await ui.press('item.open');
    await ui.shows('Terminal of web');
    expect(containers.created).toEqual([
      { image: 'app:1', stdin: true, tty: true, name: 'web', env: ['A=b c'], command: ['sh'] },
    ]);
    await ui.shows('f12 leaves the terminal');
    await ui.type('ls\r');
    await ui.shows('▲ running');
    expect(containers.find('web').terminal.input).toBe('ls\r');
    await ui.send('\x1b[24~');
    await ui.press('view.back', 'view.back');
    expect(ui.panes).toEqual(['images']);
    expect(containers.find('web').terminal.detached).toBe(true);
  });

  test('without a terminal the log is shown', async () => {
    const containers = new FakeContainers(BASE);
    const ui = await openImages(containers);
    await ui.press('image.run', 'text.clear');
    await ui.type('--name job');
    await ui.press('item.open');
    await ui.shows('Log of job');
    containers.find('job').print('working\n');
    await ui.shows('working');
    expect(ui.footer).not.toContain('leaves');
  });

  test('what is asked for wrongly is told with what is understood', async () => {
    const ui = await openImages(new FakeContainers(BASE));
    await ui.press('image.run');
    await ui.type('--privileged');
    await ui.press('item.open');
    await ui.shows('there is no option --privileged here');
    expect(ui.text()).toContain('-it --rm -e NAME=VALUE');
  });

  test('an engine that cannot is told; one that cannot start leaves the container to look at', async () => {
    const containers = new FakeContainers(BASE);
    const ui = await openImages(containers);
    containers.failure = new PhylloError('engine-unavailable', 'create container: no engine works here');
    await ui.press('image.run', 'item.open');
    await ui.shows('no engine works here');
    await ui.press('view.back');
    const start = containers.startAttached.bind(containers);
    containers.startAttached = async () => {
      throw new PhylloError('not-found', 'start web: /bin/sh is not there');
    };
    await ui.press('image.run');
    await ui.type('--name web');
    await ui.press('item.open');
    await ui.shows('/bin/sh is not there');
    await ui.press('view.back');
    await ui.shows('it was never started');
    expect(ui.footer).toContain('U start');
    containers.startAttached = start;
    await ui.press('container.start');
    await ui.shows('▲ running');
  });

  test('does nothing where the store is read-only, and says so', async () => {
    const ui = await openImages(new FakeContainers(BASE), true);
    await ui.press('image.run');
    expect(ui.footer).toContain('the store is read-only');
  });
});
