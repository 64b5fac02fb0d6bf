// ADD unpacks archives: into the destination, by what they hold and not by their names.
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { planCopy } from '../../../src/build/copy/plan.ts';
import { parseMode } from '../../../src/build/copy/mode.ts';
import { type RawHeader, entry, pax, tar } from '../../support/layer-tar.ts';
import { type Copied, type Tree, type Words, copied, paths, request, tree } from './trees.ts';

const PLAIN = tar(
  entry({ name: './', type: '5', mode: 0o700, mtime: 1 }),
  entry({ name: 'd/', type: '5', mode: 0o711, uid: 11, gid: 12, mtime: 20 }),
  entry({ name: 'd/f', body: 'F', uid: 11, gid: 12, mode: 0o4755, mtime: 30 }),
  entry({ name: 'd/g', type: '1', link: 'd/f', uid: 11, gid: 12, mode: 0o4755, mtime: 30 }),
  entry({ name: 'implied/deep/h', body: 'H', mtime: 40 }),
  entry({ name: 'link', type: '2', link: '/abs', mode: 0o777, mtime: 50 }),
);

function add(archive: Uint8Array, words: string, rest: Words = {}, target: Tree = {}): Promise<Copied> {
  const source = tree({ 'a.tar': archive, plain: 'P' });
  return copied(request(source, words, { from: { unpacks: true }, ...rest }), tree(target));
}

function addEntries(headers: readonly RawHeader[], target: Tree = {}): Promise<Copied> {
  return add(tar(...headers.map(entry)), 'a.tar /', {}, target);
}

describe('what an archive is', () => {
  const unpacked = [
    'x/',
    'x/d/',
    'x/implied/',
    'x/implied/deep/',
    'x/link -> /abs',
    'x/d/f = F',
    'x/d/g links x/d/f',
    'x/implied/deep/h = H',
  ];

  test.each<[what: string, bytes: Uint8Array]>([
    ['plain', PLAIN],
    ['gzip', gzipSync(PLAIN)],
    ['zstd', zstdCompressSync(PLAIN)],
    ['with a PAX header first', Buffer.concat([pax({ comment: 'x' }, 'g'), PLAIN])],
  ])('%s', async (_, bytes) => {
    expect(paths(await add(bytes, 'a.tar /x'))).toEqual(unpacked);
    expect(paths(await add(bytes, 'a.t* /x/'))).toEqual(unpacked);
  });

  test.each<[what: string, bytes: Uint8Array]>([
    ['text', Buffer.from('no tar')],
    ['nothing', Buffer.alloc(0)],
    ['a tar without entries', Buffer.alloc(10240)],
    ['a compressed text', gzipSync('x'.repeat(2000))],
    ['damaged gzip', gzipSync(PLAIN).subarray(0, 30)],
    ['a tar with a wrong checksum', tar(entry({ name: 'a', checksum: 'wrong' }))],
  ])('not %s: it is copied', async (_, bytes) => {
    expect(paths(await add(bytes, 'a.tar /x'))).toEqual([`x = ${Buffer.from(bytes).toString('latin1')}`]);
  });

  // Made by other programs: a tar with the file d/a, and a text that is no tar.
  test.each([
    [
      'bzip2',
      'QlpoOTFBWSZTWfCOjIgAAC9bgMkQQAD/gAACZkSeAAgIIABURDUwQwZQejQShMpoAGhoGsyPkHEDKsTF0WEBUq3GL7Kg7MBSQUk2FwDghlh8Tm8QPJfqmQRVXpjNi7kinChIeEdGRAA=',
      'QlpoOTFBWSZTWZgwuZEAAAMRgEAAKmGRACAAIgGmIQAwNJglp+LuSKcKEhMGFzIg',
    ],
    [
      'xz',
      '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4Af/AEhdADILyCAOUCcI/OcAo4BJ6weYhHD0kj1qfqDjoWiWgOYRhI/RV08YlFVJdSuITCMVjy7BThfQlECpODGYXx0nsE8DF+Z7wbg4AAApUg4NvaKprgABZIAQAAAAnH7PsbHEZ/sCAAAAAARZWg==',
      '/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQAJbm8gYXJjaGl2ZQAAAEab/8+iTzYTAAEiChUa4WcftvN9AQAAAAAEWVo=',
    ],
  ])('%s: a tar is unpacked, anything else copied, damage told', async (_, archive, other) => {
    const bytes = Buffer.from(archive, 'base64');
    expect(paths(await add(bytes, 'a.tar /x'))).toEqual(['x/', 'x/d/', 'x/d/a = hello\n']);
    const text = Buffer.from(other, 'base64');
    expect(paths(await add(text, 'a.tar /x'))).toEqual([`x = ${text.toString('latin1')}`]);
    expect(paths(await add(bytes.subarray(0, 40), 'a.tar /x'))).toEqual([
      `x = ${bytes.subarray(0, 40).toString('latin1')}`,
    ]);
    expect(paths(await add(bytes, 'a.tar /x', { from: { unpacks: false } }))).toHaveLength(1);
  });

  test('COPY leaves it whole', async () => {
    const { lines } = await add(PLAIN, 'a.tar /x', { from: { unpacks: false } });
    expect(lines).toHaveLength(1);
  });
});

describe('attributes', () => {
  test('are those of the archive; the destination is made, its own entry does not count', async () => {
    expect((await add(PLAIN, 'a.tar /x')).lines).toEqual([
      '755 0:0 1000 x/',
      '711 11:12 20 x/d/',
      '755 0:0 1000 x/implied/',
      '755 0:0 1000 x/implied/deep/',
      '777 0:0 50 x/link -> /abs',
      '4755 11:12 30 x/d/f = F',
      '4755 11:12 30 x/d/g links x/d/f',
      '644 0:0 40 x/implied/deep/h = H',
    ]);
  });

  test('--chown is for all that it holds, --chmod for nothing', async () => {
    const { lines } = await add(PLAIN, 'a.tar /x', { owner: { uid: 7, gid: 8 }, mode: parseMode('600') });
    expect(lines).toContain('755 7:8 1000 x/');
    expect(lines).toContain('4755 7:8 30 x/d/f = F');
    expect(lines).toContain('755 0:0 1000 x/implied/');
  });

  test('capabilities and devices come along', async () => {
    const capability = pax([['SCHILY.xattr.security.capability', 'c']]);
    const note = pax([['SCHILY.xattr.user.note', 'n']]);
    const bytes = tar(
      capability,
      entry({ name: 'cap', body: 'x' }),
      note,
      entry({ name: 'noted', body: 'x' }),
      entry({ name: 'null', type: '3', device: [1, 3] }),
    );
    expect(paths(await add(bytes, 'a.tar /'))).toEqual([
      'null char 1,3',
      'cap = x +security.capability',
      'noted = x',
    ]);
  });

  test('holes of sparse files are filled', async () => {
    const map = pax({
      'GNU.sparse.major': '0',
      'GNU.sparse.minor': '1',
      'GNU.sparse.map': '2,1,5,1',
      'GNU.sparse.size': '8',
    });
    const bytes = tar(map, entry({ name: 's', body: 'AB' }), entry({ name: 't', body: 'T' }));
    expect(paths(await add(bytes, 'a.tar /'))).toEqual(['s = \0\0A\0\0B\0\0', 't = T']);
  });
});

describe('what is there already', () => {
  const BELOW: Tree = {
    'srv/data/': { mode: 0o700 },
    'srv/data/keep': '',
    link: { link: '/srv/data' },
    file: 'old',
    dangling: { link: 'made/here' },
  };

  test('links on the way are followed, one at the end is replaced', async () => {
    expect(paths(await addEntries([{ name: 'link/n', body: 'N' }], BELOW))).toEqual([
      'srv/',
      'srv/data/',
      'srv/data/n = N',
    ]);
    expect(paths(await addEntries([{ name: 'link', type: '5' }], BELOW))).toEqual(['link/']);
    expect(paths(await add(PLAIN, 'a.tar /dangling', {}, BELOW))).toContain('made/here/d/');
  });

  test('a directory is merged, anything else replaced', async () => {
    expect((await addEntries([{ name: 'srv/data/', type: '5', mode: 0o750 }], BELOW)).lines.at(-1)).toBe(
      '750 0:0 0 srv/data/',
    );
    expect(paths(await addEntries([{ name: 'srv', body: 'S' }], BELOW))).toEqual(['srv = S']);
    expect(
      paths(
        await addEntries(
          [
            { name: 'file/x', body: 'X' },
            { name: 'file', type: '5' },
          ].reverse(),
          BELOW,
        ),
      ),
    ).toEqual(['file/', 'file/x = X']);
  });

  test('what a directory loses on the way stays lost', async () => {
    const headers = [
      { name: 'srv/data', body: '' },
      { name: 'srv/data/', type: '5' },
      { name: 'srv/data/new', body: 'n' },
    ];
    expect(paths(await addEntries(headers, BELOW))).toEqual([
      'srv/',
      'srv/data/',
      'srv/data/.wh..wh..opq = ',
      'srv/data/new = n',
    ]);
  });

  test('a file in place of the destination is an error', async () => {
    await expect(add(PLAIN, 'a.tar /file', {}, BELOW)).rejects.toThrow(
      'copy to /file: it is there and not a directory',
    );
    await expect(addEntries([{ name: 'file/x', body: '' }], BELOW)).rejects.toThrow(/not a directory/);
  });
});

describe('hostile archives', () => {
  test('links lead around in the destination and never out of it', async () => {
    const headers = [
      { name: 'out', type: '2', link: '../../../../../../etc' },
      { name: 'out/x', body: 'X' },
      { name: 'root', type: '2', link: '/' },
      { name: 'root/y', body: 'Y' },
    ];
    const bytes = tar(...headers.map(entry));
    expect(paths(await add(bytes, 'a.tar /in', {}, { 'etc/': {} }))).toEqual([
      'in/',
      'in/etc/',
      'in/out -> ../../../../../../etc',
      'in/root -> /',
      'in/etc/x = X',
      'in/y = Y',
    ]);
  });

  test.each<[what: string, code: string, headers: RawHeader[]]>([
    ['a path that leads out', 'path-escape', [{ name: '../x', body: '' }]],
    ['a whiteout', 'invalid-archive', [{ name: 'd/.wh.x', body: '' }]],
    ['an opaque mark', 'invalid-archive', [{ name: '.wh..wh..opq', body: '' }]],
    ['a directory named like one', 'invalid-archive', [{ name: '.wh.d/x', body: '' }]],
    ['a whiteout device', 'invalid-archive', [{ name: 'x', type: '3', device: [0, 0] }]],
    ['a hard link to what is below', 'invalid-archive', [{ name: 'x', type: '1', link: 'file' }]],
    [
      'a hard link to a directory',
      'invalid-archive',
      [
        { name: 'd', type: '5' },
        { name: 'x', type: '1', link: 'd' },
      ],
    ],
    [
      'links in circles',
      'invalid-argument',
      [
        { name: 'a', type: '2', link: 'b' },
        { name: 'b', type: '2', link: 'a' },
        { name: 'a/x', body: '' },
      ],
    ],
  ])('%s is refused', async (_, code, headers) => {
    await expect(addEntries(headers, { file: 'f' })).rejects.toMatchObject({ code });
  });

  test('a file of holes alone is refused', async () => {
    const size = String(2 ** 40);
    const map = pax({
      'GNU.sparse.major': '0',
      'GNU.sparse.minor': '1',
      'GNU.sparse.map': '0,1',
      'GNU.sparse.size': size,
    });
    await expect(add(tar(map, entry({ name: 's', body: 'A' })), 'a.tar /')).rejects.toMatchObject({
      code: 'limit-exceeded',
    });
  });

  test('one that ends early, or changes between its readings', async () => {
    await expect(add(PLAIN.subarray(0, 512 * 4 + 100), 'a.tar /')).rejects.toMatchObject({
      code: 'invalid-archive',
    });
    const source = tree({ 'a.tar': PLAIN });
    const { members } = await planCopy(request(source, 'a.tar /', { from: { unpacks: true } }), tree({}));
    source.open = tree({ 'a.tar': tar(entry({ name: 'other', body: 'FF' })) }).open.bind(
      tree({ 'a.tar': tar(entry({ name: 'other', body: 'FF' })) }),
    );
    await expect(drain(members)).rejects.toMatchObject({ code: 'io' });
  });
});

test('the last entry of a name wins; a link keeps what it was made of', async () => {
  const headers = [
    { name: 'f', body: 'one' },
    { name: 'g', type: '1', link: 'f' },
    { name: 'f', body: 'two' },
  ];
  expect(paths(await addEntries(headers))).toEqual(['g = one', 'f = two']);
});

test('bodies that nobody reads are skipped', async () => {
  const { members } = await planCopy(
    request(tree({ 'a.tar': PLAIN }), 'a.tar /', { from: { unpacks: true } }),
    tree({}),
  );
  const names: string[] = [];
  for await (const { header } of members) names.push(Buffer.from(header.path).toString());
  expect(names).toEqual(['d', 'implied', 'implied/deep', 'link', 'd/f', 'd/g', 'implied/deep/h']);
});

test('archives and other sources of one instruction come together', async () => {
  expect(paths(await add(tar(entry({ name: 'n', body: 'N' })), 'a.tar plain /x/'))).toEqual([
    'x/',
    'x/plain = P',
    'x/n = N',
  ]);
});

async function drain(members: AsyncIterable<{ readonly body?: unknown }>): Promise<void> {
  for await (const _ of members);
}
