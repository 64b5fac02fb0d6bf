import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { joinBelow, pathComponents, resolveBelow } from '../../src/lib/safe-path.ts';

const parts = (path: string): string[] =>
  pathComponents(Buffer.from(path, 'latin1')).map((part) => Buffer.from(part).toString('latin1'));

describe('the components of a path', () => {
  test.each([
    ['a/b', ['a', 'b']],
    ['./a//b/./c/', ['a', 'b', 'c']],
    ['', []],
    ['.', []],
    ['..a/b..', ['..a', 'b..']],
    ['...', ['...']],
    ['\xff\xfe/x', ['\xff\xfe', 'x']],
  ])('of %j are %j', (path, expected) => {
    expect(parts(path)).toEqual(expected);
  });

  test.each(['..', '../a', 'a/..', 'a/../b', 'a/b/../../..', '/a', '/', '//a', 'a\0b', 'a/\0'])(
    'of %j lead out',
    (path) => {
      expect(() => parts(path)).toThrow(expect.objectContaining({ code: 'path-escape' }));
    },
  );

  test('never hold anything that moves, and give back the path', () => {
    const component = fc
      .string({ minLength: 1, maxLength: 5 })
      .filter((text) => !/[/\0]|^\.{1,2}$/.test(text));
    fc.assert(
      fc.property(fc.array(component), (components) => {
        const path = Buffer.from(components.join('/'));
        expect(
          Buffer.concat([
            Buffer.from('root'),
            ...pathComponents(path).flatMap((part) => [Buffer.from('/'), part]),
          ]),
        ).toEqual(
          joinBelow(
            Buffer.from('root'),
            components.map((text) => Buffer.from(text)),
          ),
        );
      }),
    );
  });
});

describe('a path below a root', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'phyllo-path-'));
    await mkdir(join(folder, 'root', 'dir'), { recursive: true });
    await writeFile(join(folder, 'root', 'file'), '');
    await symlink('dir', join(folder, 'root', 'inside'));
    await symlink('..', join(folder, 'root', 'up'));
    await symlink('/etc', join(folder, 'root', 'dir', 'etc'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const resolve = async (path: string): Promise<string> =>
    (await resolveBelow(Buffer.from(join(folder, 'root')), Buffer.from(path))).toString();

  test.each(['', 'file', 'dir/absent', 'up', 'dir/etc'])(
    'may be %j: a link at the end is not followed',
    async (path) => {
      expect(await resolve(path)).toBe(join(folder, 'root', path));
    },
  );

  test.each(['up/x', 'inside/x', 'dir/etc/passwd', 'file/x', '../x', 'dir/../../x', '/etc/passwd'])(
    'may not be %j',
    async (path) => {
      await expect(resolve(path)).rejects.toMatchObject({ code: 'path-escape' });
    },
  );

  test('is not found when a parent is missing', async () => {
    await expect(resolve('absent/x')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('is an error of ours when the system refuses it', async () => {
    await expect(resolve(`${'x'.repeat(300)}/y`)).rejects.toMatchObject({ name: 'PhylloError' });
  });
});
