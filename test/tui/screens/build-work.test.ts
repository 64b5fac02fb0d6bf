// What is done with a build and its steps beside stepping, as a person does it.
import { describe, expect, test } from 'vitest';
import { PhylloError } from '../../../src/lib/errors.ts';
import { openUi } from '../../support/tui-app.ts';
import { FakeBuilds } from '../../support/tui-build.ts';
import { DOCKERFILE, buildServices, gutter, openBuild, uiOfBuild } from '../../support/tui-build-screen.ts';
import { FakeContainers } from '../../support/tui-containers.ts';
import { fileNames } from '../../support/tui-tour.ts';

const TO_COPY = ['cursor.down', 'cursor.down', 'cursor.down', 'cursor.down', 'cursor.down'] as const;

describe('breakpoints', () => {
  test('stand in the gutter, stop the build before their step, and go again from any line of it', async () => {
    const { ui, session } = await openBuild();
    await ui.press('cursor.down', 'cursor.down', 'cursor.down', 'cursor.down', 'breakpoint.toggle');
    expect(session.breakpoints).toEqual([{ kind: 'line', line: 5 }]);
    expect(gutter(ui)).toMatchObject({ 2: '▶┃', 5: '●' });
    await ui.press('build.continue');
    await ui.shows('stopped before step 3/6');
    expect(gutter(ui)).toMatchObject({ 3: '✓┃', 5: '●▶' });
    await ui.press('cursor.down', 'cursor.down', 'breakpoint.toggle');
    expect(session.breakpoints).toEqual([]);
  });

  test('where no step is, * says so', async () => {
    const { ui, session } = await openBuild();
    await ui.press('cursor.first', 'breakpoint.toggle');
    expect(ui.footer).toContain('no step of this build is at the cursor');
    expect(session.breakpoints).toEqual([]);
  });

  test('P stops when a path changes; the same path again takes that away', async () => {
    const { ui, session } = await openBuild();
    await ui.press('breakpoint.path', 'text.clear');
    await ui.type('etc/nginx');
    await ui.press('item.open');
    expect(session.breakpoints).toEqual([{ kind: 'path', path: '/etc/nginx' }]);
    expect(ui.pane('source').place).toContain('stops when /etc/nginx changes');
    await ui.press('breakpoint.path');
    expect(ui.footer).toContain('/etc/nginx');
    await ui.press('item.open');
    expect(session.breakpoints).toEqual([]);
    expect(ui.footer).toContain('does not stop at /etc/nginx any more');
  });

  test('P offers the path under the cursor', async () => {
    const { ui } = await openBuild();
    await ui.press('step.next');
    await ui.shows(/A +passwd/);
    await ui.press('files.focus', 'cursor.first', 'cursor.down', 'breakpoint.path');
    expect(ui.footer).toContain('/etc/passwd');
  });
});

describe('starting again', () => {
  test('Z forgets the step and what follows and stands before it; ! does so without the cache', async () => {
    const { ui, session } = await openBuild();
    await ui.press('build.continue');
    await ui.shows('✓ built');
    await ui.press('cursor.first', ...TO_COPY.slice(1), 'step.restart');
    expect(gutter(ui)).toEqual({ 2: '✓', 3: '✓┃', 4: '┃', 5: '▶' });
    await ui.shows('2 of 6 steps');
    await ui.press('step.next');
    await ui.shows('step 3/6 · ✓ done');
    await ui.press('terminal.focus', 'step.rebuild');
    expect(session.rebuilt).toEqual(['0.2']);
    await ui.shows('step 2/6 · ✓ done');
  });

  test('a step that has not run cannot be started again, and that is said', async () => {
    const { ui } = await openBuild();
    await ui.press('step.restart');
    expect(ui.footer).toContain('this step has not run yet');
  });

  test('& takes over the edited Dockerfile: what came before the first change stays done', async () => {
    const { ui, builds } = await openBuild();
    await ui.press('build.continue');
    await ui.shows('✓ built');
    await ui.press('dockerfile.reload');
    await ui.shows('the Dockerfile is as it was');
    builds.text = DOCKERFILE.replace('make -j4', 'make -j8');
    await ui.press('dockerfile.reload');
    await ui.shows('read again: next is step 5/6');
    expect(gutter(ui)).toEqual({ 2: '✓', 3: '✓', 5: '✓', 7: '✓┃', 8: '▶' });
    expect(ui.text()).toContain('RUN make -j8');
  });

  test('an edited Dockerfile that cannot be built leaves everything as it was', async () => {
    const { ui, builds, session } = await openBuild();
    await ui.press('step.next');
    builds.text = '# nothing\n';
    await ui.press('dockerfile.reload');
    await ui.shows('It did not work');
    expect(ui.text()).toContain('read Dockerfile: it is empty');
    await ui.press('view.back');
    expect(session.steps).toHaveLength(6);
    expect(ui.text()).toContain('step 1/6 · ✓ done');
  });

  test('what came from standard input cannot be read again', async () => {
    const { ui } = await openBuild({ request: { context: '-' } });
    await ui.press('dockerfile.reload');
    expect(ui.footer).toContain('the Dockerfile came from standard input');
  });
});

describe('a step', () => {
  test('( and ) open a shell before and after it, in the screen of its container', async () => {
    const { ui, builds } = await openBuild();
    await ui.press('step.next', 'step.next', 'step.next', 'shell.before');
    await ui.shows('containers › step-1');
    expect(builds.build.shells).toEqual([{ step: '0.2', when: 'before' }]);
    await ui.send('\x1b[24~');
    await ui.press('view.back', 'view.back');
    await ui.shows('step 3/6');
    await ui.press('shell.after');
    await ui.shows('containers › step-2');
    expect(builds.build.shells[1]).toEqual({ step: '0.2', when: 'after' });
  });

  test('before FROM there is nothing, and before a step has run nothing is after it', async () => {
    const { ui } = await openBuild();
    await ui.press('shell.before');
    expect(ui.footer).toContain('what is before it has not run yet');
    await ui.press('shell.after');
    expect(ui.footer).toContain('this step has not run yet');
  });

  test('T gives its image a name', async () => {
    const { ui, session } = await openBuild();
    await ui.press('item.name');
    expect(ui.footer).toContain('this step has not run yet');
    await ui.press('step.next', 'step.next', 'item.name');
    expect(ui.footer).toContain('name for the image at step 2/6');
    await ui.type('web:base');
    await ui.press('item.open');
    await ui.shows('web:base is step 2/6 now');
    expect(session.tags).toEqual(['0.1 web:base']);
  });

  test('# opens its whole image as a stack; back again, everything is as it was', async () => {
    const { ui, builds } = await openBuild();
    await ui.press('step.next', 'step.next', 'step.next', 'image.open');
    await ui.shows('build › app at step 3/6');
    expect(ui.panes).toEqual(['layers', 'files']);
    await ui.press('view.back');
    await ui.shows('step 3/6 · ✓ done');
    expect(builds.build.open).toBe(1);
  });

  test('v marks it, V shows what changed between it and another one', async () => {
    const plans = {
      '0.2': { layer: { 'etc/': {}, 'etc/conf': 'one', 'tmp/': {}, 'tmp/x': 'x' } },
      '0.3': { layer: { 'etc/': {}, 'etc/conf': 'three', 'etc/more': 'more' } },
      '0.4': { layer: { 'tmp/': {}, 'tmp/.wh.x': '', 'etc/': {}, 'etc/.wh.passwd': '' } },
    };
    const { ui } = await openBuild({ plans });
    await ui.press('step.next', 'steps.compare');
    expect(ui.footer).toContain('mark another step first');
    await ui.press('item.mark', 'build.continue');
    await ui.shows('✓ built');
    expect(gutter(ui)[2]).toBe('◆✓');
    await ui.press('steps.compare');
    await ui.shows('build › app from step 1 to 6');
    await ui.shows('Changes of layers 1 to 3');
    expect(fileNames(ui)).toEqual(['▾ etc/', 'A     conf', 'A     more', 'D     passwd', 'A   tmp/']);
    await ui.press('layer.previous');
    expect(ui.pane('files').title).toContain('Changes of layers 1 to 2');
    expect(fileNames(ui)).toContain('A     x');
  });

  test('steps that stand on different layers are shown side by side', async () => {
    const text = 'FROM debian:12 AS one\nRUN a\nFROM alpine AS two\nRUN b\n';
    const plans = { '1.0': { layer: { 'bin/': {}, 'bin/sh': 'x' } } };
    const { ui } = await openBuild({ text, plans });
    await ui.press('step.next', 'step.next', 'item.mark', 'step.next', 'steps.compare');
    await ui.shows('build › step 2 and step 3');
    await ui.shows(/A +▸? *\/bin/);
  });

  test('steps that changed no file differ in their settings', async () => {
    const { ui } = await openBuild();
    await ui.press('build.continue');
    await ui.shows('✓ built');
    await ui.press('item.mark', 'step.previous', 'steps.compare');
    await ui.shows('build › step 6 and step 5');
    await ui.shows(/D +cmd +\[/);
  });
});

describe('details', () => {
  test('tell the configuration at the step, marked where it changed it, and why the cache had it not', async () => {
    const difference = { name: 'build-arg VERSION', before: '1', after: '2' };
    const plans = { '0.1': { verdict: { kind: 'miss', why: 'changed', difference } } } as const;
    const { ui } = await openBuild({ plans, rows: 60 });
    await ui.press('step.next', 'step.next', 'details.toggle');
    const details = () => ui.pane('step-details').rows.map((row) => row.trim());
    expect(details()).toContain('cache       miss: build-arg VERSION 1 → 2');
    expect(details()).toContain('A ENV VERSION 2');
    expect(details()).toContain('ENV PATH /bin');
    await ui.press('build.continue');
    await ui.shows('✓ built');
    expect(details()).toContain('A CMD ["nginx"]');
    expect(details()).toContain('ENV VERSION 2');
    expect(ui.has('A ENV')).toBe(false);
  });

  test('are about the file where files have the keys', async () => {
    const { ui } = await openBuild();
    await ui.press('step.next');
    await ui.shows(/A +passwd/);
    await ui.press('files.focus', 'cursor.first', 'cursor.down', 'details.toggle');
    expect(ui.pane('details').rows.join('\n')).toContain('/etc/passwd');
    await ui.press('source.focus');
    expect(ui.panes).toContain('step-details');
  });

  test('can be scrolled, and are a tab at 80x24', async () => {
    const { ui } = await openBuild({ columns: 80, rows: 24 });
    await ui.press('step.next', 'details.toggle');
    expect(ui.panes).toEqual(['status', 'step-details']);
    expect(ui.pane('step-details').rows[0]).toContain('FROM debian:12');
    await ui.press('details.toggle');
    expect(ui.panes).toEqual(['status', 'source']);
  });
});

describe('the output', () => {
  test('follows what comes; scrolled back it stays until G', async () => {
    const { ui, session } = await openBuild({ plans: { '0.2': { held: true } } });
    await ui.press('build.continue', 'terminal.focus');
    session.print('0.2', ...Array.from({ length: 500 }, (_, line) => `line ${line}`));
    await ui.shows(/ line 499$|line 499 /);
    await ui.press('page.up');
    const first = ui.pane('output').rows[0];
    session.print('0.2', 'line 500');
    await ui.settled();
    expect(ui.pane('output').rows[0]).toBe(first);
    expect(ui.pane('output').place).toContain('G to the end');
    await ui.press('cursor.last');
    expect(ui.has('line 500')).toBe(true);
  });

  test('a flood of lines costs a frame now and then, not one for each', async () => {
    const { ui, session } = await openBuild({ plans: { '0.2': { held: true } } });
    await ui.press('build.continue');
    await ui.shows('step 3/6');
    ui.screen.resetCount();
    for (let line = 0; line < 2000; line++) session.print('0.2', `line ${line}`);
    await ui.shows('line 1999');
    expect(ui.screen.writes.length).toBeLessThan(40);
  });

  test('of hostile text nothing reaches the terminal', async () => {
    const text = 'FROM debian:12\nRUN echo "\x1b]52;c;AAAA\x07" \u202e \x9b31m\n';
    const prints = ['\x1b]0;title\x07', 'a\rb\rlast\r', '\x1b[2J\x1b[31mred'];
    const { ui } = await openBuild({ text, plans: { '0.1': { prints, expanded: 'echo \x1b[0m' } } });
    await ui.press('build.continue', 'details.toggle');
    await ui.shows('✓ built');
    expect(ui.pane('output').rows.slice(0, 3)).toEqual([String.raw`  \x1b]0;title\x07`, '  last', '  red']);
    expect(ui.text()).toContain(String.raw`\x1b]52;c;AAAA\x07`);
    expect(ui.screen.writes.join('')).not.toMatch(/\x1b\]|\x9b|\u202e/);
  });
});

describe('the screen', () => {
  test('is opened from the images with B, asked for in one line', async () => {
    const containers = new FakeContainers([]);
    const builds = new FakeBuilds(DOCKERFILE);
    const ui = openUi({ services: buildServices(builds, containers) });
    await ui.shows('There are none yet');
    await ui.press('image.build');
    expect(ui.footer).toContain('build: options and the directory of the context');
    await ui.press('text.clear');
    await ui.type('-t web:1 -f Containerfile app');
    await ui.press('item.open');
    await ui.shows('build › web:1');
    expect(builds.requests).toEqual([{ tags: ['web:1'], file: 'Containerfile', context: 'app' }]);
  });

  test('asks before it throws away where somebody stands, and frees everything', async () => {
    const { ui, builds } = await openBuild();
    await ui.press('view.back');
    await ui.shows('There are none yet');
    const again = await openBuild();
    await again.ui.press('step.next', 'view.back');
    await again.ui.shows('leave the build?');
    await again.ui.press('question.accept');
    await again.ui.shows('There are none yet');
    expect(again.builds.build.closed).toBe(true);
    expect(again.builds.build.open).toBe(0);
    expect(builds.build.closed).toBe(true);
  });

  test('esc goes back pane by pane, and takes filter and mark away', async () => {
    const { ui } = await openBuild();
    await ui.press('step.next', 'item.mark', 'filter.edit');
    await ui.type('passwd');
    await ui.shows('1 match');
    await ui.press('item.open', 'view.back');
    expect(ui.pane('files').title).not.toContain('match');
    await ui.press('view.back', 'view.back');
    expect(gutter(ui)[2]).toBe('✓┃');
    await ui.press('view.back');
    await ui.shows('leave the build?');
  });

  test('tells what is odd about the Dockerfile at its line', async () => {
    const place = { line: 3, column: 1 };
    const { ui } = await openBuild({
      before: (builds) => {
        const message = 'name it\x07 in lower case';
        const range = { start: place, end: place };
        builds.diagnostics = [{ severity: 'warning', rule: 'StageNameCasing', message, range }];
      },
    });
    expect(ui.pane('source').title).toContain('1 warning');
    await ui.press('cursor.down');
    expect(ui.pane('source').place).toContain(String.raw`! name it\x07 in lower case`);
  });

  test('an error of the store is told and does not stop the screen', async () => {
    const { ui, builds } = await openBuild();
    builds.build.finish = async () => {
      throw new PhylloError('no-space', 'write index: no space left');
    };
    await ui.press('build.continue');
    await ui.shows('write index: no space left');
    await ui.press('view.back', 'step.previous');
    await ui.shows('step 5/6');
  });

  test('nothing of it is wider than 80 columns', async () => {
    const { ui } = await openBuild({ columns: 80, rows: 24, text: `${DOCKERFILE}RUN ${'x'.repeat(300)}\n` });
    await ui.press('build.continue');
    await ui.shows('✓ built');
    for (const tab of [
      'source.focus',
      'layers.focus',
      'files.focus',
      'details.focus',
      'terminal.focus',
    ] as const) {
      await ui.press(tab);
      for (const line of ui.screen.lines()) expect(line.length).toBeLessThanOrEqual(80);
    }
  });

  test('a failure to open an image is told in its panes', async () => {
    const { ui } = uiOfBuild();
    await ui.shows('step 1/6');
    const { build } = ui.session.app.screen as unknown as { build: { explore: () => never } };
    build.explore = () => {
      throw new PhylloError('io', 'read layer: the disk is gone');
    };
    await ui.press('step.next');
    await ui.shows('read layer: the disk is gone');
    expect(ui.text()).toContain('step 1/6 · ✓ done');
  });
});
