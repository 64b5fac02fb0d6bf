// The guided demonstration of copy-on-write, as a teacher drives it.
import { describe, expect, test } from 'vitest';
import type { Services } from '../../../src/app/services.ts';
import { PhylloError } from '../../../src/lib/errors.ts';
import { COW_STEPS, fillIn, shellQuote } from '../../../src/tui/screens/demo/cow-steps.ts';
import { type LayerSpec, layer } from '../../support/layers.ts';
import { type Ui, openUi } from '../../support/tui-app.ts';
import type { FakeContainer } from '../../support/tui-container.ts';
import { FakeContainers } from '../../support/tui-containers.ts';
import { memoryServices } from '../../support/tui-explored.ts';

const LAYERS: readonly LayerSpec[] = [
  {
    'bin/': {},
    'bin/busybox': { sizeBytes: 9_000_000, mode: 0o755 },
    'data/': {},
    'data/large.txt': { sizeBytes: 8_000_000 },
    'data/middle.txt': { sizeBytes: 1000 },
    'data/small.txt': { sizeBytes: 10 },
  },
];

/** What a shell would do with the scripts of the steps. */
function act(
  container: FakeContainer,
  [, , script = '']: readonly string[],
): { output: string; exitCode: number } {
  const appended = /^echo .* >> \/(.*)$/.exec(script)?.[1];
  const created = /^echo .* > \/(.*)$/.exec(script)?.[1];
  const mode = /^chmod 600 \/(.*)$/.exec(script)?.[1];
  const removed = /^rm \/(.*)$/.exec(script)?.[1];
  if (appended) container.write({ [appended]: { sizeBytes: 8_000_000 + script.length } });
  if (created) container.write({ [created]: 'hello\n' });
  if (mode) container.write({ [mode]: { sizeBytes: 1000, mode: 0o600 } });
  if (removed) container.write({ [removed.replace(/[^/]*$/, '.wh.$&')]: '' });
  return { output: script.startsWith('ls') ? '-rw-r--r-- large\n' : '', exitCode: 0 };
}

function demoServices(containers: FakeContainers): Services {
  const services = memoryServices({ layers: LAYERS.map(layer) }, containers);
  return {
    ...services,
    samples: {
      list: async () => [{ name: 'cow', title: '', image: 'phyllo/cow:latest', present: false }],
      make: async () => 'phyllo/cow:latest',
    },
    system: { ...services.system, readOnly: false },
  };
}

async function openDemo(columns = 160, rows = 50): Promise<{ ui: Ui; containers: FakeContainers }> {
  const containers = new FakeContainers(LAYERS);
  containers.shell = act;
  const ui = openUi({ services: demoServices(containers), demo: 'cow', columns, rows });
  await ui.shows('1. Two containers, one image');
  await ui.settled();
  return { ui, containers };
}

describe('the steps', () => {
  test('show what each one does in the containers, with its command', async () => {
    const { ui, containers } = await openDemo();
    const [right, left] = containers.all as [FakeContainer, FakeContainer];
    expect([left.record.name, right.record.name]).toEqual(['cow-left', 'cow-right']);
    await ui.press('step.next');
    await ui.shows('$ cat /data/large.txt > /dev/null');
    expect(left.now().totals.sizeBytes).toBe(0);
    await ui.press('step.next');
    await ui.shows(/copy-up +\/data\/large\.txt +8 MB from layer 0/);
    await ui.press('step.next');
    await ui.shows(/write +\/data\/large\.txt/);
    await ui.press('step.next');
    await ui.shows(/add +\/hello-from-the-left/);
    await ui.press('step.next');
    await ui.shows(/copy-up +\/data\/middle\.txt/);
    await ui.press('step.next');
    await ui.shows(/whiteout +\/data\/small\.txt/);
    await ui.press('step.next');
    await ui.shows('-rw-r--r-- large');
    expect(right.now().totals.sizeBytes).toBe(0);
    await ui.press('step.next');
    await ui.shows(/phyllo\/cow-demo-result is sha256:/);
    expect(containers.commits).toMatchObject([{ container: 'cow-left' }]);
    expect(ui.text()).toContain(`step ${COW_STEPS.length} of ${COW_STEPS.length}`);
    await ui.press('step.next');
    expect(ui.footer).toContain('this is the last step');
  });

  test('can be gone back through; what was done is not done again', async () => {
    const { ui, containers } = await openDemo();
    await ui.press('step.next', 'step.next');
    await ui.shows('copy-up');
    const [, left] = containers.all as [FakeContainer, FakeContainer];
    const before = left.sessions.length;
    await ui.press('step.previous', 'step.previous');
    expect(ui.text()).toContain('1. Two containers, one image');
    await ui.press('step.previous');
    expect(ui.footer).toContain('this is the first step');
    await ui.press('step.next', 'step.next');
    expect(ui.text()).toContain('3. The first write copies the file up');
    expect(left.sessions).toHaveLength(before);
  });

  test('one that fails is told and can be done again', async () => {
    const { ui, containers } = await openDemo();
    containers.failure = new PhylloError('engine-unavailable', 'exec in cow-left: the engine is gone');
    await ui.press('step.next');
    await ui.shows('the engine is gone');
    await ui.press('view.back');
    expect(ui.text()).toContain('step 1 of');
    await ui.press('step.next');
    await ui.shows('$ cat /data/large.txt');
  });

  test('fit 80x24, with the caption above', async () => {
    const { ui } = await openDemo(80, 24);
    expect(ui.panes).toEqual(['caption', '0 files']);
    await ui.press('step.next', 'step.next');
    await ui.shows(/M +large\.txt/);
    expect(ui.screen.lines().at(-2)).toMatch(/^└.*┘$/);
  });
});

describe('its containers', () => {
  test('are gone when it is over, by esc and by quitting', async () => {
    const { ui, containers } = await openDemo();
    expect(containers.all).toHaveLength(2);
    await ui.press('view.back');
    await ui.settled();
    expect(containers.all).toHaveLength(0);
    const again = await openDemo();
    await again.ui.close();
    expect(again.containers.all).toHaveLength(0);
  });

  test('leave nothing behind when one of them cannot be made', async () => {
    const containers = new FakeContainers(LAYERS);
    containers.failOn = ({ name }) => name === 'cow-right';
    const ui = openUi({ services: demoServices(containers), demo: 'cow' });
    await ui.shows('✗ create container');
    expect(containers.all).toHaveLength(0);
  });
});

test('the files are put into captions and scripts, quoted where a shell needs it', () => {
  const files = { large: "/it's large", second: '/b', third: '/c' };
  expect(fillIn('rm {large} {second}', files, shellQuote)).toBe("rm '/it'\\''s large' /b");
  expect(fillIn('{large} and {third}', files)).toBe("/it's large and /c");
});
