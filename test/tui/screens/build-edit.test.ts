// The Dockerfile in the user's own editor, as a person edits it in the middle of a build.
import { describe, expect, test } from 'vitest';
import { PhylloError } from '../../../src/lib/errors.ts';
import type { FakeBuilds } from '../../support/tui-build.ts';
import { DOCKERFILE, gutter, openBuild, uiOfBuild } from '../../support/tui-build-screen.ts';

/** An editor that notes where it was opened; what it writes is said before each time. */
function editor() {
  const opened: string[] = [];
  let write: ((text: string) => string) | undefined;
  return {
    opened,
    writes: (change: typeof write) => void (write = change),
    edit: (builds: FakeBuilds, path: string, line: number): void => {
      opened.push(`${path}:${line}`);
      builds.text = write?.(builds.text) ?? builds.text;
    },
  };
}

describe("' opens the Dockerfile in the editor", () => {
  test('at the line of the cursor, or of the step that another pane is about', async () => {
    const { opened, edit } = editor();
    const { ui } = await openBuild({ edit, plans: { '0.2': { prints: ['no nginx'] } } });
    expect(ui.footer).toContain("' edit");
    await ui.press('cursor.last', 'dockerfile.edit', 'layer.next', 'layer.next', 'layer.next');
    await ui.shows('step 3/6 · ✓ done');
    await ui.press('cursor.down', 'dockerfile.edit', 'terminal.focus', 'dockerfile.edit');
    await ui.press('files.focus', 'dockerfile.edit');
    expect(opened).toEqual([9, 6, 5, 5].map((line) => `/home/me/app/Dockerfile:${line}`));
  });

  test('and goes on from the first step that changed', async () => {
    const { writes, edit } = editor();
    const { ui } = await openBuild({ edit });
    await ui.press('build.continue');
    await ui.shows('✓ built');
    writes((text) => text.replace('make -j4', 'make -j8'));
    await ui.press('dockerfile.edit');
    await ui.shows('read again: next is step 5/6');
    expect(gutter(ui)).toEqual({ 2: '✓', 3: '✓', 5: '✓', 7: '✓┃', 8: '▶' });
    await ui.press('layer.next');
    await ui.shows('step 5/6 · ✓ done');
    expect(ui.text()).toContain('RUN make -j8');
  });

  test('and changes nothing when nothing was changed', async () => {
    const { edit } = editor();
    const { ui } = await openBuild({ edit });
    await ui.press('layer.next', 'dockerfile.edit');
    await ui.shows('the Dockerfile is as it was');
    expect(ui.text()).toContain('step 1/6 · ✓ done');
  });

  test('which has the whole terminal meanwhile, and gives it back', async () => {
    const saved = Promise.withResolvers<void>();
    const { ui } = await openBuild({ edit: () => saved.promise });
    const before = ui.text();
    await ui.press('dockerfile.edit');
    expect(ui.screen.isAlternate).toBe(false);
    expect(ui.input).toMatchObject({ raw: false, flowing: false });
    await ui.resize(100, 30);
    await ui.resize(140, 44);
    saved.resolve();
    await ui.shows('the Dockerfile is as it was');
    await ui.press('cursor.down', 'cursor.up');
    expect(ui.text()).toBe(before);
    expect(ui.input).toMatchObject({ raw: true, flowing: true });
  });

  test('at the size that the window has by then', async () => {
    const saved = Promise.withResolvers<void>();
    const { ui } = await openBuild({ edit: () => saved.promise });
    await ui.press('dockerfile.edit');
    await ui.resize(80, 24);
    saved.resolve();
    await ui.shows('the Dockerfile is as it was');
    expect(ui.panes).toEqual(['status', 'source']);
  });

  test('once, and what is typed ahead in the same chunk is not for the build', async () => {
    const { opened, edit } = editor();
    const { ui, session } = await openBuild({ edit });
    await ui.send("''Fq");
    await ui.shows('the Dockerfile is as it was');
    expect(opened).toHaveLength(1);
    expect(session.position).toBe(0);
  });
});

describe('a Dockerfile that cannot be built', () => {
  test('is told with its line, where the editor opens next; the build is as it was until it is mended', async () => {
    const { opened, writes, edit } = editor();
    const { ui } = await openBuild({ edit });
    await ui.press('layer.next');
    writes((text) => text.replace('CMD', 'CMDD'));
    await ui.press('dockerfile.edit');
    await ui.shows('read Dockerfile: line 9');
    expect(ui.text()).toContain("' edits the Dockerfile there");
    await ui.press('view.back');
    expect(ui.text()).toContain('step 1/6 · ✓ done');
    writes(() => DOCKERFILE);
    await ui.press('dockerfile.edit');
    await ui.shows('the Dockerfile is as it was');
    await ui.press('dockerfile.edit');
    expect(opened).toEqual([2, 9, 2].map((line) => `/home/me/app/Dockerfile:${line}`));
  });

  test('is edited before the build could begin', async () => {
    const { opened, edit } = editor();
    const range = { start: { line: 3, column: 1 }, end: { line: 3, column: 4 } };
    const diagnostics = [{ severity: 'error', rule: 'syntax', message: 'unknown instruction RNU', range }];
    const { ui } = uiOfBuild({
      edit,
      before: (builds) => {
        const data = { diagnostics, path: '/home/me/app/Dockerfile' };
        builds.failure = new PhylloError('invalid-dockerfile', 'read Dockerfile: 1 error', { data });
      },
    });
    await ui.shows("' edits the Dockerfile");
    await ui.press('dockerfile.edit');
    await ui.shows('step 1/6');
    expect(opened).toEqual(['/home/me/app/Dockerfile:3']);
  });
});

describe('it says why not', () => {
  test.each([
    ['the Dockerfile came from standard input', { context: '-' }],
    ['the Dockerfile came from standard input', { context: 'app', file: '-' }],
  ])('%s', async (reason, request) => {
    const { opened, edit } = editor();
    const { ui } = await openBuild({ edit, request });
    await ui.press('dockerfile.edit');
    expect(ui.footer).toContain(reason);
    expect(opened).toEqual([]);
  });

  test('where there is no Dockerfile', async () => {
    const { ui } = uiOfBuild({
      ...editor(),
      before: (builds) => {
        builds.failure = new PhylloError('not-found', 'read app: there is no Dockerfile');
      },
    });
    await ui.shows('there is no Dockerfile');
    await ui.press('dockerfile.edit');
    expect(ui.footer).toContain('there is no Dockerfile to edit');
  });

  test('while a step runs', async () => {
    const { opened, edit } = editor();
    const { ui } = await openBuild({ edit, plans: { '0.0': { held: true } } });
    await ui.press('layer.next', 'dockerfile.edit');
    expect(ui.footer).toContain('the build is running; esc stops it');
    expect(opened).toEqual([]);
  });

  test('with an editor that fails; the screen is back and the build as it was', async () => {
    const edit = (): never => {
      throw new PhylloError('io', 'edit /home/me/app/Dockerfile: vi ended with 1');
    };
    const { ui } = await openBuild({ edit });
    await ui.press('layer.next', 'dockerfile.edit');
    await ui.shows('It did not work');
    expect(ui.text()).toContain('vi ended with 1');
    await ui.press('view.back', 'layer.next');
    await ui.shows('step 2/6 · ✓ done');
  });

  test('where no editor can be had', async () => {
    const { ui } = await openBuild();
    await ui.press('dockerfile.edit');
    await ui.shows('there is no editor to go to from here');
  });
});
