// Which editor it is, and how it is told the line.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chosenEditor, lineArguments, runEditor, shellText } from '../../src/cli/editor.ts';

describe('the line', () => {
  test.each([
    ['vi', ['-c', '12']],
    ['/usr/bin/vi', ['-c', '12']],
    ['ex -s', ['-c', '12']],
    ['vim', ['+12']],
    ['/usr/bin/vim.basic -u NONE', ['+12']],
    ['nvim', ['+12']],
    ['"/opt/my tools/nvim" --clean', ['+12']],
    ['nano', ['+12']],
    ["'nano' -w", ['+12']],
    ['emacs -nw', ['+12']],
    ['emacs-nox', ['+12']],
    ['emacs29', ['+12']],
    ['emacsclient -t', ['+12']],
    ['micro', ['+12']],
    ['  hx', ['+12']],
    ['ed', []],
    ['code --wait', []],
    ['busybox vi', []],
    ['env A=b vim', []],
    ['', []],
  ])('%s is told with %j', (editor, args) => {
    expect(lineArguments(editor, 12)).toEqual(args);
  });
});

test.each([
  ['vi', 'exec vi'],
  ['"/my tools/vim" -u NONE', 'exec "/my tools/vim" -u NONE'],
  ['$HOME/bin/vim', 'exec $HOME/bin/vim'],
  ['TERM=xterm vim', 'TERM=xterm vim'],
  ['cd /tmp && vim', 'cd /tmp && vim'],
  ['f() { vim "$@"; }; f', 'f() { vim "$@"; }; f'],
])('the shell reads %s itself, and makes way for a program', (editor, text) => {
  expect(shellText(editor)).toBe(`trap : INT QUIT; ${text} "$@"`);
});

describe('the editor', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'phyllo-editor-'));
    for (const name of ['both/vi', 'both/nano', 'nano/nano', 'files/vi']) {
      mkdirSync(join(folder, name, '..'), { recursive: true });
      writeFileSync(join(folder, name), '');
      chmodSync(join(folder, name), name === 'files/vi' ? 0o644 : 0o755);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each([
    [{ VISUAL: 'nvim', EDITOR: 'ed' }, 'nvim'],
    [{ VISUAL: ' ', EDITOR: 'code --wait' }, 'code --wait'],
    [{ EDITOR: '' }, 'vi'],
    [{}, 'vi'],
  ])('of %j is %s', async (env, editor) => {
    expect(await chosenEditor({ ...env, PATH: `:/none:${join(folder, 'both')}` })).toBe(editor);
  });

  test('is nano where there is no vi that can be run', async () => {
    const PATH = [join(folder, 'files'), join(folder, 'nano')].join(':');
    expect(await chosenEditor({ PATH })).toBe('nano');
  });

  test('that is not there is said to be missing', async () => {
    await expect(runEditor('/a/\x1bb', 1, { PATH: '' })).rejects.toMatchObject({
      code: 'not-found',
      message: String.raw`edit /a/\x1bb: there is no editor`,
    });
  });
});
