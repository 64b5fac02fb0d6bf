// COPY from the context.
import type { Context, CaseGroup } from '../build-case.ts';

const TREE: Context = {
  'a.txt': 'a',
  'b.txt': 'b',
  'c.md': 'c',
  'dir/': { mode: 0o700 },
  'dir/one': '1',
  'dir/two': { content: '2', mode: 0o600 },
  'dir/sub/': { mode: 0o711 },
  'dir/sub/three': '3',
  'dir/empty/': { mode: 0o777 },
  'other/one': 'other 1',
  'other/four': '4',
};

export const copy: CaseGroup = {
  group: 'copy',
  cases: [
    { name: 'a file to the root', dockerfile: ['FROM scratch', 'COPY a.txt /'], context: TREE },
    { name: 'a file with a new name', dockerfile: ['FROM scratch', 'COPY a.txt /new'], context: TREE },
    {
      name: 'a file into new directories',
      dockerfile: ['FROM scratch', 'COPY a.txt /x/y/', 'COPY a.txt /x/z/w'],
      context: TREE,
    },
    {
      name: 'a file into a directory that is there',
      dockerfile: ['FROM phyllo/base:1', 'COPY a.txt /data/deep', 'COPY b.txt /data/deep/'],
      context: TREE,
    },
    {
      name: 'a file over a file',
      dockerfile: ['FROM phyllo/base:1', 'COPY a.txt /data/b', 'COPY a.txt /data/suid'],
      context: TREE,
    },
    {
      name: 'to . and ./',
      dockerfile: ['FROM scratch', 'COPY a.txt .', 'WORKDIR /w', 'COPY b.txt .', 'COPY c.md ./'],
      context: TREE,
    },
    { name: 'several', dockerfile: ['FROM scratch', 'COPY a.txt b.txt dir /all/'], context: TREE },
    {
      name: 'several of one name',
      dockerfile: ['FROM scratch', 'COPY dir/one other/one /all/', 'COPY dir other /both/'],
      context: TREE,
    },
    { name: 'several to a file', dockerfile: ['FROM scratch', 'COPY a.txt b.txt /file'], context: TREE },
    { name: 'all', dockerfile: ['FROM scratch', 'COPY . /'], context: TREE },
    {
      name: 'all into a directory',
      dockerfile: ['FROM scratch', 'COPY . /app', 'COPY ./ /app2/', 'COPY / /app3'],
      context: TREE,
    },
    {
      name: 'a directory: what is in it',
      dockerfile: ['FROM scratch', 'COPY dir /new', 'COPY dir/ /new2/', 'COPY ./dir/. /new3'],
      context: TREE,
    },
    {
      name: 'a directory into one that is there',
      dockerfile: ['FROM phyllo/base:1', 'COPY dir /data/deep', 'COPY dir /data/sticky/'],
      context: TREE,
    },
    {
      name: 'directories take modes of what comes',
      dockerfile: ['FROM scratch', 'COPY other /x/sub', 'COPY dir /x'],
      context: TREE,
    },
    {
      name: 'an empty directory',
      dockerfile: ['FROM scratch', 'COPY dir/empty /e', 'COPY dir/empty /f/g/'],
      context: TREE,
    },
    {
      name: 'over the edge of the context',
      dockerfile: ['FROM scratch', 'COPY ../a.txt /', 'COPY /../../b.txt /', 'COPY dir/../c.md /x'],
      context: TREE,
    },
    {
      name: 'the JSON form',
      dockerfile: ['FROM scratch', 'COPY ["a b", "c  d", "/e f/"]', 'COPY ["a b","/g h"]'],
      context: { 'a b': '1', 'c  d': '2' },
    },
    {
      name: 'escaped blanks',
      dockerfile: ['FROM scratch', 'COPY a\\ b /x\\ y'],
      context: { 'a b': '1' },
      fails: true,
    },
    {
      name: 'unusual names',
      dockerfile: ['FROM scratch', 'COPY . /'],
      context: {
        '-rf': '1',
        '#x': '2',
        'ü/日本': '3',
        'q\'uo"te': '4',
        'back\\slash': '5',
        'tab\t': '6',
        dollar$HOME: '7',
        ' ': '8',
        '🐳': '9',
      },
    },
    {
      name: 'long names',
      dockerfile: ['FROM scratch', 'COPY . /x'],
      context: {
        [`${'d'.repeat(200)}/${'e'.repeat(200)}/${'f'.repeat(200)}`]: 'deep',
        ['l'.repeat(255)]: 'long',
        ln: { link: 't'.repeat(300) },
      },
    },
    {
      name: 'hidden files and names with dots',
      dockerfile: ['FROM scratch', 'COPY . /', 'COPY .h ..x ... /y/'],
      context: { '.h': '1', '..x': '2', '...': '3', '.d/f': '4' },
    },
    {
      name: 'modes',
      dockerfile: ['FROM scratch', 'COPY . /'],
      context: {
        a: { mode: 0 },
        b: { mode: 0o777 },
        c: { mode: 0o4755 },
        d: { mode: 0o2711 },
        e: { mode: 0o1644 },
        'f/': { mode: 0o2775 },
        'f/g': '',
        'h/': { mode: 0o1777 },
      },
    },
    {
      name: 'set-ID of a single file',
      dockerfile: ['FROM scratch', 'COPY s /', 'COPY --chown=7 s /chowned', 'COPY s g /d/'],
      context: { s: { mode: 0o4755 }, g: { mode: 0o2755 } },
      respelled: { 'COPY s /chowned # buildkit': 'COPY --chown=7 s /chowned # buildkit' },
    },
    {
      name: 'owners of the context are not kept',
      dockerfile: ['FROM scratch', 'COPY . /'],
      context: { a: { owner: 1234 }, 'd/': { owner: 99 }, 'd/b': { owner: 99 }, l: { link: 'a' } },
    },
    {
      name: 'big and empty files',
      dockerfile: ['FROM scratch', 'COPY . /'],
      context: { empty: '', big: 'x'.repeat(3_000_000), zeros: { content: new Uint8Array(1_000_000) } },
    },
    {
      name: 'a path that is missing',
      dockerfile: ['FROM scratch', 'COPY nope /'],
      context: TREE,
      fails: true,
    },
  ],
};

export const copyPatterns: CaseGroup = {
  group: 'copy, patterns',
  cases: [
    {
      name: '*',
      dockerfile: ['FROM scratch', 'COPY *.txt /t/', 'COPY d*/o* /o/', 'COPY * /all/'],
      context: TREE,
    },
    { name: '?', dockerfile: ['FROM scratch', 'COPY ?.txt /', 'COPY dir/??? /three/'], context: TREE },
    {
      name: '[]',
      dockerfile: ['FROM scratch', 'COPY [ac].* /', 'COPY [^a].txt /not/', 'COPY [a-b].txt /range/'],
      context: TREE,
    },
    {
      name: 'directories that match',
      dockerfile: ['FROM scratch', 'COPY d* /x/', 'COPY */ /y/'],
      context: TREE,
    },
    { name: 'deeper', dockerfile: ['FROM scratch', 'COPY */*/t* /x/', 'COPY dir/*/ /y/'], context: TREE },
    {
      name: 'nothing matches',
      dockerfile: ['FROM scratch', 'COPY a.txt /', 'COPY *.nope /x/'],
      context: TREE,
    },
    {
      name: 'one with a match and one without',
      dockerfile: ['FROM scratch', 'COPY *.nope *.txt /x/'],
      context: TREE,
    },
    {
      name: 'one match to a new name',
      dockerfile: ['FROM scratch', 'COPY a*.txt /new', 'COPY di* /newdir'],
      context: TREE,
    },
    {
      name: 'a file with a bracket',
      dockerfile: ['FROM scratch', 'COPY [[]x] /', 'COPY ["[[]x]", "/y"]'],
      context: { '[x]': '1', x: '2' },
    },
  ],
};

const LINKS: Context = {
  file: 'f',
  'dir/in': 'i',
  'dir/up': { link: '../file' },
  'dir/self': { link: 'in' },
  tofile: { link: 'file' },
  todir: { link: 'dir' },
  toto: { link: 'tofile' },
  dangling: { link: 'nowhere' },
  absolute: { link: '/file' },
  outside: { link: '../../../../etc/hostname' },
  'hard/one': 'shared',
  'hard/two': { hardLink: 'hard/one' },
  'hard/sub/three': { hardLink: 'hard/one' },
};

export const copyLinks: CaseGroup = {
  group: 'copy, links',
  cases: [
    {
      name: 'a link that is named is followed',
      dockerfile: ['FROM scratch', 'COPY tofile /', 'COPY toto /x', 'COPY todir /y', 'COPY todir/ /z/'],
      context: LINKS,
    },
    {
      name: 'links within a directory are kept',
      dockerfile: ['FROM scratch', 'COPY dir /d', 'COPY . /all/'],
      context: LINKS,
    },
    {
      name: 'through a link',
      dockerfile: ['FROM scratch', 'COPY todir/in /', 'COPY todir/. /u'],
      context: LINKS,
    },
    { name: 'a link through a link', dockerfile: ['FROM scratch', 'COPY todir/self /u'], context: LINKS },
    { name: 'links that match a pattern', dockerfile: ['FROM scratch', 'COPY to* /x/'], context: LINKS },
    {
      name: 'an absolute one stays in the context',
      dockerfile: ['FROM scratch', 'COPY absolute /x'],
      context: LINKS,
    },
    { name: 'a dangling one', dockerfile: ['FROM scratch', 'COPY dangling /x'], context: LINKS, fails: true },
    {
      name: 'one that leads out',
      dockerfile: ['FROM scratch', 'COPY outside /x'],
      context: LINKS,
      fails: true,
    },
    {
      name: 'hard links',
      dockerfile: ['FROM scratch', 'COPY hard /h', 'COPY hard/one hard/two /two/'],
      context: LINKS,
    },
    {
      name: 'hard links, some of them',
      dockerfile: ['FROM scratch', 'COPY hard/sub /h', 'COPY hard/t* /t/'],
      context: LINKS,
    },
    {
      name: 'a link in the image where it goes',
      dockerfile: [
        'FROM phyllo/base:1',
        'COPY file /data/link',
        'COPY dir /data/linkdir',
        'COPY dir /data/abs/er/',
      ],
      context: LINKS,
    },
    {
      name: 'a dangling link where it goes',
      dockerfile: ['FROM phyllo/base:1', 'COPY file /data/dangling'],
      context: LINKS,
    },
    {
      name: 'a directory over a link',
      dockerfile: ['FROM phyllo/base:1', 'COPY . /data/'],
      context: { 'linkdir/new': 'n' },
      fails: true,
    },
  ],
};

export const copyReplaces: CaseGroup = {
  group: 'copy, what is there',
  cases: [
    {
      name: 'a file over a directory',
      dockerfile: ['FROM phyllo/base:1', 'COPY . /data/'],
      context: { deep: 'now a file' },
      fails: true,
    },
    {
      name: 'a directory over a file',
      dockerfile: ['FROM phyllo/base:1', 'COPY . /data/'],
      context: { 'a/b': 'now a directory' },
      fails: true,
    },
    {
      name: 'a link over a file',
      dockerfile: ['FROM phyllo/base:1', 'COPY . /data/'],
      context: { a: { link: 'b' } },
    },
    {
      name: 'a file over a link',
      dockerfile: ['FROM phyllo/base:1', 'COPY . /data/'],
      context: { link: 'a file', dangling: 'too' },
    },
    {
      name: 'a hard link of the image',
      dockerfile: ['FROM phyllo/base:1', 'COPY f /data/hard1'],
      context: { f: 'new' },
    },
    {
      name: 'into what is a file',
      dockerfile: ['FROM phyllo/base:1', 'COPY f /data/a/'],
      context: { f: 'new' },
      fails: true,
    },
    {
      name: 'the same again',
      dockerfile: ['FROM scratch', 'COPY f /', 'COPY f /', 'COPY f /x', 'COPY f /x'],
      context: { f: 'f' },
    },
    {
      name: 'after RUN',
      dockerfile: [
        'FROM phyllo/base:1',
        'RUN rm -r /data/deep && echo x >/data/deep',
        'COPY f /data/deep',
        'RUN rm /data/deep',
        'COPY f /data/deep/',
      ],
      context: { f: 'f' },
    },
  ],
};
