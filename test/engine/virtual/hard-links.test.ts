// Files with several names: those of the image stay one file in an export until one of them is copied up.
import { afterEach, expect, test } from 'vitest';
import { upperHeaders } from '../../../src/engine/virtual/upper-layer.ts';
import { exportHeaders } from '../../../src/engine/virtual/tar-headers.ts';
import type { TarHeader } from '../../../src/layer/tar-writer.ts';
import { ELF, TestShell } from '../../support/virtual-shell.ts';

const PROGRAM = { content: ELF, mode: 0o755 };
const opened: TestShell[] = [];
afterEach(async () => {
  for (const shell of opened.splice(0)) await shell.close();
});

function shellOver(): TestShell {
  const base = {
    'bin/sh': PROGRAM,
    'bin/ln': PROGRAM,
    'd/a': 'one\n',
    'd/b': { type: 'hardlink', link: 'd/a' },
    'd/c': { type: 'hardlink', link: 'd/a' },
    'd/other': 'one\n',
  } as const;
  const shell = new TestShell(base, {
    'd/later': 'later\n',
    'd/again': { type: 'hardlink', link: 'd/later' },
  });
  opened.push(shell);
  return shell;
}

function told(headers: Iterable<{ header: TarHeader }>): string[] {
  return [...headers]
    .map(({ header: { path, type, linkname = new Uint8Array(0) } }) =>
      [type, Buffer.from(path).toString(), Buffer.from(linkname).toString()].join(' ').trim(),
    )
    .filter((line) => /^\w+ d\/./.test(line));
}

test('an export has them as hard links', async () => {
  const { files } = await shellOver().writable();
  expect(told(exportHeaders(files.tree))).toEqual([
    'file d/a',
    'file d/again',
    'hardlink d/b d/a',
    'hardlink d/c d/a',
    'hardlink d/later d/again',
    'file d/other',
  ]);
});

test('a name that is written to has its own file from then on', async () => {
  const shell = shellOver();
  expect(await shell.run('echo more >> /d/b; ln /d/b /d/z')).toMatchObject({ stderr: '', exitCode: 0 });
  const { files } = await shell.writable();
  expect(told(exportHeaders(files.tree))).toEqual([
    'file d/a',
    'file d/again',
    'file d/b',
    'hardlink d/c d/a',
    'hardlink d/later d/again',
    'file d/other',
    'hardlink d/z d/b',
  ]);
  expect(told(upperHeaders(files.tree))).toEqual(['file d/b', 'hardlink d/z d/b']);
});
