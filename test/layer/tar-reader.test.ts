// What the readers make of every dialect of tar. Both are asked about each tar and have to agree.
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  END,
  base256,
  entry,
  gnuLong,
  headerBlock,
  latin1,
  padded,
  pax,
  readBoth,
  readOne,
  readStream,
  record,
  tar,
} from '../support/layer-tar.ts';

const LONG = `${'d'.repeat(90)}/${'e'.repeat(90)}/${'f'.repeat(90)}`;
const BYTES = 'caf\xe9\xff/\x80';

describe('fields of the header', () => {
  test('are read as they stand', async () => {
    expect(
      await readOne(
        entry({ name: 'a/b', mode: 0o4755, uid: 1000, gid: 100, mtime: 1_234_567_890, body: 'hello' }),
      ),
    ).toEqual({
      path: 'a/b',
      type: 'file',
      mode: 0o4755,
      uid: 1000,
      gid: 100,
      sizeBytes: 5,
      mtimeSeconds: 1_234_567_890,
      mtimeNanos: 0,
      linkname: '',
      devMajor: 0,
      devMinor: 0,
      xattrs: undefined,
      dataOffset: 512,
      storedBytes: 5,
      sparse: undefined,
    });
  });

  test.each<[string, string, object]>([
    ['file', '0', { type: 'file' }],
    ['file of the oldest format', '\0', { type: 'file' }],
    ['contiguous file', '7', { type: 'file' }],
    ['hard link', '1', { type: 'hardlink', linkname: 'to' }],
    ['symlink', '2', { type: 'symlink', linkname: 'to' }],
    ['character device', '3', { type: 'char', devMajor: 4, devMinor: 64 }],
    ['block device', '4', { type: 'block', devMajor: 4, devMinor: 64 }],
    ['directory', '5', { type: 'dir' }],
    ['named pipe', '6', { type: 'fifo' }],
  ])('type: %s', async (_, type, expected) => {
    expect(await readOne(entry({ type, link: 'to', device: [4, 64] }))).toMatchObject(expected);
  });

  test.each<[string, number | Uint8Array, number]>([
    ['octal', 0o777, 0o777],
    ['octal that fills the field', Buffer.from('77777777777 '), 0o77777777777],
    ['octal without an end', Buffer.from('777777777777'), 0o777777777777],
    ['spaces in front', Buffer.from('      644 \0'), 0o644],
    ['NULs in front', Buffer.from('\0\x00000644 '), 0o644],
    ['nothing', Buffer.alloc(12), 0],
    ['spaces', Buffer.alloc(12, ' '), 0],
    ['something behind the end', Buffer.from('644\0garbage'), 0o644],
    ['base 256', base256(2 ** 40 + 5), 2 ** 40 + 5],
    ['base 256, negative', base256(-86_400), -86_400],
    ['base 256, the largest that is exact', base256(Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER],
  ])('a number: %s', async (_, mtime, seconds) => {
    expect(await readOne(entry({ mtime }))).toMatchObject({ mtimeSeconds: seconds });
  });

  test('a checksum of signed bytes is taken, as some old writers made it', async () => {
    expect(await readOne(entry({ name: BYTES, checksum: 'signed' }))).toMatchObject({ path: BYTES });
  });

  test.each<[string, Uint8Array[], string]>([
    ['ustar, in one field', [entry({ name: 'n'.repeat(100) })], 'n'.repeat(100)],
    [
      'ustar, with a prefix',
      [entry({ name: 'n'.repeat(100), prefix: 'p'.repeat(155) })],
      `${'p'.repeat(155)}/${'n'.repeat(100)}`,
    ],
    ['ustar of another version', [entry({ prefix: 'p', edit: (block) => block.fill(0, 263, 265) })], 'p/a'],
    [
      'star has times behind a shorter prefix',
      [
        entry({
          format: 'star',
          prefix: 'p'.repeat(131),
          edit: (block) => block.write('14712345670 14712345670 ', 476),
        }),
      ],
      `${'p'.repeat(131)}/a`,
    ],
    ['v7 has no prefix', [entry({ format: 'v7', prefix: 'p' })], 'a'],
    [
      'GNU has times in place of a prefix',
      [entry({ format: 'gnu', edit: (block) => block.write('14712345670\x0014712345670\0', 345) })],
      'a',
    ],
    [
      'Go before 1.8 wrote a prefix into GNU headers',
      [entry({ format: 'gnu', prefix: 'usr/share/doc' })],
      'usr/share/doc/a',
    ],
    ['GNU, long', [gnuLong('L', LONG), entry({ format: 'gnu', name: LONG.slice(0, 100) })], LONG],
    ['PAX, long', [pax({ path: LONG }), entry({ name: 'short' })], LONG],
    ['PAX for Solaris', [pax({ path: LONG }, 'X'), entry({ name: 'short' })], LONG],
    ['a GNU long name wins over a PAX path', [pax({ path: 'pax' }), gnuLong('L', 'gnu'), entry({})], 'gnu'],
    ['an empty GNU long name counts for nothing', [gnuLong('L', ''), entry({ name: 'b' })], 'b'],
    ['bytes that are not UTF-8', [entry({ name: BYTES })], BYTES],
    ['bytes that are not UTF-8, GNU', [gnuLong('L', BYTES), entry({})], BYTES],
    ['bytes that are not UTF-8, PAX', [pax([['path', Buffer.from(BYTES, 'latin1')]]), entry({})], BYTES],
    ['an absolute path', [entry({ name: '/etc//passwd' })], 'etc/passwd'],
    ['dots and slashes', [entry({ name: '././/a/./b/.' })], 'a/b'],
    ['names of dots', [entry({ name: '.../..a/a..' })], '.../..a/a..'],
    ['the root', [entry({ name: './', type: '5' })], ''],
    ['the root of nothing at all', [entry({ name: '/', type: '5' })], ''],
  ])('a path: %s', async (_, parts, path) => {
    expect(await readOne(...parts)).toMatchObject({ path });
  });

  test.each<[string, Uint8Array[], string]>([
    ['ustar', [entry({ type: '2', link: 'l'.repeat(100) })], 'l'.repeat(100)],
    ['GNU, long', [gnuLong('K', LONG), entry({ type: '2', link: 'short' })], LONG],
    ['PAX, long', [pax({ linkpath: LONG }), entry({ type: '2', link: 'short' })], LONG],
    ['GNU, both long', [gnuLong('K', LONG), gnuLong('L', 'name'), entry({ type: '2' })], LONG],
    [
      'a GNU long link wins over a PAX one',
      [pax({ linkpath: 'pax' }), gnuLong('K', 'gnu'), entry({ type: '2' })],
      'gnu',
    ],
    ['a symlink stays as it was written', [entry({ type: '2', link: '/../.././x//y/' })], '/../.././x//y/'],
    ['a hard link is a path of the layer', [entry({ type: '1', link: './/etc/passwd' })], 'etc/passwd'],
    ['a file has none', [entry({ type: '0', link: 'ignored' })], ''],
  ])('a link: %s', async (_, parts, linkname) => {
    expect(await readOne(...parts)).toMatchObject({ linkname });
  });

  test('in the oldest format a slash at the end makes a directory, which has no body', async () => {
    const entries = await readBoth(
      tar(headerBlock({ name: 'd/', type: '\0', format: 'v7', size: 512 }), entry({ name: 'next' })),
    );
    expect(entries.map(({ path, type }) => [latin1(path), type])).toEqual([
      ['d', 'dir'],
      ['next', 'file'],
    ]);
  });

  test('in newer formats the type counts and not the slash', async () => {
    expect(await readOne(entry({ name: 'f/', type: '0', body: 'x' }))).toMatchObject({
      path: 'f',
      type: 'file',
    });
  });
});

describe('what a reader gives', () => {
  test('stays what it is while it reads on, wherever names and headers are cut apart', async () => {
    const parts = (index: number): Buffer[] => [
      gnuLong('L', `${index}/${LONG}`),
      gnuLong('K', `${index}/${LONG}`),
      entry({ format: 'gnu', type: '2' }),
      pax({ path: `${index}/p`, 'SCHILY.xattr.user.a': `value ${index}` }),
      entry({ type: '1', link: `${index}/link`, name: 'x'.repeat(100) }),
      entry({ name: `${index}/file`, body: 'x'.repeat((index % 7) * 512) }),
    ];
    const entries = await readBoth(tar(...Array.from({ length: 100 }, (_, index) => parts(index)).flat()));
    expect(
      entries.map(({ path, linkname, xattrs }) => [
        latin1(path),
        latin1(linkname),
        String(xattrs?.get('user.a') ?? ''),
      ]),
    ).toEqual(
      Array.from({ length: 100 }, (_, index) => [
        [`${index}/${LONG}`, `${index}/${LONG}`, ''],
        [`${index}/p`, `${index}/link`, [...Buffer.from(`value ${index}`)].join()],
        [`${index}/file`, '', ''],
      ]).flat(),
    );
  });

  test('keeps nothing of the tar in memory but itself', async () => {
    const { entries } = await readStream(
      tar(entry({ type: '2', link: 'to', body: '' }), pax({ 'SCHILY.xattr.user.a': 'b' }), entry({})),
    );
    const parts = entries.flatMap(({ path, linkname, xattrs }) => [
      path,
      linkname,
      ...(xattrs?.values() ?? []),
    ]);
    expect(parts.map(({ buffer, length }) => buffer.byteLength - length)).toEqual(parts.map(() => 0));
  });
});

describe('PAX records', () => {
  test('give sizes, owners and times beyond what the header has room for', async () => {
    const records = { size: '3', uid: '4294967295', gid: '3000000000', mtime: '1700000000.123456789' };
    expect(await readOne(pax(records), headerBlock({ size: 0 }), padded(Buffer.from('abc')))).toMatchObject({
      sizeBytes: 3,
      uid: 4_294_967_295,
      gid: 3_000_000_000,
      mtimeSeconds: 1_700_000_000,
      mtimeNanos: 123_456_789,
    });
  });

  test.each<[string, number, number]>([
    ['0', 0, 0],
    ['12.5', 12, 500_000_000],
    ['12.', 12, 0],
    ['12.0000000019', 12, 1],
    ['-1.25', -2, 750_000_000],
    ['-0.25', -1, 750_000_000],
    ['-7', -7, 0],
    ['-0', 0, 0],
  ])('time %s', async (mtime, mtimeSeconds, mtimeNanos) => {
    expect(await readOne(pax({ mtime }), entry({ mtime: 99 }))).toMatchObject({ mtimeSeconds, mtimeNanos });
  });

  test('give extended attributes byte by byte, in both spellings', async () => {
    const records = [
      ['SCHILY.xattr.user.bytes', Buffer.from([0, 10, 61, 255])],
      ['SCHILY.xattr.user.empty', ''],
      ['SCHILY.xattr.user.a=b', 'x'],
      ['LIBARCHIVE.xattr.user.p%25c%3D', 'AQID'],
      ['LIBARCHIVE.xattr.user.bytes', 'AAAA'],
    ] as const;
    const { xattrs } = await readOne(pax(records), entry({}));
    expect(
      Object.fromEntries([...(xattrs as Map<string, Uint8Array>)].map(([key, value]) => [key, [...value]])),
    ).toEqual({
      'user.bytes': [0, 10, 61, 255],
      'user.empty': [],
      'user.a': [98, 61, 120],
      'user.p%c=': [1, 2, 3],
    });
  });

  test('count for one entry', async () => {
    const entries = await readBoth(
      tar(pax({ path: 'first', uid: '5' }), entry({}), entry({ name: 'second' })),
    );
    expect(entries.map(({ path, uid }) => [latin1(path), uid])).toEqual([
      ['first', 5],
      ['second', 0],
    ]);
  });

  test('of a later header replace those of an earlier one, as the engines have it', async () => {
    expect(await readOne(pax({ path: 'x', uid: '5' }), pax({ gid: '6' }), entry({}))).toMatchObject({
      path: 'a',
      uid: 0,
      gid: 6,
    });
  });

  test('the last one of a key counts, and an empty one counts for nothing', async () => {
    const records = [
      ['path', 'x'],
      ['path', 'y'],
      ['uid', '7'],
      ['uid', ''],
    ] as const;
    expect(await readOne(pax(records), entry({ uid: 3 }))).toMatchObject({ path: 'y', uid: 3 });
  });

  test('of a global header are read past, with all that stood before it, as the engines do', async () => {
    const entries = await readBoth(
      tar(
        pax({ path: 'all', size: '512', comment: 'x' }, 'g'),
        entry({ name: 'one', body: 'x' }),
        pax({ path: 'lost' }),
        pax({}, 'g'),
        entry({ name: 'two' }),
      ),
    );
    expect(entries.map(({ path, sizeBytes }) => [latin1(path), sizeBytes])).toEqual([
      ['one', 1],
      ['two', 0],
    ]);
  });

  test('say nothing about the size of a header', async () => {
    const [first] = await readBoth(
      tar(pax({ size: '3' }), gnuLong('L', 'name'), headerBlock({ size: 0 }), padded(Buffer.from('abc'))),
    );
    expect([latin1(first!.path), first!.sizeBytes]).toEqual(['name', 3]);
  });
});

describe('bodies', () => {
  test.each(['1', '2', '3', '4', '5', '6'])(
    'an entry of type %s has none, whatever its size says',
    async (type) => {
      const entries = await readBoth(
        tar(headerBlock({ type, link: 'x', size: 5000 }), entry({ name: 'next', body: 'x' })),
      );
      expect(entries.map(({ path, sizeBytes }) => [latin1(path), sizeBytes])).toEqual([
        ['a', 0],
        ['next', 1],
      ]);
    },
  );

  test('their digests are those of their contents', async () => {
    const bodies = ['', 'x', 'y'.repeat(511), 'z'.repeat(512), 'w'.repeat(5000)];
    const parts = bodies.map((body, index) => entry({ name: String(index), body }));
    const expected = bodies.map((body) => createHash('sha256').update(body).digest('hex'));
    for (const length of [100_000, 512, 7])
      expect((await readStream(tar(...parts), [length])).digests).toEqual(expected);
  });

  test('entries of one path are all told, in order', async () => {
    const entries = await readBoth(tar(entry({ body: '1' }), entry({ body: '22' })));
    expect(entries.map(({ sizeBytes }) => sizeBytes)).toEqual([1, 2]);
  });
});

describe('the end', () => {
  const one = entry({ body: 'x' });
  test.each<[string, Uint8Array]>([
    ['two zero blocks', Buffer.concat([one, END])],
    ['two zero blocks and anything behind', Buffer.concat([one, END, Buffer.from('garbage')])],
    ['one zero block', Buffer.concat([one, Buffer.alloc(512)])],
    ['no zero block', one],
    ['a last body without its padding', one.subarray(0, 513)],
    ['a last body with half of its padding', one.subarray(0, 600)],
  ])('%s', async (_, bytes) => {
    expect(await readBoth(bytes)).toHaveLength(1);
  });

  test.each<[string, Uint8Array]>([
    ['nothing at all', Buffer.alloc(0)],
    ['zero blocks alone', END],
    [
      'a global header without padding',
      pax({ comment: 'x' }, 'g').subarray(0, 512 + record('comment', 'x').length),
    ],
  ])('%s is an empty tar', async (_, bytes) => {
    expect(await readBoth(bytes)).toEqual([]);
  });
});
