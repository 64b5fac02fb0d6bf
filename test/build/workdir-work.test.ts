// WORKDIR: the directories that are missing, and whose they are.
import { describe, expect, test } from 'vitest';
import type { BuildParts } from '../../src/build/build-parts.ts';
import { withEnv } from '../../src/build/stage-state.ts';
import { workdirWork } from '../../src/build/workdir-work.ts';
import { layerLines } from './layer-lines.ts';
import { type Tree, tree } from './copy/trees.ts';
import { after } from './stage-steps.ts';

function work(lines: readonly string[], files: Tree = {}, seconds = 7): ReturnType<typeof workdirWork> {
  const parts = { sources: { files: async () => tree(files) } } as unknown as BuildParts;
  return workdirWork(after(lines), parts, seconds);
}

async function made(lines: readonly string[], files: Tree = {}): Promise<readonly string[]> {
  const { tar } = await work(lines, files)!.make(undefined as never);
  return layerLines(tar);
}

const USERS: Tree = {
  'etc/passwd': 'root:x:0:0::/root:/bin/sh\nme:x:1000:100::/home/me:/bin/sh\n',
  'etc/group': 'root:x:0:\nteam:x:55:me\n',
};

describe('makes', () => {
  test.each<[string, readonly string[], Tree, readonly string[]]>([
    ['all that is missing', ['WORKDIR /a/b'], {}, ['dir 755 0:0 7 a', 'dir 755 0:0 7 a/b']],
    ['what is missing below', ['WORKDIR /a/b'], { 'a/': { mode: 0o700 } }, ['dir 755 0:0 7 a/b']],
    ['nothing where it is there', ['WORKDIR /a/b'], { 'a/b/': { mode: 0o700, uid: 5 } }, []],
    ['for a number', ['USER 5:6', 'WORKDIR /a'], {}, ['dir 755 5:6 7 a']],
    ['for a number without a group', ['USER 5', 'WORKDIR /a'], {}, ['dir 755 5:0 7 a']],
    ['for a name', ['USER me', 'WORKDIR /a'], USERS, ['dir 755 1000:100 7 a']],
    ['for a name and a group', ['USER me:team', 'WORKDIR /a'], USERS, ['dir 755 1000:55 7 a']],
    ['below a link', ['WORKDIR /l/x'], { 'd/': {}, l: { link: 'd' } }, ['dir 755 0:0 7 d/x']],
    [
      'below a link out of it',
      ['WORKDIR /l/x'],
      { 'd/': {}, l: { link: '../../../d' } },
      ['dir 755 0:0 7 d/x'],
    ],
    ['nothing at a link to a directory', ['WORKDIR /l'], { 'd/': {}, l: { link: '/d' } }, []],
  ])('%s', async (_, lines, files, expected) => {
    expect(await made(lines, files)).toEqual(expected);
  });

  test('users of links that lead out of the image are looked up in it', async () => {
    const files = { ...USERS, 'etc/passwd': { link: '../../x' }, x: 'me:x:7:8::/:\n' };
    expect(await made(['USER me', 'WORKDIR /a'], files)).toEqual(['dir 755 7:8 7 a']);
  });

  test('no layer for the root', () => {
    expect(work(['WORKDIR /'])).toBeUndefined();
    expect(work(['WORKDIR /a/..'])).toBeUndefined();
  });
});

describe('refuses', () => {
  test.each<[string, readonly string[], Tree, RegExp]>([
    ['a file of that name', ['WORKDIR /a'], { a: 'x' }, /^make directory \/a: there is something else/],
    [
      'a file on the way',
      ['WORKDIR /a/b'],
      { a: 'x' },
      /^make directory \/a(?:\/b)?: there is something else/,
    ],
    ['a user who is not there', ['USER nobody', 'WORKDIR /a'], USERS, /nobody/],
  ])('%s', async (_, lines, files, message) => {
    await expect(made(lines, files)).rejects.toThrow(message);
  });
});

describe('the key', () => {
  const key = (lines: readonly string[], seconds = 7): string =>
    work(lines, {}, seconds)!
      .parts.map(({ name, value }) => `${name}=${value}`)
      .join(' ');

  test('has the directory, the user, the time and what is below', () => {
    expect(key(['USER me', 'WORKDIR /a'])).toBe('directory=/a user=me time of what is made=7 parent=scratch');
    expect(key(['WORKDIR /a'], 8)).not.toBe(key(['WORKDIR /a']));
  });

  test('has nothing of variables', () => {
    const parts = { sources: {} } as BuildParts;
    const state = after(['WORKDIR /a']);
    expect(workdirWork(withEnv(state, 'A', '1'), parts, 7)!.parts).toEqual(
      workdirWork(state, parts, 7)!.parts,
    );
  });
});
