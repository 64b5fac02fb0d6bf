// What the readers make of every dialect of tar. Both are asked about each tar and have to agree.
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { TarEntry } from '../../src/layer/entry.ts';
import {
  END,
  base256,
  entry,
  gnuLong,
  headerBlock,
  latin1,
  line,
  padded,
  pax,
  readByPosition,
  readStream,
  record,
  tar,
} from '../support/layer-tar.ts';

async function read(bytes: Uint8Array): Promise<readonly TarEntry[]> {
  const stream = await readStream(bytes);
  const position = await readByPosition(bytes);
  expect(stream.message).toBeUndefined();
  expect(position.entries.map(line)).toEqual(stream.entries.map(line));
  expect(position.message).toBeUndefined();
  return stream.entries;
}

/** The one entry of a tar, with names as text. */
async function readOne(...parts: Uint8Array[]): Promise<Record<string, unknown>> {
  const [only, ...more] = await read(tar(...parts));
  expect(more).toEqual([]);
  return { ...only, path: latin1(only!.path), linkname: latin1(only!.linkname) };
}

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
    const entries = await read(
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
    const entries = await read(tar(pax({ path: 'first', uid: '5' }), entry({}), entry({ name: 'second' })));
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
    const entries = await read(
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
    const [first] = await read(
      tar(pax({ size: '3' }), gnuLong('L', 'name'), headerBlock({ size: 0 }), padded(Buffer.from('abc'))),
    );
    expect([latin1(first!.path), first!.sizeBytes]).toEqual(['name', 3]);
  });
});

describe('bodies', () => {
  test.each(['1', '2', '3', '4', '5', '6'])(
    'an entry of type %s has none, whatever its size says',
    async (type) => {
      const entries = await read(
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
    const entries = await read(tar(entry({ body: '1' }), entry({ body: '22' })));
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
    expect(await read(bytes)).toHaveLength(1);
  });

  test.each<[string, Uint8Array]>([
    ['nothing at all', Buffer.alloc(0)],
    ['zero blocks alone', END],
    [
      'a global header without padding',
      pax({ comment: 'x' }, 'g').subarray(0, 512 + record('comment', 'x').length),
    ],
  ])('%s is an empty tar', async (_, bytes) => {
    expect(await read(bytes)).toEqual([]);
  });
});

describe('sparse files', () => {
  const DATA = 'AAAABBBB';
  const CHUNKS = [
    { offset: 1000, length: 4 },
    { offset: 5000, length: 4 },
  ];
  const SIZE = 10_000;
  const oldMap = (block: Buffer, pairs: readonly (readonly [number, number])[], at: number): void =>
    pairs.forEach(([offset, length], index) => {
      block.write(
        `${offset.toString(8).padStart(11, '0')}\0${length.toString(8).padStart(11, '0')}\0`,
        at + index * 24,
      );
    });
  const MAP = '2\n1000\n4\n5000\n4\n';
  const extension = Buffer.alloc(512);
  oldMap(
    extension,
    [
      [5000, 4],
      [SIZE, 0],
    ],
    0,
  );

  test.each<[string, Uint8Array[]]>([
    [
      'the old form',
      [
        entry({
          format: 'gnu',
          type: 'S',
          body: DATA,
          edit: (block) => {
            oldMap(
              block,
              [
                [1000, 4],
                [5000, 4],
              ],
              386,
            );
            block.write(SIZE.toString(8).padStart(11, '0'), 483);
          },
        }),
      ],
    ],
    [
      'the old form in two blocks',
      [
        headerBlock({
          format: 'gnu',
          type: 'S',
          body: DATA,
          edit: (block) => {
            oldMap(
              block,
              [
                [0, 0],
                [10, 0],
                [100, 0],
                [1000, 4],
              ],
              386,
            );
            block[482] = 1;
            block.write(SIZE.toString(8).padStart(11, '0'), 483);
          },
        }),
        extension,
        padded(Buffer.from(DATA)),
      ],
    ],
    [
      'PAX 0.0',
      [
        pax([
          ['GNU.sparse.size', String(SIZE)],
          ['GNU.sparse.numblocks', '2'],
          ['GNU.sparse.offset', '1000'],
          ['GNU.sparse.numbytes', '4'],
          ['GNU.sparse.offset', '5000'],
          ['GNU.sparse.numbytes', '4'],
        ]),
        entry({ body: DATA }),
      ],
    ],
    [
      'PAX 0.1',
      [
        pax({
          'GNU.sparse.size': String(SIZE),
          'GNU.sparse.numblocks': '2',
          'GNU.sparse.map': '1000,4,5000,4',
          'GNU.sparse.name': 'a',
        }),
        entry({ name: 'GNUSparseFile.1/a', body: DATA }),
      ],
    ],
    [
      'PAX 0.1 with its version',
      [
        pax({
          'GNU.sparse.major': '0',
          'GNU.sparse.minor': '1',
          'GNU.sparse.size': String(SIZE),
          'GNU.sparse.map': '1000,4,5000,4',
        }),
        entry({ body: DATA }),
      ],
    ],
    [
      'PAX 1.0',
      [
        pax({
          'GNU.sparse.major': '1',
          'GNU.sparse.minor': '0',
          'GNU.sparse.realsize': String(SIZE),
          'GNU.sparse.name': 'a',
        }),
        entry({
          name: 'GNUSparseFile.1/a',
          body: Buffer.concat([padded(Buffer.from(MAP)), Buffer.from(DATA)]),
        }),
      ],
    ],
  ])('%s', async (_, parts) => {
    expect(await readOne(...parts)).toMatchObject({
      path: 'a',
      sizeBytes: SIZE,
      storedBytes: 8,
      sparse: CHUNKS,
    });
    const content = Buffer.alloc(SIZE);
    content.write('AAAA', 1000);
    content.write('BBBB', 5000);
    const digest = createHash('sha256').update(content).digest('hex');
    for (const length of [100_000, 512, 3])
      expect((await readStream(tar(...parts), [length])).digests).toEqual([digest]);
  });

  test('a map of 1.0 over many blocks', async () => {
    const chunks = Array.from({ length: 500 }, (_, index) => [index * 100_000, 1]);
    const map = `500\n${chunks.flat().join('\n')}\n`;
    const read = await readOne(
      pax({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '60000000' }),
      entry({ body: Buffer.concat([padded(Buffer.from(map)), Buffer.alloc(500, 'x')]) }),
    );
    expect(read['sparse']).toHaveLength(500);
    expect(read).toMatchObject({ storedBytes: 500, dataOffset: 512 * 3 + padded(Buffer.from(map)).length });
  });

  test('a file that is one hole', async () => {
    const records = { 'GNU.sparse.size': '4096', 'GNU.sparse.map': '4096,0' };
    expect(await readOne(pax(records), entry({}))).toMatchObject({
      sizeBytes: 4096,
      storedBytes: 0,
      sparse: [],
    });
  });

  test('records of a version that is not known are no map, and their name is none', async () => {
    const records = {
      'GNU.sparse.major': '2',
      'GNU.sparse.minor': '0',
      'GNU.sparse.name': 'other',
      'GNU.sparse.size': '9',
    };
    expect(await readOne(pax(records), entry({ body: 'x' }))).toMatchObject({ path: 'a', sizeBytes: 1 });
  });

  test('holes beyond a bound are not hashed, in one file or in many', async () => {
    const hole = (name: string, bytes: number): Buffer =>
      Buffer.concat([
        pax({ 'GNU.sparse.size': String(bytes), 'GNU.sparse.map': '0,1' }),
        entry({ name, body: 'x' }),
      ]);
    const many = Array.from({ length: 20 }, (_, index) => hole(String(index), 60 * 2 ** 20));
    const { digests } = await readStream(
      tar(hole('huge', 2 ** 50), ...many, entry({ name: 'last', body: 'x' })),
    );
    expect(digests[0]).toBeUndefined();
    expect(digests.filter((digest) => digest !== undefined)).toHaveLength(5);
    expect(digests.at(-1)).toBeDefined();
  });
});
