// ADD: archives are unpacked, all else is copied.
import { gzipSync } from 'node:zlib';
import { readAll } from '../../../../src/lib/streams.ts';
import { type Layer, tarOf } from '../../../layer/apply-fixtures.ts';
import type { CaseGroup, Context } from '../build-case.ts';

const MAX_ARCHIVE_BYTES = 1024 * 1024;

const packed = (layer: Layer): Promise<Buffer> => readAll(tarOf(layer), MAX_ARCHIVE_BYTES, 'archive');

const tar = await packed({
  'x/': { mode: 0o750, uid: 7, gid: 8 },
  'x/in': { content: 'packed', mode: 0o640, uid: 7, gid: 8, mtime: 1_200_000_000 },
  'x/ln': { link: 'in', uid: 7, gid: 8 },
  'x/hard': { type: 'hardlink', link: 'x/in', mode: 0o640, uid: 7, gid: 8, mtime: 1_200_000_000 },
  'x/suid': { content: 's', mode: 0o4755 },
  top: 'top',
});
/** A directory x with a file and a link to it, made by Python's tarfile, bz2 and lzma. */
const bzip2 = Buffer.from(
  'QlpoOTFBWSZTWftix4sAALz7gPGQBABAAP+AAAVuLV5ACQggAJIRqanqaZAAA0ND1A2lKfqnqaZMTIGJoaGa5ql1c2oVLAJTEgVyv9jITaK5ORvBCYljJL8XQduXQ3ATGBUNI7+HCRMgmXkFbw+dpoM0NAh6PInMdkJc0IpaUMCPghzGF3Rx7YrgoUKUFb9cCBF+LuSKcKEh9sWPFg==',
  'base64',
);
const xz = Buffer.from(
  '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4Cf/AJBdADwLvBunjDRE4beWRzhi4vz2qRgpxWpR6pmjOs0CiqJEhuWxyyql53irL92JYypNuDpaHuU6BVUdXqOGv1NH9caniVB47QAqbKQTr+g3bYAHVe3Om00MFRYpqBxDtPng5PwU6QgUJy/MB1iK3wH1Fx8fjnvj7CBC86m3asyzF6WHAsUxCwvwl5Za9kYW1U1MAAALyj91oNoVSgABrAGAUAAAc7QOEbHEZ/sCAAAAAARZWg==',
  'base64',
);
const ARCHIVES: Context = {
  'plain.tar': { content: tar },
  'g.tar.gz': { content: gzipSync(tar) },
  'b.tar.bz2': { content: bzip2 },
  'x.txz': { content: xz },
  'no-ending': { content: gzipSync(tar) },
  'text.tar': 'this is no archive',
  'text.gz': { content: gzipSync('only text') },
  'd/in.tar': { content: tar },
  f: 'f',
};

export const add: CaseGroup = {
  group: 'add',
  cases: [
    {
      name: 'a file and a directory, as COPY',
      dockerfile: ['FROM scratch', 'ADD f /', 'ADD f /a/b', 'ADD d /e', 'ADD ["f", "f", "/g h/"]'],
      context: ARCHIVES,
    },
    { name: 'a tar', dockerfile: ['FROM scratch', 'ADD plain.tar /'], context: ARCHIVES },
    {
      name: 'into a directory, with and without a slash',
      dockerfile: ['FROM scratch', 'ADD plain.tar /a/', 'ADD plain.tar /b', 'WORKDIR /w', 'ADD plain.tar .'],
      context: ARCHIVES,
    },
    { name: 'gzip', dockerfile: ['FROM scratch', 'ADD g.tar.gz /g/'], context: ARCHIVES },
    { name: 'bzip2', dockerfile: ['FROM scratch', 'ADD b.tar.bz2 /b/'], context: ARCHIVES },
    { name: 'xz', dockerfile: ['FROM scratch', 'ADD x.txz /x/'], context: ARCHIVES },
    {
      name: 'the name does not count',
      dockerfile: ['FROM scratch', 'ADD no-ending /n', 'ADD text.tar /t/'],
      context: ARCHIVES,
    },
    { name: 'gzip of no archive', dockerfile: ['FROM scratch', 'ADD text.gz /t/'], context: ARCHIVES },
    {
      name: 'several, and files among them',
      dockerfile: ['FROM scratch', 'ADD plain.tar f b.tar.bz2 /s/'],
      context: ARCHIVES,
    },
    { name: 'a pattern', dockerfile: ['FROM scratch', 'ADD *.tar /p/'], context: ARCHIVES },
    { name: 'not what is in a directory', dockerfile: ['FROM scratch', 'ADD d /d/'], context: ARCHIVES },
    {
      name: '--chown',
      dockerfile: ['FROM phyllo/base:1', 'ADD --chown=app:staff f text.tar /new/dir/', 'ADD --chown=5 f /x'],
      context: ARCHIVES,
      respelled: {
        'ADD f text.tar /new/dir/ # buildkit': 'ADD --chown=app:staff f text.tar /new/dir/ # buildkit',
        'ADD f /x # buildkit': 'ADD --chown=5 f /x # buildkit',
      },
    },
    {
      name: 'over what is there',
      dockerfile: ['FROM phyllo/base:1', 'ADD plain.tar /data/', 'ADD over.tar /data/'],
      context: {
        ...ARCHIVES,
        'over.tar': {
          content: await packed({
            a: 'new a',
            'deep/': { mode: 0o711, uid: 3 },
            'deep/one': { link: 'two' },
            link: 'a file now',
            'er/': {},
          }),
        },
      },
    },
    {
      name: 'a file over a directory, a directory over a file',
      dockerfile: ['FROM phyllo/base:1', 'ADD over.tar /data/'],
      context: { 'over.tar': { content: await packed({ 'a/': {}, 'a/b': 'b', sticky: 'a file' }) } },
    },
    {
      name: 'parents that the archive does not name',
      dockerfile: ['FROM scratch', 'ADD p.tar /'],
      context: { 'p.tar': { content: await packed({ 'p/q/r': 'r' }) } },
    },
    {
      name: 'other kinds of files',
      dockerfile: ['FROM scratch', 'ADD k.tar /k/'],
      context: {
        'k.tar': {
          content: await packed({
            fifo: { type: 'fifo', mode: 0o600 },
            null: { type: 'char', device: [1, 3], mode: 0o666 },
            abs: { link: '/etc/passwd' },
            dang: { link: '../../x' },
          }),
        },
      },
    },
    {
      name: 'a capability, copied and changed',
      dockerfile: [
        'FROM scratch AS one',
        'ADD c.tar /',
        'FROM phyllo/base:1',
        'ADD c.tar /',
        'COPY --from=one /c /d',
        'RUN chmod 700 /c && mv /d /e',
        'RUN chown app /c',
      ],
      context: {
        'c.tar': {
          content: await packed({
            c: {
              content: 'c',
              xattrs: {
                'security.capability': '\u0001\0\0\u0002\0\u0004\0\0\0\0\0\0\0\0\0\0\0\0\0\0',
                'user.x': 'y',
              },
            },
          }),
        },
      },
    },
    {
      name: 'names in an archive',
      dockerfile: ['FROM scratch', 'ADD n.tar /'],
      context: {
        'n.tar': {
          content: await packed({
            [`${'long'.repeat(40)}/`]: {},
            [`${'long'.repeat(40)}/${'name'.repeat(40)}`]: 'l',
            'a b\tc': '1',
            '-rf': '2',
            '\xf0\x9f\x90\xb3': 'whale',
          }),
        },
      },
    },
    {
      name: 'cut off',
      dockerfile: ['FROM scratch', 'ADD cut.tar.gz /'],
      context: { 'cut.tar.gz': { content: gzipSync(tar).subarray(0, 120) } },
      fails: true,
    },
    {
      name: 'of a missing file',
      dockerfile: ['FROM scratch', 'ADD nope.tar /'],
      context: ARCHIVES,
      fails: true,
    },
    {
      name: 'an empty archive',
      dockerfile: ['FROM scratch', 'ADD e.tar /e/', 'COPY f /'],
      context: { 'e.tar': { content: new Uint8Array(1024) }, f: '' },
    },
  ],
};
