// One file or directory as an archive with a top entry of any name.
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readTop, renamedTop, topName } from '../../src/layer/top-entry.ts';

describe('names of what is copied', () => {
  test.each([
    ['etc/nginx', 'nginx'],
    ['etc/nginx/', 'nginx'],
    ['etc/nginx/.', 'nginx'],
    ['', ''],
    ['/', ''],
  ])('the last of %j is %j', (path, name) => {
    expect(topName(Buffer.from(path))).toBe(name);
  });

  test.each([
    ['nginx', 'conf', 'nginx', 'conf'],
    ['nginx', 'conf', 'nginx/a/b', 'conf/a/b'],
    ['nginx', '', 'nginx', ''],
    ['nginx', '', 'nginx/a', 'a'],
    ['', 'root', 'etc/hosts', 'root/etc/hosts'],
    ['nginx', 'nginx', 'nginx2', 'nginx/nginx2'],
  ])('from %j to %j, %j becomes %j', (from, to, path, expected) => {
    expect(renamedTop(from, to)(path)).toBe(expected);
  });
});

describe('a top entry', () => {
  const folder = mkdtempSync(join(tmpdir(), 'phyllo-top-'));
  beforeAll(() => {
    mkdirSync(join(folder, 'site', 'deep'), { recursive: true });
    writeFileSync(join(folder, 'site', 'a'), 'a');
    linkSync(join(folder, 'site', 'a'), join(folder, 'site', 'deep', 'b'));
    symlinkSync('../away', join(folder, 'site', 'link'));
    writeFileSync(join(folder, 'site2'), 'beside');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function listed(name: string, as?: string): Promise<string[]> {
    const lines: string[] = [];
    for await (const { header } of readTop(folder, name, as === undefined ? {} : { as })) {
      const target = header.linkname === undefined ? '' : ` -> ${Buffer.from(header.linkname).toString()}`;
      lines.push(`${header.type} ${Buffer.from(header.path).toString()}${target}`);
    }
    return lines;
  }

  test('keeps its name, and nothing beside it comes along', async () => {
    expect(await listed('site')).toEqual([
      'dir site',
      'file site/a',
      'dir site/deep',
      'hardlink site/deep/b -> site/a',
      'symlink site/link -> ../away',
    ]);
  });

  test('takes another name, and hard links go with it', async () => {
    expect(await listed('site', 'www')).toEqual([
      'dir www',
      'file www/a',
      'dir www/deep',
      'hardlink www/deep/b -> www/a',
      'symlink www/link -> ../away',
    ]);
  });

  test('without a name is what is in it', async () => {
    expect(await listed('site', '')).toEqual([
      'dir ',
      'file a',
      'dir deep',
      'hardlink deep/b -> a',
      'symlink link -> ../away',
    ]);
  });

  test('may be a single file', async () => {
    expect(await listed('site2', 'other')).toEqual(['file other']);
  });

  test('that is not there gives nothing', async () => {
    expect(await listed('absent')).toEqual([]);
  });
});
