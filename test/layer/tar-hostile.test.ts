// Tars that lie, stop early or ask for too much. Each is refused with a code and a place, by both readers alike.
import { describe, expect, test } from 'vitest';
import { TarParser } from '../../src/layer/tar-parser.ts';
import { heapBytes } from '../support/memory.ts';
import {
  base256,
  entry,
  gnuLong,
  headerBlock,
  latin1,
  padded,
  pax,
  paxBody,
  readByPosition,
  readStream,
  record,
  tar,
} from '../support/layer-tar.ts';

const SPARSE_1_0 = { 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '100' };
const sparseMap = (map: string, data = ''): Buffer =>
  Buffer.concat([
    pax(SPARSE_1_0),
    entry({ body: Buffer.concat([padded(Buffer.from(map)), Buffer.from(data)]) }),
  ]);
const sparseList = (map: string, size = '100', body = 'x'): Buffer =>
  Buffer.concat([pax({ 'GNU.sparse.size': size, 'GNU.sparse.map': map }), entry({ body })]);
const oldSparse = (realSize: Uint8Array | string, edit?: (block: Buffer) => void): Buffer =>
  entry({
    type: 'S',
    format: 'gnu',
    edit: (block) => {
      block.write(Buffer.from(realSize).toString('latin1'), 483, 'latin1');
      edit?.(block);
    },
  });
const MIB = 1024 * 1024;

const ARCHIVE: Readonly<Record<string, Buffer>> = {
  'a wrong checksum': entry({ checksum: 'wrong' }),
  'text in place of a header': Buffer.alloc(512, 'text '),
  'a checksum that is no number': Buffer.from(entry({})).fill('x', 148, 156),
  'a size that is no number': entry({ size: Buffer.from('00000000x00 ') }),
  'a size with something behind it': entry({ size: Buffer.from('0000001 001 ') }),
  'a size below zero': entry({ size: base256(-512) }),
  'a size beyond all bounds': entry({ size: Buffer.alloc(12, 0xfe) }),
  'a size beyond the tar': entry({ size: base256(2 ** 50), body: 'x' }),
  'a size below zero in a PAX record': Buffer.concat([pax({ size: '-1' }), entry({})]),
  'a size with a sign in a PAX record': Buffer.concat([pax({ size: '+1' }), entry({ body: 'x' })]),
  'a size in hexadecimal in a PAX record': Buffer.concat([pax({ size: '0x1' }), entry({ body: 'x' })]),
  'a size beyond all bounds in a PAX record': Buffer.concat([pax({ size: '9'.repeat(19) }), entry({})]),
  'a size of text in a PAX record': Buffer.concat([pax({ size: 'many' }), entry({})]),
  'an extended header with a size below zero': entry({ type: 'x', size: base256(-1) }),
  'an extended header with a size that is no number': entry({ type: 'L', size: Buffer.from('zzz') }),
  'an unknown type': entry({ type: 'Z' }),
  'a volume label': entry({ type: 'V' }),
  'a type that is a control character': entry({ type: '\x9b' }),
  'a mode that is no number': entry({ mode: Buffer.from('rwxr-xr-') }),
  'a time that is no number': entry({ mtime: Buffer.from('yesterday') }),
  'a PAX time that is no number': Buffer.concat([pax({ mtime: '1e9' }), entry({})]),
  'a device number that is no number': entry({ type: '3', edit: (block) => block.write('sda', 329) }),
  'an owner beyond 32 bits, who would come out as root': entry({ uid: base256(2 ** 32, 8) }),
  'a group beyond 32 bits in a PAX record': Buffer.concat([pax({ gid: String(2 ** 32) }), entry({})]),
  'an owner below zero': entry({ uid: base256(-1, 8) }),
  'an owner of text in a PAX record': Buffer.concat([pax({ uid: 'root' }), entry({})]),
  'data behind a single zero block': Buffer.concat([Buffer.alloc(512), entry({})]),
  'a PAX record with a length that is too short': Buffer.concat([paxBody('5 a=b\n'), entry({})]),
  'a PAX record with a length that is too long': Buffer.concat([paxBody('7 a=b\n'), entry({})]),
  'a PAX record with a length beyond all bounds': Buffer.concat([paxBody('99999999999 a=b\n'), entry({})]),
  'a PAX record with a length in hexadecimal': Buffer.concat([paxBody('0x8 a=b\n'), entry({})]),
  'a PAX record with a length with a sign': Buffer.concat([paxBody('+7 a=b\n'), entry({})]),
  'a PAX record with a length with an exponent': Buffer.concat([paxBody('8e0 a=b\n'), entry({})]),
  'a PAX record without a length': Buffer.concat([paxBody(' a=b\n'), entry({})]),
  'a PAX record of length 0': Buffer.concat([paxBody('0 \n0 \n'), entry({})]),
  'a PAX record without a value': Buffer.concat([paxBody('5 ab\n'), entry({})]),
  'a PAX record without a key': Buffer.concat([paxBody('5 =b\n'), entry({})]),
  'a PAX record without its line feed': Buffer.concat([paxBody('6 a=bc'), entry({})]),
  'a PAX header of NULs': Buffer.concat([paxBody(Buffer.alloc(20)), entry({})]),
  'a PAX path with a NUL': Buffer.concat([pax({ path: 'a\0b' }), entry({})]),
  'a PAX link with a NUL': Buffer.concat([pax({ linkpath: 'a\0b' }), entry({ type: '2' })]),
  'a PAX key with a NUL': Buffer.concat([pax({ 'SCHILY.xattr.user.a\0b': 'x' }), entry({})]),
  'an xattr whose encoded name has a NUL': Buffer.concat([
    pax({ 'LIBARCHIVE.xattr.user.a%00b': 'AA' }),
    entry({}),
  ]),
  'a malformed global header': Buffer.concat([paxBody('nonsense', 'g'), entry({})]),
  'a PAX sparse map that is out of turn': Buffer.concat([
    pax([
      ['GNU.sparse.numbytes', '1'],
      ['GNU.sparse.offset', '0'],
    ]),
    entry({ body: 'x' }),
  ]),
  'PAX sparse records that hold lists': Buffer.concat([
    pax([
      ['GNU.sparse.offset', '0,1,2'],
      ['GNU.sparse.numbytes', '1'],
    ]),
    entry({ body: 'x' }),
  ]),
  'a sparse map with an odd number of fields': sparseList('0,1,5'),
  'a sparse map with text': sparseList('0,x'),
  'a sparse map with an empty field': sparseList('0,'),
  'a sparse map with numbers below zero': sparseList('-1,1'),
  'a sparse map whose chunks overlap': sparseList('0,2,1,1', '100', 'xxx'),
  'a sparse map whose chunks descend': sparseList('5,1,0,1', '100', 'xx'),
  'a sparse map beyond the file': sparseList('100,1'),
  'a sparse map whose sums overflow': sparseList('9007199254740991,1'),
  'a sparse map that is more than the body': sparseList('0,2'),
  'a sparse map that is less than the body': sparseList('0,1', '100', 'xx'),
  'a sparse map for a directory': Buffer.concat([pax({ 'GNU.sparse.map': '0,0' }), entry({ type: '5' })]),
  'a sparse map for a link': Buffer.concat([
    pax({ 'GNU.sparse.map': '0,0' }),
    entry({ type: '2', link: 'x' }),
  ]),
  'a sparse size below zero': Buffer.concat([
    pax({ 'GNU.sparse.size': '-5', 'GNU.sparse.map': '0,0' }),
    entry({}),
  ]),
  'a sparse size below zero, old': oldSparse(base256(-5)),
  'a sparse size that is no number, old': oldSparse('many'),
  'a sparse size beyond all bounds, old': oldSparse(Buffer.alloc(12, 0xfe)),
  'an old sparse file in a ustar header': entry({ type: 'S', format: 'ustar' }),
  'an old sparse map that goes on at the end of the tar': oldSparse(
    '00000000100',
    (block) => (block[482] = 1),
  ),
  'a sparse map in front of the data without a count': sparseMap('x'.repeat(600)),
  'a sparse map in front of the data that is text': sparseMap('one\n0\n1\n', 'x'),
  'a sparse map in front of the data that is longer than its entry': Buffer.concat([
    pax(SPARSE_1_0),
    entry({ body: '9\n1\n' }),
  ]),
  'a sparse map in front of the data of an entry without a body': Buffer.concat([
    pax(SPARSE_1_0),
    entry({}),
    entry({ name: '0\n' }),
  ]),
  'a sparse map in front of the data with lines of zeros': sparseMap(`1\n${'0'.repeat(9000)}\n0\n`),
};

const LIMITS: Readonly<Record<string, Buffer>> = {
  'a GNU long name of more than 1 MiB': headerBlock({ type: 'L', size: MIB + 1 }),
  'a PAX header of more than 1 MiB': headerBlock({ type: 'x', size: base256(2 ** 40) }),
  'a global header of more than 1 MiB': headerBlock({ type: 'g', size: MIB + 1 }),
  'very many PAX records': Buffer.concat([paxBody('6 a=b\n'.repeat(20_001)), entry({})]),
  'a path of more than 64 KiB': Buffer.concat([gnuLong('L', 'a/'.repeat(33_000)), entry({})]),
  'a path of more than 64 KiB in a PAX record': Buffer.concat([pax({ path: 'a'.repeat(70_000) }), entry({})]),
  'a path of more than 4096 levels': Buffer.concat([gnuLong('L', 'a/'.repeat(5000)), entry({})]),
  'a link of more than 64 KiB': Buffer.concat([gnuLong('K', 'a'.repeat(70_000)), entry({ type: '2' })]),
  'a sparse map that promises very many chunks': sparseMap('999999999\n'),
};

const ESCAPES: Readonly<Record<string, Buffer>> = {
  'a path with ..': entry({ name: '../a' }),
  'a path that is ..': entry({ name: '..' }),
  'a path with .. in the middle': entry({ name: 'a/../../b' }),
  'a path with .. that stays inside': entry({ name: 'a/../b' }),
  'a path that ends in ..': entry({ name: 'a/..' }),
  'a path with .. in a prefix': entry({ prefix: '..', name: 'a' }),
  'an absolute path with ..': entry({ name: '/../a' }),
  'a hard link with ..': entry({ type: '1', link: '../a' }),
  'a PAX path with ..': Buffer.concat([pax({ path: '../a' }), entry({})]),
  'a sparse name with ..': Buffer.concat([
    pax({ 'GNU.sparse.map': '0,0', 'GNU.sparse.name': '../a' }),
    entry({}),
  ]),
  'a GNU long name with ..': Buffer.concat([gnuLong('L', 'a/../../b'), entry({})]),
};

const REFUSED = [
  ...Object.entries(ARCHIVE).map(([name, bytes]) => [name, 'invalid-archive', bytes] as const),
  ...Object.entries(LIMITS).map(([name, bytes]) => [name, 'limit-exceeded', bytes] as const),
  ...Object.entries(ESCAPES).map(([name, bytes]) => [name, 'path-escape', bytes] as const),
];

test.each(REFUSED)('%s is refused', async (_, code, part) => {
  const before = entry({ name: 'before', body: 'x' });
  const after = entry({ name: 'after' });
  const bytes = tar(before, part, after);
  const stream = await readStream(bytes);
  const position = await readByPosition(bytes);
  expect([stream.code, position.code]).toEqual([code, code]);
  expect(stream.entries.map(({ path }) => latin1(path))).toEqual(['before']);
  expect(position.entries.map(({ path }) => latin1(path))).toEqual(['before']);
  // A place: where in the tar, or which entry.
  expect(stream.message).toMatch(/ at \d+|at byte \d+|entry /);
  expect(position.message).toMatch(/ at \d+|at byte \d+|entry /);
});

describe('errors', () => {
  test.each([
    ['a path', entry({ name: '../\x1b[2J\x9b\u202e' })],
    ['a name with a bad mode', entry({ name: '\x1b]0;x\x07', mode: Buffer.from('x') })],
    ['a type', entry({ type: '\x9b' })],
    ['a name that is cut short', headerBlock({ name: '\x1b[2J', size: 600 }).subarray(0, 512)],
  ])('are safe to show: %s', async (_, bytes) => {
    for (const { message } of [await readStream(bytes), await readByPosition(bytes)])
      expect(message).toMatch(/^[\x20-\x7e…]+$/);
  });
});

describe('a tar that is cut short', () => {
  const whole = Buffer.concat([
    pax({ path: 'one', 'SCHILY.xattr.user.a': 'b' }),
    entry({ body: 'x'.repeat(700) }),
    gnuLong('L', 'two'),
    entry({ format: 'gnu', body: 'y' }),
    pax(SPARSE_1_0),
    entry({ name: 'three', body: Buffer.concat([padded(Buffer.from('1\n0\n3\n')), Buffer.from('zzz')]) }),
    pax({ comment: 'x' }, 'g'),
  ]);
  /** Where the tar may end: nothing begun, or nothing but padding missing. */
  const mayEnd = new Map<number, number>();
  const note = (from: number, to: number, entries: number): void => {
    for (let at = from; at <= to; at++) mayEnd.set(at, entries);
  };
  note(0, 0, 0);
  note(1024 + 512 + 700, 2560, 1);
  note(2560 + 1024 + 512 + 1, 2560 + 2048, 2);
  const third = 2560 + 2048 + 1024 + 512 + 512;
  note(third + 3, third + 512, 3);
  note(third + 512 + 512 + 13, whole.length, 3);

  test('is refused wherever something is missing, by both readers', async () => {
    for (let length = 0; length <= whole.length; length += length % 64 === 3 ? 61 : 1) {
      const bytes = whole.subarray(0, length);
      const count = mayEnd.get(length);
      const code = count === undefined ? 'invalid-archive' : undefined;
      const stream = await readStream(bytes);
      const position = await readByPosition(bytes);
      expect([stream.code, position.code], `${length} bytes`).toEqual([code, code]);
      expect(stream.entries.length, `${length} bytes`).toBe(count ?? position.entries.length);
      expect(position.entries.length, `${length} bytes`).toBe(stream.entries.length);
    }
  });

  test('says where, and in which file', async () => {
    const bytes = whole.subarray(0, 1024 + 512 + 100);
    for (const { message } of [await readStream(bytes), await readByPosition(bytes)])
      expect(message).toMatch(/^read tar: it ends early in one, at byte 1636$/);
  });
});

describe('sizes on which readers fell out', () => {
  test('a PAX size counts, not that of the header: what is in the body is no entry', async () => {
    const hidden = Buffer.concat([entry({ name: 'hidden', body: 'x' }), entry({ name: 'hidden2' })]);
    const bytes = tar(
      pax({ size: String(hidden.length) }),
      headerBlock({ name: 'outer', size: 0 }),
      hidden,
      entry({ name: 'last' }),
    );
    for (const { entries } of [await readStream(bytes), await readByPosition(bytes)])
      expect(entries.map(({ path }) => latin1(path))).toEqual(['outer', 'last']);
  });

  test('a PAX size of 0 counts too: what follows is an entry', async () => {
    const bytes = tar(
      pax({ size: '0' }),
      headerBlock({ name: 'outer', size: 512 }),
      entry({ name: 'inner' }),
    );
    for (const { entries } of [await readStream(bytes), await readByPosition(bytes)])
      expect(entries.map(({ path }) => latin1(path))).toEqual(['outer', 'inner']);
  });

  test.each(['1', '2', '5'])('a PAX size on an entry of type %s gives it no body', async (type) => {
    const bytes = tar(
      pax({ size: '512' }),
      headerBlock({ name: 'outer', type, link: 'x' }),
      entry({ name: 'inner' }),
    );
    for (const { entries } of [await readStream(bytes), await readByPosition(bytes)])
      expect(entries.map(({ path }) => latin1(path))).toEqual(['outer', 'inner']);
  });

  test('the dump directories of GNU are directories with a body', async () => {
    const bytes = tar(entry({ name: 'dump', type: 'D', body: 'Yfile\0\0' }), entry({ name: 'next' }));
    for (const { entries } of [await readStream(bytes), await readByPosition(bytes)])
      expect(entries.map(({ path, type, sizeBytes }) => [latin1(path), type, sizeBytes])).toEqual([
        ['dump', 'dir', 0],
        ['next', 'file', 0],
      ]);
  });
});

describe('names of other systems', () => {
  test.each([
    'C:\\windows',
    'c:x',
    '\\\\host\\share',
    '..\\..\\x',
    'a\\..\\..\\b',
    'CON',
    'a:stream',
    '~/x',
    ' ',
    '-rf',
  ])('%j is a name like any other', async (name) => {
    const { entries } = await readStream(tar(entry({ name })));
    expect(latin1(entries[0]!.path)).toBe(name);
  });
});

describe('floods', () => {
  test('extended headers in a row are bounded', async () => {
    const bytes = tar(...Array.from({ length: 65 }, () => gnuLong('L', 'a')), entry({}));
    for (const { code } of [await readStream(bytes), await readByPosition(bytes)])
      expect(code).toBe('invalid-archive');
  });

  test('PAX records do not pile up behind global headers', () => {
    const records = (round: number): Buffer =>
      Buffer.concat(Array.from({ length: 5000 }, (_, index) => record(`k${round}.${index}`, 'v'.repeat(50))));
    const parser = new TarParser({ entry: () => undefined });
    const before = heapBytes();
    for (let round = 0; round < 30; round++) {
      parser.write(paxBody(records(round)));
      parser.write(paxBody(records(round), 'g'));
    }
    expect(heapBytes() - before).toBeLessThan(8 * MIB);
  });

  test('a million headers take no memory in the reader', () => {
    const block = headerBlock({ name: 'a' });
    const chunk = Buffer.concat(Array.from({ length: 1000 }, () => block));
    let entries = 0;
    const parser = new TarParser({ entry: () => entries++ });
    parser.write(chunk);
    const before = heapBytes();
    for (let round = 1; round < 1000; round++) parser.write(chunk);
    expect(entries).toBe(1_000_000);
    expect(heapBytes() - before).toBeLessThan(4 * MIB);
  });

  test('an extended header that comes byte by byte takes its size', () => {
    const parser = new TarParser({ entry: () => undefined });
    parser.write(headerBlock({ type: 'x', size: MIB }));
    const before = heapBytes();
    for (let at = 0; at < MIB / 2; at++) parser.write(Uint8Array.of(0x20));
    expect(heapBytes() - before).toBeLessThan(4 * MIB);
  });
});
