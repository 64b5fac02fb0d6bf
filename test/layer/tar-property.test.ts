// Any tar, by any writer, in chunks of any size, in order or damaged: both readers say the same, and it is the truth.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { type Pack, pack } from 'tar-stream';
import { expect, test } from 'vitest';
import type { EntryType } from '../../src/layer/entry.ts';
import { type TarHeader, writeTar } from '../../src/layer/tar-writer.ts';
import {
  type RawHeader,
  base256,
  entry,
  gnuLong,
  latin1,
  line,
  pax,
  readByPosition,
  readStream,
  tar,
} from '../support/layer-tar.ts';

interface Member {
  readonly header: TarHeader & { readonly mtimeSeconds: number };
  readonly body: Uint8Array;
}

const byte = fc.integer({ min: 1, max: 255 }).filter((code) => code !== 0x2f);
const name = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 12 }).map((text) => Buffer.from(text.replace(/[/\0]/g, '_'))),
    fc.array(byte, { minLength: 1, maxLength: 110 }).map((codes) => Buffer.from(codes)),
  )
  .filter((bytes) => !/^\.\.?$/.test(latin1(bytes)) && bytes.length > 0);
const path = fc
  .array(name, { minLength: 1, maxLength: 4 })
  .map((parts) => Buffer.from(parts.map(latin1).join('/'), 'latin1'));
const type = fc.constantFrom<EntryType>(
  'file',
  'file',
  'dir',
  'symlink',
  'hardlink',
  'char',
  'block',
  'fifo',
);
const id = fc.oneof(fc.integer({ min: 0, max: 0o7777777 }), fc.integer({ min: 0, max: 0xffff_ffff }));
const time = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 33 - 1 }),
  fc.integer({ min: -(2 ** 31), max: 2 ** 40 }),
);
const xattrs = fc
  .dictionary(fc.stringMatching(/^user\.[a-z]{1,9}$/), fc.uint8Array({ maxLength: 20 }), { maxKeys: 3 })
  .map((values) => new Map(Object.entries(values)));

const member: fc.Arbitrary<Member> = fc
  .record({
    path,
    type,
    mode: fc.integer({ min: 0, max: 0o7777 }),
    uid: id,
    gid: id,
    mtimeSeconds: time,
    mtimeNanos: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 999_999_999 })),
    link: fc.oneof(
      path,
      fc.array(byte, { minLength: 1, maxLength: 150 }).map((codes) => Buffer.from(codes)),
    ),
    device: fc.tuple(fc.integer({ min: 0, max: 4095 }), fc.integer({ min: 0, max: 0o7777777 })),
    xattrs,
    body: fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 500, maxLength: 1100 })),
  })
  .map(({ link, device, body, ...header }) => ({
    header: {
      ...header,
      sizeBytes: header.type === 'file' ? body.length : 0,
      linkname: header.type === 'symlink' ? link : header.type === 'hardlink' ? header.path : Buffer.alloc(0),
      ...((header.type === 'char' || header.type === 'block') && {
        devMajor: device[0],
        devMinor: device[1],
      }),
    },
    body: header.type === 'file' ? body : new Uint8Array(0),
  }));

const lengths = fc.array(fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 400, max: 1300 })), {
  minLength: 1,
  maxLength: 6,
});

/** What a reader has to say of a member, but for places in the tar. */
function expected({ header }: Member): object {
  return {
    path: latin1(header.path),
    type: header.type,
    mode: header.mode,
    uid: header.uid,
    gid: header.gid,
    sizeBytes: header.sizeBytes,
    mtimeSeconds: header.mtimeSeconds,
    mtimeNanos: header.mtimeNanos,
    linkname: latin1(header.linkname ?? new Uint8Array(0)),
    devMajor: header.devMajor ?? 0,
    devMinor: header.devMinor ?? 0,
    storedBytes: header.sizeBytes,
  };
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

test('what our writer writes is read as it was meant, in chunks of any size and by position', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(member, { maxLength: 6 }), lengths, async (members, sizes) => {
      const bytes = await collect(writeTar(members.map(({ header, body }) => ({ header, body: [body] }))));
      const stream = await readStream(bytes, sizes);
      expect(stream.message).toBeUndefined();
      expect(
        stream.entries.map(({ path: at, linkname, ...rest }) => ({
          ...rest,
          path: latin1(at),
          linkname: latin1(linkname),
        })),
      ).toEqual(members.map((each) => expect.objectContaining(expected(each))));
      expect(
        stream.entries.map((read) =>
          [...(read.xattrs ?? [])].map(([key, value]) => `${key}=${latin1(value)}`).sort(),
        ),
      ).toEqual(
        members.map(({ header }) =>
          [...header.xattrs!].map(([key, value]) => `${key}=${latin1(value)}`).sort(),
        ),
      );
      expect(stream.digests).toEqual(
        members.map(({ header, body }) =>
          header.type === 'file' ? createHash('sha256').update(body).digest('hex') : undefined,
        ),
      );
      const position = await readByPosition(bytes);
      expect(position.entries.map(line)).toEqual(stream.entries.map(line));
      for (const [index, { dataOffset, storedBytes }] of position.entries.entries())
        expect(
          Buffer.compare(
            bytes.subarray(Math.max(0, dataOffset), Math.max(0, dataOffset) + storedBytes),
            members[index]!.body,
          ),
        ).toBe(0);
    }),
    { numRuns: 150 },
  );
});

const STREAM_TYPES = {
  file: 'file',
  dir: 'directory',
  symlink: 'symlink',
  hardlink: 'link',
  char: 'character-device',
  block: 'block-device',
  fifo: 'fifo',
} as const;
/** tar-stream takes names as text and times as whole seconds. */
const plainMember = member.filter(({ header }) => header.mtimeSeconds >= 0 && header.mtimeSeconds < 2 ** 31);

test('what another writer writes is read as it was meant', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(plainMember, { maxLength: 6 }),
      fc.stringMatching(/^[a-z\u00e4\u20ac]{1,90}$/),
      lengths,
      async (members, base, sizes) => {
        const packed = pack();
        members.forEach((each, index) => addTo(packed, each, `${base}/${index}`));
        packed.finalize();
        const bytes = await collect(packed as AsyncIterable<Uint8Array>);
        const stream = await readStream(bytes, sizes);
        expect(stream.message).toBeUndefined();
        expect(
          stream.entries.map(({ path: at, type: is, mode, sizeBytes, mtimeSeconds, uid }) => [
            Buffer.from(at).toString(),
            is,
            mode,
            sizeBytes,
            mtimeSeconds,
            uid,
          ]),
        ).toEqual(
          members.map(({ header }, index) => [
            `${base}/${index}`,
            header.type,
            header.mode || 1,
            header.sizeBytes,
            header.mtimeSeconds,
            header.uid! & 0o777777,
          ]),
        );
        expect((await readByPosition(bytes)).entries.map(line)).toEqual(stream.entries.map(line));
      },
    ),
    { numRuns: 60 },
  );
});

function addTo(packed: Pack, { header, body }: Member, at: string): void {
  packed.entry(
    {
      name: at,
      type: STREAM_TYPES[header.type],
      // It takes 0 for none given.
      mode: header.mode || 1,
      uid: header.uid! & 0o777777,
      size: body.length,
      mtime: new Date(header.mtimeSeconds * 1000),
      linkname: 'to',
    },
    Buffer.from(body),
  );
}

const field = (bytes: number): fc.Arbitrary<number | Uint8Array> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 0, max: 2000 }) },
    { weight: 1, arbitrary: fc.uint8Array({ minLength: bytes, maxLength: bytes }) },
    { weight: 1, arbitrary: fc.integer({ min: -600, max: 2 ** 35 }).map((value) => base256(value, bytes)) },
  );
const rawHeader: fc.Arbitrary<RawHeader> = fc.record(
  {
    name: fc.oneof(fc.constantFrom('a', 'b/', 'c/d', './e', '/f', 'g/..', ''), path.map(latin1)),
    size: field(12),
    mode: field(8),
    uid: field(8),
    mtime: field(12),
    type: fc.constantFrom(...'0000055512346SDxgLK7\0ZV'.split('')),
    link: fc.constantFrom('', 'a', '/x', '../y'),
    format: fc.constantFrom('ustar', 'gnu', 'v7', 'star'),
    prefix: fc.constantFrom('', '', 'p', 'q/r'),
    body: fc.oneof(
      fc.string({ maxLength: 30 }),
      fc.constantFrom('10 path=x\n', '9 size=0\n', '11 size=512\n', '1\n0\n1\n', 'name\0'),
    ),
  },
  { requiredKeys: ['name', 'type', 'format'] },
);
const anyRecord = fc.tuple(
  fc.constantFrom(
    'path',
    'size',
    'uid',
    'mtime',
    'linkpath',
    'GNU.sparse.map',
    'GNU.sparse.size',
    'GNU.sparse.major',
    'GNU.sparse.minor',
    'GNU.sparse.realsize',
    'GNU.sparse.offset',
    'GNU.sparse.numbytes',
    'GNU.sparse.name',
    'SCHILY.xattr.user.a',
  ),
  fc.oneof(
    fc.constantFrom('0', '1', '2', '', '512', '0,1', '-1', 'x', '0,1,5,2', '1.5', 'd/'),
    fc.string({ maxLength: 6 }),
  ),
);
const part = fc.oneof(
  { weight: 4, arbitrary: rawHeader.map(entry) },
  { weight: 2, arbitrary: fc.array(anyRecord, { maxLength: 5 }).map((records) => pax(records)) },
  { weight: 1, arbitrary: fc.string({ maxLength: 20 }).map((text) => gnuLong('L', text)) },
  { weight: 1, arbitrary: fc.constant(Buffer.alloc(512)) },
);

test('on any bytes both readers say the same, in chunks of any size, and fail only in our terms', async () => {
  let refused = 0;
  let read = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(part, { minLength: 1, maxLength: 5 }),
      fc.nat(3000),
      lengths,
      async (parts, cut, sizes) => {
        const whole = tar(...parts);
        const bytes = whole.subarray(0, cut > 1500 ? whole.length : Math.min(cut, whole.length));
        const stream = await readStream(bytes, sizes);
        const position = await readByPosition(bytes);
        expect(position.code).toBe(stream.code);
        expect(position.entries.map(line)).toEqual(stream.entries.map(line));
        const once = await readStream(bytes);
        expect([once.message, once.digests]).toEqual([stream.message, stream.digests]);
        if (stream.code === undefined) read++;
        else refused++;
      },
    ),
    { numRuns: 1500 },
  );
  // Neither all in order nor all damaged: the inputs are worth something.
  expect(Math.min(read, refused)).toBeGreaterThan(150);
});
