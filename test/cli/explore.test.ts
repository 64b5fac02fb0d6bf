// The verbs that look into images: what they list, print and write.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeArchive } from './archives.ts';
import { CliBench } from './run-cli.ts';

const bench = new CliBench();
const image = bench.path('image.tar');

beforeAll(async () => {
  await writeArchive(image, {
    layers: [
      {
        'usr/bin/tool': { content: 'v1', mode: 0o755 },
        bin: { link: 'usr/bin' },
        'etc/conf': 'one\n',
        'etc/same': 'same',
        'etc/touch': 'touch',
        'var/cache/big': 'x'.repeat(5000),
        'var/tmp/a': 'aa',
        'var/loop': { link: '/var/loop' },
        'var/up': { link: '../../../etc' },
      },
      {
        'etc/conf': 'two\n',
        'etc/same': 'same',
        'etc/touch': { content: 'TOUCH', mtime: 1_000_000_001 },
        'usr/bin/tool': { content: 'v1', mode: 0o4755, uid: 7 },
        'etc/new': 'new',
      },
      { 'var/cache/.wh.big': '', 'var/tmp/.wh..wh..opq': '', 'var/tmp/b': 'bbb' },
    ],
    history: [
      { created_by: 'ADD rootfs /' },
      { created_by: 'ENV A=1', empty_layer: true },
      { created_by: '/bin/sh -c make \t  all' },
      { created_by: `RUN ${'long '.repeat(30)}` },
    ],
  });
});
afterAll(() => bench.remove());

/** Status letter and path of each line. */
async function listed(...args: readonly string[]): Promise<string[]> {
  const out = await bench.out('tree', ...args, image);
  return out
    .split('\n')
    .filter(Boolean)
    .map((line) => line.slice(27).trim());
}

describe('layers', () => {
  test('has a row for every entry of the history, base first, numbered as --layer takes it', async () => {
    const rows = (await bench.out('layers', image)).split('\n');
    expect(rows[0]).toMatch(/^LAYER +SIZE +COMPRESSED +ADDED +MODIFIED +REMOVED +DEAD +INSTRUCTION$/);
    const cells = rows.slice(1, 5).map((row) => row.trim().split(/\s{2,}/));
    expect(cells.map((row) => [row[0], row.at(-1)])).toEqual([
      ['0', 'ADD rootfs /'],
      ['-', 'ENV A=1'],
      ['1', 'RUN make all'],
      ['2', expect.stringMatching(/^RUN long .{50,}…$/)],
    ]);
  });

  test('counts changes and dead bytes', async () => {
    const { layers, total } = (await bench.json('layers', '--json', image)) as {
      layers: { index: number | null; files: object; dead: object; size: number }[];
      total: { size: number; visible: number; dead: number };
    };
    const [base, , second, third] = layers;
    expect(base).toMatchObject({
      index: 0,
      size: 2 + 4 + 4 + 5 + 5000 + 2,
      dead: { overwritten: 4 + 5, metadataOnly: 2 + 4, deleted: 5000, opaqueHidden: 2 },
    });
    expect(second).toMatchObject({ index: 1, files: { added: 1, modified: 3, removed: 0 } });
    expect(third).toMatchObject({ index: 2, files: { added: 1, removed: 2 } });
    expect(total.size).toBe(total.visible + total.dead);
    expect(total.visible).toBe(4 + 4 + 5 + 2 + 3 + 3);
  });

  test('tells a file written again unchanged from a change, whether contents were hashed or not', async () => {
    const fresh = new CliBench();
    const modified = async (): Promise<string | undefined> =>
      (await fresh.out('layers', image))
        .split('\n')[3]
        ?.trim()
        .split(/\s{2,}/)[4];
    const byHeaders = await modified();
    await fresh.out('layers', '--json', image);
    expect([byHeaders, await modified()]).toEqual(['3', '3']);
    fresh.remove();
  });
});

describe('tree', () => {
  test('lists the files of the whole stack', async () => {
    expect(await listed()).toEqual([
      '/bin -> usr/bin',
      '/etc/',
      '/etc/conf',
      '/etc/new',
      '/etc/same',
      '/etc/touch',
      '/usr/',
      '/usr/bin/',
      '/usr/bin/tool',
      '/var/',
      '/var/cache/',
      '/var/loop -> /var/loop',
      '/var/tmp/',
      'A /var/tmp/b',
      '/var/up -> ../../../etc',
    ]);
  });

  test('--upto shows the files as they were', async () => {
    const paths = await listed('--upto', '0', '--path', '/var', '--only', 'added');
    expect(paths).toContain('A /var/cache/big');
    expect(paths).not.toContain('A /var/tmp/b');
  });

  test('--layer shows what that layer did and why', async () => {
    expect(await listed('--layer', '1')).toEqual([
      'M /etc/conf (content)',
      'A /etc/new',
      'M /etc/touch (content, mtime)',
      'M /usr/bin/tool (mode, owner)',
    ]);
    const last = await listed('--layer', '2');
    expect(last).toEqual(expect.arrayContaining(['D /var/cache/big', 'D /var/tmp/a', 'A /var/tmp/b']));
  });

  test('prints modes, owners and sizes', async () => {
    const out = await bench.out('tree', '--path', '/usr/bin/tool', image);
    expect(out).toBe('-rwsr-xr-x     7:0       2B   /usr/bin/tool\n');
  });

  test.each([
    [
      ['--path', '/usr', '--depth', '1'],
      ['/usr/', '/usr/bin/'],
    ],
    [['--path', 'etc', '--depth', '0'], ['/etc/']],
    [
      ['--path', '/bin'],
      ['/usr/bin/', '/usr/bin/tool'],
    ],
    [['--only', 'added'], ['A /var/tmp/b']],
    [
      ['--only', 'removed,added'],
      ['D /var/cache/big', 'D /var/tmp/a', 'A /var/tmp/b'],
    ],
    [['--glob', 'c*f'], ['/etc/conf']],
    [
      ['--glob', '/etc/*'],
      ['/etc/conf', '/etc/new', '/etc/same', '/etc/touch'],
    ],
    [
      ['--regex', '^/etc/.o'],
      ['/etc/conf', '/etc/touch'],
    ],
    [
      ['--glob', '/etc/*', '--regex', 'n'],
      ['/etc/conf', '/etc/new'],
    ],
  ])('%j', async (args, paths) => {
    expect(await listed(...args)).toEqual(paths);
  });

  test('--sort size puts the biggest first', async () => {
    const sizes = (
      (await bench.json('tree', '--json', '--upto', '0', '--sort', 'size', image)) as {
        entries: { size: number }[];
      }
    ).entries.map(({ size }) => size);
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    expect(sizes[0]).toBeGreaterThanOrEqual(5000);
  });

  test('a removed directory can still be looked into', async () => {
    await writeArchive(bench.path('gone.tar'), { layers: [{ 'd/a': '1' }, { '.wh.d': '' }] });
    const out = await bench.out('tree', '--layer', '1', '--path', '/d', bench.path('gone.tar'));
    expect(
      out
        .split('\n')
        .filter(Boolean)
        .map((line) => line.slice(27).trim()),
    ).toEqual(['D /d/', 'D /d/a']);
  });

  test('names of one inode are hard links to the first that is visible', async () => {
    const path = bench.path('links.tar');
    await writeArchive(path, {
      layers: [
        [
          ['a', 'data'],
          ['b', { type: 'hardlink', link: 'a' }],
          ['c', { type: 'hardlink', link: 'a' }],
        ],
        { '.wh.a': '' },
      ],
    });
    const types = async (...args: string[]): Promise<unknown[]> =>
      (
        (await bench.json('tree', '--json', ...args, path)) as { entries: Record<string, unknown>[] }
      ).entries.map(({ path: name, type, linkname, size }) => [name, type, linkname, size]);
    expect(await types('--upto', '0')).toEqual([
      ['/a', 'file', undefined, 4],
      ['/b', 'hardlink', '/a', 4],
      ['/c', 'hardlink', '/a', 4],
    ]);
    expect(await types()).toEqual([
      ['/b', 'file', undefined, 4],
      ['/c', 'hardlink', '/b', 4],
    ]);
  });

  test.each([
    [['--layer', '3'], 'there is no layer 3; the layers are 0 to 2'],
    [['--layer', '1', '--upto', '1'], 'take either --layer'],
    [['--depth', '-1'], 'It is not a whole number'],
    [['--only', 'gone'], '--only takes unchanged, added, modified, removed, not "gone"'],
    [['--sort', 'age'], 'Allowed choices are size, name'],
    [['--regex', '('], 'read pattern "("'],
  ])('%j is wrong usage', async (args, reason) => {
    const { code, err } = await bench.run(['tree', ...args, image]);
    expect(code).toBe(2);
    expect(err).toContain(reason);
  });
});

describe('cat', () => {
  test('gives the bytes of a file, as of any layer', async () => {
    expect(await bench.out('cat', image, '/etc/conf')).toBe('two\n');
    expect(await bench.out('cat', '--upto', '0', image, 'etc/conf')).toBe('one\n');
  });

  test('follows links inside of the image, never out of it', async () => {
    expect(await bench.out('cat', image, '/bin/tool')).toBe('v1');
    expect(await bench.out('cat', image, '/var/up/new')).toBe('new');
    expect(await bench.out('cat', image, '/etc/../../../etc/./new')).toBe('new');
  });

  test('finds a name that is no text by the form that tree prints', async () => {
    const path = bench.path('raw.tar');
    await writeArchive(path, { layers: [{ 'caf\xe9': 'coffee' }] });
    const { entries } = (await bench.json('tree', '--json', path)) as { entries: { path: string }[] };
    expect(await bench.out('cat', path, entries[0]!.path)).toBe('coffee');
  });

  test.each([
    ['/nope', 'cat /nope: there is no such path in the image'],
    ['/etc', 'cat /etc: it is a directory'],
    ['/', 'cat /: it is a directory'],
    ['/var/loop', 'cat /var/loop: there is no such path in the image'],
    ['/etc/conf/x', 'there is no such path in the image'],
  ])('fails on %s', async (path, reason) => {
    const { code, err, out } = await bench.run(['cat', image, path]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(reason);
  });

  test('gives a terminal text only, and that made safe', async () => {
    const path = bench.path('text.tar');
    await writeArchive(path, {
      layers: [{ text: 'tab\there\n\x1b[31mred\x9b1m\u202e\n', binary: 'a\0b', plain: 'a\x1b\0' }],
    });
    const tty = { stdout: true };
    expect((await bench.run(['cat', path, 'text'], { tty })).out).toBe(
      'tab\there\n\\x1b[31mred\\x9b1m\\u202e\n',
    );
    const { code, err } = await bench.run(['cat', path, 'binary'], { tty });
    expect(code).toBe(1);
    expect(err).toContain('it is binary');
    expect((await bench.run(['cat', path, 'plain'])).bytes).toEqual(Buffer.from('a\x1b\0'));
  });
});

describe('extract', () => {
  test('writes a subtree under its own name', async () => {
    const target = bench.path('extracted');
    expect(await bench.out('extract', image, '/etc', target)).toBe(`Extracted 4 files, 16B, to ${target}\n`);
    expect(readdirSync(`${target}/etc`).sort()).toEqual(['conf', 'new', 'same', 'touch']);
    expect(readFileSync(`${target}/etc/conf`, 'utf8')).toBe('two\n');
  });

  test('takes the files of another layer', async () => {
    const target = bench.path('older');
    await bench.out('extract', '--upto', '0', image, '/etc/conf', target);
    expect(readFileSync(`${target}/conf`, 'utf8')).toBe('one\n');
  });

  test('makes nothing for a path that is not there', async () => {
    const target = bench.path('nothing');
    expect((await bench.run(['extract', image, '/nope', target])).code).toBe(1);
    expect(existsSync(target)).toBe(false);
  });
});
