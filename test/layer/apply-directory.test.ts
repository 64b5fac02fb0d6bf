import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { platform } from 'node:process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Directory } from '../../src/layer/apply-directory.ts';
import { Sandbox } from './apply-fixtures.ts';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
  mkdirSync(join(sandbox.root, 'real'));
  writeFileSync(join(sandbox.root, 'real', 'file'), 'x');
  symlinkSync('../canary', join(sandbox.root, 'out'));
  symlinkSync('../../canary', join(sandbox.root, 'real', 'out'));
});
afterEach(() => sandbox.remove());

const modes = [
  ['by its path', false] as const,
  ...(platform === 'linux' ? [['by a descriptor', true] as const] : []),
];

describe.each(modes)('a directory that is held %s', (_, byDescriptor) => {
  const withRoot = (use: (root: Directory) => void): void => {
    const root = Directory.open(sandbox.root, byDescriptor);
    try {
      use(root);
    } finally {
      root.close();
    }
  };

  test('enters real directories alone', () =>
    withRoot((root) => {
      expect(root.child('out')).toBeUndefined();
      expect(root.child('absent')).toBeUndefined();
      const real = root.child('real')!;
      expect(real.child('file')).toBeUndefined();
      expect(real.names()).toEqual(['file', 'out']);
      expect(readFileSync(real.at('file'), 'utf8')).toBe('x');
      real.close();
    }));

  test.each(['', '.', '..', 'a/b', '/etc', 'nul\0'])('takes %j for no name of an entry', (name) =>
    withRoot((root) => {
      expect(() => root.at(name)).toThrow(expect.objectContaining({ code: 'path-escape' }));
      expect(() => root.child(name)).toThrow(expect.objectContaining({ code: 'path-escape' }));
    }),
  );

  test('removes links, not what they lead to', () =>
    withRoot((root) => {
      root.remove('out');
      root.remove('real');
      root.remove('absent');
      expect(root.names()).toEqual([]);
      expect(existsSync(join(sandbox.canary, 'folder', 'file'))).toBe(true);
    }));
});

test.runIf(platform === 'linux')('a descriptor stays with its directory when a link takes its place', () => {
  const root = Directory.open(sandbox.root, true);
  const real = root.child('real')!;
  root.remove('real');
  symlinkSync('../canary', join(sandbox.root, 'real'));
  expect(() => writeFileSync(real.at('file'), 'x')).toThrow(/ENOENT/);
  expect(readFileSync(join(sandbox.canary, 'file'), 'utf8')).toBe('canary');
  real.close();
  root.close();
});
