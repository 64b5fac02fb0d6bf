// The screen of a build, as a person steps through it.
import { describe, expect, test } from 'vitest';
import { PhylloError } from '../../../src/lib/errors.ts';
import { gutter, openBuild, uiOfBuild } from '../../support/tui-build-screen.ts';
import { fileNames } from '../../support/tui-tour.ts';

describe('before anything has run', () => {
  test('the Dockerfile is there with its first step next, and the screen says what to press', async () => {
    const { ui } = await openBuild();
    expect(ui.panes).toEqual(['status', 'source', 'layers', 'files', 'output']);
    expect(gutter(ui)).toEqual({ 2: '▶┃' });
    expect(ui.selected('source')).toMatch(/FROM debian:12 AS base$/);
    expect(ui.text()).toContain('step 1/6 · not run yet · stage base · FROM debian:12 AS base');
    expect(ui.pane('layers').rows.join(' ')).toContain('nothing has run yet: ] runs the first step');
    expect(ui.pane('output').rows.join(' ')).toContain('] runs it, F runs on to the end');
    expect(ui.footer).toContain('[ ] step');
  });

  test('a build that cannot begin says where the Dockerfile is wrong; & reads it again', async () => {
    const place = { line: 3, column: 1 };
    const message = 'unknown instruction RNU\x1b[31m';
    const hint = 'did you mean RUN?';
    const diagnostics = [
      { severity: 'error', rule: 'syntax', message, hint, range: { start: place, end: place } },
    ];
    const { ui, builds } = uiOfBuild({
      before: (fake) => {
        fake.failure = new PhylloError('invalid-dockerfile', 'read Dockerfile: 1 error', {
          data: { diagnostics },
        });
      },
    });
    await ui.shows('read Dockerfile: 1 error');
    expect(ui.text()).toContain(String.raw`line 3, column 1: unknown instruction RNU\x1b[31m`);
    expect(ui.text()).toContain('did you mean RUN?');
    await ui.press('build.continue');
    expect(ui.footer).toContain('there is no build yet');
    await ui.press('dockerfile.reload');
    await ui.shows('step 1/6');
    expect(builds.opened).toHaveLength(1);
  });
});

describe('stepping', () => {
  test('] runs a step: the stack grows, its changes are shown, the gutter and the line tell what became of it', async () => {
    const { ui } = await openBuild({
      plans: { '0.2': { layer: { 'usr/': {}, 'usr/nginx': 'x'.repeat(2000) } } },
    });
    await ui.press('layer.next', 'layer.next', 'layer.next');
    await ui.shows('step 3/6 · ✓ done in 1.2 s · miss: nothing like it was built before');
    expect(gutter(ui)).toEqual({ 2: '✓', 3: '✓', 5: '✓┃', 6: '┃', 7: '▶' });
    expect(ui.selected('source')).toContain('RUN apt-get update');
    await ui.shows(/▌ +1 RUN apt-get/);
    expect(
      ui
        .pane('layers')
        .rows.filter((row) => row !== '')
        .map((row) => row.slice(1, 12).trim()),
    ).toEqual(['1 RUN apt', 'ENV VER', '0 FROM de']);
    expect(fileNames(ui)).toEqual(['▾ usr/', 'A     nginx']);
  });

  test('< and [ go back, and forward again, without running or reading anything', async () => {
    const { ui, builds, session } = await openBuild();
    await ui.press('build.continue');
    await ui.shows('✓ built');
    const { explored } = builds.build;
    await ui.press('step.previous', 'layer.previous', 'layer.previous');
    await ui.shows('step 3/6');
    expect(ui.selected('layers')).toMatch(/^1 RUN apt-get/);
    expect(gutter(ui)).toEqual({ 2: '✓', 3: '✓', 5: '✓┃', 6: '┃', 7: '✓', 8: '✓', 9: '✓' });
    await ui.press('step.next');
    await ui.shows('step 4/6');
    expect(fileNames(ui)).toEqual(['▾ srv/', 'A     step-0.3']);
    expect(builds.build.explored).toBe(explored);
    expect(session.status).toBe('finished');
    expect(builds.build.finished).toBe(1);
  });

  test('the cursor stays on its path while steps change under it, like a film', async () => {
    const files = (content: string) => ({ 'etc/': {}, 'etc/conf': content, 'etc/other': content });
    const plans = {
      '0.2': { layer: files('one') },
      '0.3': { layer: files('two!') },
      '0.4': { layer: files('three') },
    };
    const { ui } = await openBuild({ plans });
    await ui.press('step.next', 'step.next', 'step.next');
    await ui.shows('step 3/6');
    await ui.press('files.focus', 'cursor.last', 'cursor.up');
    expect(ui.selected('files')).toMatch(/A +conf$/);
    await ui.press('layer.next');
    await ui.shows(/M +conf/);
    expect(ui.selected('files')).toMatch(/M +conf {2}content$/);
    await ui.press('layer.next');
    await ui.shows('step 5/6');
    await ui.press('layer.previous', 'layer.previous');
    await ui.shows(/A +conf/);
    expect(ui.selected('files')).toMatch(/A +conf$/);
  });

  test('several presses in one chunk are all honoured, also while a step runs', async () => {
    const { ui, session } = await openBuild({ plans: { '0.2': { held: true } } });
    await ui.send(']]]]');
    await ui.shows('step 3/6 · ⠋ running for 3.0 s');
    session.endStep();
    await ui.shows('step 4/6 · ✓ done');
  });

  test('an instruction without a layer says so, and that the stack has it', async () => {
    const { ui } = await openBuild();
    await ui.press('step.next', 'step.next');
    await ui.shows('step 2/6');
    expect(ui.selected('layers')).toMatch(/^ENV VERSION=2/);
    expect(ui.pane('files').rows.join(' ')).toContain('this instruction made no layer');
  });

  test('at both ends the keys say so', async () => {
    const { ui } = await openBuild();
    await ui.press('layer.previous');
    expect(ui.footer).toContain('this is the first step');
    await ui.press('build.continue');
    await ui.shows('built: the image is');
    await ui.press('layer.next');
    expect(ui.footer).toContain('this is the last step');
    await ui.press('build.continue');
    expect(ui.footer).toContain('this is the last step');
  });
});

describe('running', () => {
  test('F runs to the end and names the image; the header tells how much the cache had', async () => {
    const { ui, builds } = await openBuild({ plans: { '0.2': { verdict: { kind: 'hit' } } } });
    await ui.press('build.continue');
    await ui.shows(/built: the image is [0-9a-f]{12}/);
    expect(ui.text()).toContain('✓ built · 6 steps, 1 cached');
    expect(gutter(ui)[5]).toBe('⚡');
    expect(builds.build.finished).toBe(1);
    await ui.press('step.previous', 'step.previous', 'step.previous');
    await ui.shows('step 3/6 · ⚡ cached · cache hit');
  });

  test('J runs to the step at the cursor, and goes back to one that has run', async () => {
    const { ui } = await openBuild();
    await ui.press('cursor.down', 'cursor.down', 'cursor.down', 'cursor.down');
    expect(ui.selected('source')).toContain('apt-get install');
    await ui.press('build.run-to');
    await ui.shows('step 3/6 · ✓ done');
    expect(ui.footer).toContain('stopped before step 4/6');
    await ui.press('cursor.first', 'build.run-to');
    expect(ui.footer).toContain('no step of this build is at the cursor');
    await ui.press('cursor.down', 'item.open');
    await ui.shows('step 1/6 · ✓ done');
  });

  test('while a step runs: spinner, seconds, the layer being made on top, output; esc stops it at once', async () => {
    const { ui, session } = await openBuild({
      plans: { '0.2': { held: true, prints: ['Reading package lists'] } },
    });
    await ui.press('build.continue');
    await ui.shows('step 3/6 · ⠋ running for 3.0 s');
    expect(ui.text()).toContain('▲ running');
    expect(gutter(ui)).toMatchObject({ 5: '⠋┃', 6: '┃' });
    await ui.shows(/… RUN apt-get update && apt-get install.* running/);
    expect(ui.pane('output').rows[0]).toBe('  Reading package lists');
    expect(ui.footer).toContain('esc cancels');
    await ui.press('step.previous');
    expect(ui.footer).toContain('the build is running; esc stops it');
    await ui.press('view.back');
    await ui.shows('stopped: the step has not run');
    expect(session.status).toBe('ready');
    expect(gutter(ui)).toEqual({ 2: '✓', 3: '✓┃', 4: '┃', 5: '▶' });
  });

  test('progress in bytes is told', async () => {
    const { ui, builds, session } = await openBuild({ plans: { '0.3': { held: true } } });
    await ui.press('build.continue');
    await ui.shows('step 4/6');
    session.report({ item: 'src/\x1bbig', doneBytes: 12_000_000, totalBytes: 40_000_000 });
    await ui.shows(String.raw`src/\x1bbig 12 MB of 40 MB`);
    expect(ui.footer).toContain('building: 12 MB of 40 MB, 30 %');
    builds.progress!({ item: 'context', doneBytes: 1000 });
    await ui.shows('building: 1 kB');
    expect(ui.panes).toContain('source');
  });

  test('what a running step writes appears as it writes it, and stays when it is done', async () => {
    const plans = { '0.2': { held: true, live: true, layer: { 'usr/': {}, 'usr/nginx': 'x' } } } as const;
    const { ui, builds, session } = await openBuild({ plans });
    await ui.press('build.continue');
    await ui.shows(/R\/W/);
    builds.build.written!.write({ 'usr/': {}, 'usr/part': 'x'.repeat(500) });
    await ui.shows(/A +part/);
    await ui.press('files.focus', 'cursor.last');
    expect(ui.selected('files')).toContain('part');
    session.endStep();
    await ui.gone('R/W');
    await ui.shows('✓ built');
    expect(builds.build.written!.listeners.size).toBe(0);
  });
});

describe('a step that fails', () => {
  const fails = new PhylloError('build-failed', 'run step: it ended with 100', {
    hint: 'See what it printed; ( and ) open a shell there.',
  });
  const plans = {
    '0.2': {
      prints: ['Reading \x1b[31mlists', 'stderr: E: no \u202enginx'],
      fails,
      layer: { 'srv/': {}, 'srv/half': 'x' },
    },
  };

  test('stays readable: what it printed, the message, the hint, and what it had written until then', async () => {
    const { ui } = await openBuild({ plans });
    await ui.press('build.continue');
    await ui.shows('step 3/6 failed: its output says why');
    expect(ui.text()).toContain('step 3/6 · ✗ failed after 1.2 s');
    expect(gutter(ui)).toMatchObject({ 3: '✓', 5: '✗┃' });
    expect(ui.pane('output').rows.filter((row) => row !== '')).toEqual([
      '  Reading lists',
      String.raw`! E: no \u202enginx`,
      ' ✗ run step: it ended with 100',
      ' See what it printed; ( and ) open a shell there.',
    ]);
    await ui.shows(/A +half/);
  });

  test('can be looked past and back, and run again', async () => {
    const { ui, builds } = await openBuild({ plans });
    await ui.press('build.continue');
    await ui.shows('step 3/6 · ✗ failed');
    await ui.press('step.previous');
    await ui.shows('step 2/6 · ✓ done');
    await ui.press('step.next');
    await ui.shows('step 3/6 · ✗ failed');
    builds.plans = {};
    await ui.press('step.next');
    await ui.shows('step 3/6 · ✓ done');
  });

  test('at 80x24 its output is the tab that is shown', async () => {
    const { ui } = await openBuild({ plans, columns: 80, rows: 24 });
    expect(ui.panes).toEqual(['status', 'source']);
    expect(ui.pane('source').title).toMatch(/0 Dockerfile {2}1 Layers {2}2 Changes {2}3 Details {2}4 Output/);
    await ui.press('build.continue');
    await ui.shows('✗ run step: it ended with 100');
    expect(ui.panes).toEqual(['status', 'output']);
    await ui.press('source.focus');
    expect(ui.panes).toEqual(['status', 'source']);
  });
});
