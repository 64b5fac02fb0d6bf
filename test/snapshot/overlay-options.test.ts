import { join } from 'node:path';
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { overlayOptions } from '../../src/snapshot/overlay-options.ts';
import { removeFolder } from '../../src/snapshot/unpack.ts';
import { canMount, mountLayers } from './unpack-fixtures.ts';

const from = '/data/layers';
const key = (index: number): string => join(from, String(index).padStart(26, 'a'), 'd');

describe('options of an overlay mount', () => {
  test('name layers relative to the folder, the top one first', () => {
    expect(overlayOptions({ from, form: 'trusted', lowers: [key(1), key(2)] })).toBe(
      'lowerdir=aaaaaaaaaaaaaaaaaaaaaaaaa2/d:aaaaaaaaaaaaaaaaaaaaaaaaa1/d,' +
        'redirect_dir=nofollow,metacopy=off,index=off,xino=off',
    );
  });

  test('name a layer that is there twice where it lies on top', () => {
    const options = overlayOptions({ from, form: 'trusted', lowers: [key(1), key(2), key(1)] });
    expect(options).toMatch(/^lowerdir=a+1\/d:a+2\/d,/);
  });

  test('name upperdir and workdir, and say where marks are kept without root', () => {
    const container = '/data/containers/c';
    const mount = { lowers: [key(1)], upper: join(container, 'upper'), work: join(container, 'work') };
    expect(overlayOptions({ from, form: 'user', ...mount })).toBe(
      'lowerdir=aaaaaaaaaaaaaaaaaaaaaaaaa1/d,upperdir=../containers/c/upper,workdir=../containers/c/work,' +
        'redirect_dir=nofollow,metacopy=off,index=off,xino=off,userxattr',
    );
  });

  test('leave the disk alone where the upperdir is not to be kept', () => {
    const upper = { lowers: [key(1)], upper: '/data/c/upper', work: '/data/c/work' };
    const options = { from, form: 'trusted', ...upper } as const;
    expect(overlayOptions({ ...options, volatile: true })).toBe(`${overlayOptions(options)},volatile`);
  });

  test('have room for 128 layers and a container with a long ID', () => {
    const container = join('/data/containers', 'f'.repeat(64));
    const lowers = Array.from({ length: 128 }, (_, index) => key(index));
    const mount = { lowers, upper: join(container, 'upper'), work: join(container, 'work') };
    expect(overlayOptions({ from, form: 'user', ...mount }).length).toBeLessThan(4096);
  });

  test('that do not fit into a page are refused with the number of layers', () => {
    const lowers = Array.from({ length: 150 }, (_, index) => key(index));
    expect(() => overlayOptions({ from, form: 'trusted', lowers })).toThrow(
      expect.objectContaining({ code: 'limit-exceeded', message: expect.stringContaining('150 layers') }),
    );
  });

  test.each(['/data/a"b', '/data/a\nb', '/data/a,'])('with %j are refused', (path) => {
    expect(() => overlayOptions({ from, form: 'trusted', lowers: [path] })).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    );
  });

  test.runIf(canMount)('reach the kernel whatever marks are in the names', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'phyllo-options-'));
    try {
      const names = ['comma,s', 'colon:', 'back\\slash', 'all,:\\,:', "blank ' $x"];
      const lowers = names.map((name, index) => {
        const lower = join(folder, 'from', name);
        mkdirSync(lower, { recursive: true });
        writeFileSync(join(lower, `f${index}`), '');
        return lower;
      });
      const mount = await mountLayers(join(folder, 'from'), lowers);
      const shown = readdirSync(mount.path);
      await mount.end();
      expect(shown.toSorted()).toEqual(['f0', 'f1', 'f2', 'f3', 'f4']);
    } finally {
      removeFolder(folder);
    }
  });
});
