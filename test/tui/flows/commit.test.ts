// The preview of a commit, and the commit, as a person does it.
import { describe, expect, test } from 'vitest';
import { PhylloError } from '../../../src/lib/errors.ts';
import { type OpenContainer, openContainer } from '../../support/tui-container-screen.ts';

async function openCommit(): Promise<OpenContainer> {
  const open = await openContainer({
    columns: 120,
    rows: 40,
    before: (container) =>
      container.write({
        'etc/': {},
        'etc/nginx.conf': 'x'.repeat(2200),
        'etc/.wh.passwd': '',
        'tmp/': {},
        'tmp/a': 'a'.repeat(1000),
        'tmp/b': 'b'.repeat(2000),
        'evil\u202ename': '',
      }),
  });
  await open.ui.press('container.commit');
  await open.ui.shows('nginx.conf');
  return open;
}

function rows({ ui }: OpenContainer): string[] {
  return ui
    .pane('commit')
    .rows.filter((row) => row !== '')
    .map((row) => row.slice(1).trim().replace(/ {2,}/g, ' '));
}

describe('the preview', () => {
  test('shows the layer that will be made: paths with sizes and kinds', async () => {
    const open = await openCommit();
    expect(rows(open)).toEqual(
      [
        '[x] 2.2 kB copy-up etc/',
        '[x] 2.2 kB copy-up nginx.conf',
        '[x] 0 B whiteout passwd',
        '[x] 0 B add evil\\xe2\\x80\\xaename',
        '[x] 3 kB add tmp/',
        '[x] 1 kB add a',
        '[x] 2 kB add b',
      ].map((row) => expect.stringContaining(row.replace(/evil.*/, 'evil'))),
    );
    expect(open.ui.pane('facts').rows.join('\n')).toMatch(/layer +7 paths, 5\.2 kB/);
    expect(open.ui.text()).not.toContain('\u202e');
  });

  test('v leaves a path or a directory out, and takes it along again; sums follow', async () => {
    const open = await openCommit();
    const { ui } = open;
    await ui.press('cursor.last', 'item.mark');
    expect(rows(open).slice(-3)).toEqual(['[-] 3 kB add tmp/', '[x] 1 kB add a', '[ ] 2 kB add b']);
    expect(ui.pane('facts').rows.join('\n')).toMatch(/layer +6 paths, 3\.2 kB, 1 left out/);
    await ui.press('cursor.up', 'cursor.up', 'item.mark');
    expect(rows(open).slice(-3)).toEqual(['[ ] 3 kB add tmp/', '[ ] 1 kB add a', '[ ] 2 kB add b']);
    // Back in, of a directory that is left out: what stands beside it stays out.
    await ui.press('item.mark');
    expect(rows(open).slice(-3)).toEqual(['[-] 3 kB add tmp/', '[x] 1 kB add a', '[ ] 2 kB add b']);
  });

  test('of a container that has written nothing says so; an error is told', async () => {
    const { ui, containers } = await openContainer();
    await ui.press('container.commit');
    await ui.shows('it has written nothing: the layer would be empty');
    await ui.press('view.back');
    containers.failure = new PhylloError('engine-unavailable', 'open container web: the engine is gone');
    await ui.press('container.commit');
    await ui.shows('✗ open container web: the engine is gone');
    await ui.press('container.commit');
    expect(ui.footer).toContain('there is no container here');
  });

  test('stands still while the container writes on', async () => {
    const open = await openCommit();
    const before = rows(open);
    open.container.write({ 'aaa-later': 'x' });
    await open.ui.settled();
    expect(rows(open)).toEqual(before);
  });
});

describe('the commit', () => {
  test('is made with name, message and what is left out, and the image is opened', async () => {
    const open = await openCommit();
    const { ui, containers } = open;
    await ui.press('item.name');
    await ui.type('app:2');
    await ui.press('item.open', 'commit.message');
    await ui.type('with nginx');
    await ui.press('item.open', 'cursor.last', 'item.mark', 'container.commit');
    await ui.shows('web is the image app:2 now');
    expect(containers.commits).toEqual([
      {
        container: 'web',
        request: { name: 'app:2', message: 'with nginx', exclude: [new Uint8Array(Buffer.from('tmp/b'))] },
      },
    ]);
    expect(ui.screen.lines()[0]).toContain('images › app:2');
    await ui.press('view.back');
    expect(ui.screen.lines()[0]).toContain('containers › web');
  });

  test('goes without a name as well', async () => {
    const open = await openCommit();
    await open.ui.press('container.commit');
    await open.ui.shows(/web is the image sha256:[0-9a-f]{12} now/);
    expect(open.containers.commits[0]!.request).toEqual({ exclude: [] });
    expect(open.ui.screen.lines()[0]).toMatch(/images › [0-9a-f]{12} /);
  });

  test('a preview has nothing to filter, and / says so', async () => {
    const { ui } = await openCommit();
    await ui.press('filter.edit');
    expect(ui.footer).toContain('there is nothing to filter here');
  });

  test('that fails is told, and nothing is opened', async () => {
    const open = await openCommit();
    open.containers.failure = new PhylloError('no-space', 'commit container web: no space left');
    await open.ui.press('container.commit');
    await open.ui.shows('no space left');
    await open.ui.press('view.back');
    expect(open.ui.screen.lines()[0]).toContain('containers › web');
  });
});
