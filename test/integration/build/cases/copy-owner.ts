// COPY --chown and COPY --from.
import type { BuildCase, CaseGroup, Context } from '../build-case.ts';

const TREE: Context = { f: 'f', 'd/': { mode: 0o700 }, 'd/e': 'e', 'd/l': { link: 'e' } };

/** BuildKit 0.8 left flags out of the history. */
function respelled(...entries: readonly (readonly [was: string, flag: string])[]): BuildCase['respelled'] {
  return Object.fromEntries(
    entries.map(([was, flag]) => [`${was} # buildkit`, `${was.replace(' ', ` ${flag} `)} # buildkit`]),
  );
}

export const chown: CaseGroup = {
  group: 'chown',
  cases: [
    {
      name: 'two numbers',
      dockerfile: ['FROM scratch', 'COPY --chown=1000:2000 . /x'],
      context: TREE,
      respelled: respelled(['COPY . /x', '--chown=1000:2000']),
    },
    {
      name: 'one number is both',
      dockerfile: ['FROM scratch', 'COPY --chown=5 f /a/b/'],
      context: TREE,
      respelled: respelled(['COPY f /a/b/', '--chown=5']),
    },
    {
      name: 'a user',
      dockerfile: ['FROM phyllo/base:1', 'COPY --chown=app f /', 'COPY --chown=web f /web'],
      context: TREE,
      respelled: respelled(['COPY f /', '--chown=app'], ['COPY f /web', '--chown=web']),
    },
    {
      name: 'user and group',
      dockerfile: ['FROM phyllo/base:1', 'COPY --chown=app:staff d /new', 'COPY --chown=web:web f /web'],
      context: TREE,
      respelled: respelled(['COPY d /new', '--chown=app:staff'], ['COPY f /web', '--chown=web:web']),
    },
    {
      name: 'a number and a group',
      dockerfile: ['FROM phyllo/base:1', 'COPY --chown=7:staff f /a', 'COPY --chown=app:8 f /b'],
      context: TREE,
      respelled: respelled(['COPY f /a', '--chown=7:staff'], ['COPY f /b', '--chown=app:8']),
    },
    {
      name: 'root',
      dockerfile: ['FROM phyllo/base:1', 'COPY --chown=root:root f /a', 'COPY --chown=0 f /b'],
      context: TREE,
      respelled: respelled(['COPY f /a', '--chown=root:root'], ['COPY f /b', '--chown=0']),
    },
    {
      name: 'nobody',
      dockerfile: ['FROM phyllo/base:1', 'COPY --chown=nobody:nowhere f /a'],
      context: TREE,
      respelled: respelled(['COPY f /a', '--chown=nobody:nowhere']),
    },
    {
      name: 'a name where there are no names',
      dockerfile: ['FROM scratch', 'COPY --chown=app f /a'],
      context: TREE,
      fails: true,
    },
    {
      name: 'parents that are made, and what was there',
      dockerfile: ['FROM phyllo/base:1', 'COPY --chown=9:9 f /data/x/y/', 'COPY --chown=9:9 d /data/deep/'],
      context: TREE,
      respelled: respelled(['COPY f /data/x/y/', '--chown=9:9'], ['COPY d /data/deep/', '--chown=9:9']),
    },
    {
      name: 'of a directory that is there',
      dockerfile: ['FROM phyllo/base:1', 'COPY --chown=9:9 d /data/empty', 'COPY --chown=8:8 . /data'],
      context: TREE,
      respelled: respelled(['COPY d /data/empty', '--chown=9:9'], ['COPY . /data', '--chown=8:8']),
    },
    {
      name: 'a user of an earlier RUN',
      dockerfile: ['FROM phyllo/base:1', 'RUN echo new:x:70:71::/: >>/etc/passwd', 'COPY --chown=new f /a'],
      context: TREE,
      respelled: respelled(['COPY f /a', '--chown=new']),
    },
    {
      name: 'with ADD',
      dockerfile: ['FROM phyllo/base:1', 'ADD --chown=app:staff d /x/'],
      context: TREE,
      respelled: respelled(['ADD d /x/', '--chown=app:staff']),
    },
  ],
};

export const copyFrom: CaseGroup = {
  group: 'copy --from',
  cases: [
    {
      name: 'a stage by name',
      dockerfile: ['FROM scratch AS one', 'COPY f /x/f', 'FROM scratch', 'COPY --from=one /x /y'],
      context: TREE,
    },
    {
      name: 'whose name knows no case',
      dockerfile: ['FROM scratch AS One', 'COPY f /f', 'FROM scratch', 'COPY --from=oNE /f /y'],
      context: TREE,
    },
    {
      name: 'by number',
      dockerfile: [
        'FROM scratch',
        'COPY f /x/f',
        'FROM scratch',
        'COPY d /d',
        'FROM scratch',
        'COPY --from=0 /x/f /',
        'COPY --from=1 / /all/',
      ],
      context: TREE,
    },
    {
      name: 'an image',
      dockerfile: [
        'FROM scratch',
        'COPY --from=phyllo/base:1 /data /data',
        'COPY --from=phyllo/base:1 /etc/passwd /etc/',
      ],
    },
    {
      name: 'owners, modes and times stay',
      dockerfile: [
        'FROM scratch',
        'COPY --from=phyllo/base:1 /data/b /data/suid /x/',
        'COPY --from=phyllo/base:1 /home /home',
      ],
    },
    {
      name: '--chown',
      dockerfile: ['FROM scratch', 'COPY --from=phyllo/base:1 --chown=3:4 /data /d'],
      respelled: respelled(['COPY /data /d', '--chown=3:4']),
    },
    {
      name: 'the working directory does not count',
      dockerfile: [
        'FROM phyllo/base:1 AS one',
        'WORKDIR /data',
        'FROM scratch',
        'WORKDIR /w',
        'COPY --from=one data/a a',
        'COPY --from=one /data/b .',
      ],
    },
    { name: 'patterns', dockerfile: ['FROM scratch', 'COPY --from=phyllo/base:1 /data/h* /data/d*/t* /x/'] },
    {
      name: 'links',
      dockerfile: [
        'FROM scratch',
        'COPY --from=phyllo/base:1 /data/link /l',
        'COPY --from=phyllo/base:1 /data/linkdir /ld',
        'COPY --from=phyllo/base:1 /data/abs /ab',
      ],
    },
    {
      name: 'hard links',
      dockerfile: [
        'FROM scratch',
        'COPY --from=phyllo/base:1 /data/hard1 /data/hard2 /x/',
        'COPY --from=phyllo/base:1 /data /y',
      ],
    },
    {
      name: 'what RUN wrote',
      dockerfile: [
        'FROM phyllo/base:1 AS one',
        'RUN mkdir /out && echo a >/out/a && chown app /out/a && rm /data/a',
        'FROM phyllo/base:1',
        'COPY --from=one /out /data /got/',
      ],
    },
    {
      name: 'a chain',
      dockerfile: [
        'FROM scratch AS a',
        'COPY f /1',
        'FROM scratch AS b',
        'COPY --from=a /1 /2',
        'FROM scratch AS c',
        'COPY --from=b /2 /3',
        'FROM a',
        'COPY --from=c /3 /4',
      ],
      context: TREE,
    },
    {
      name: 'ignores do not count there',
      dockerfile: ['FROM scratch AS one', 'COPY d /d', 'FROM scratch', 'COPY --from=one /d /e'],
      context: { ...TREE, '.dockerignore': 'e\n' },
    },
    {
      name: 'a path that is missing',
      dockerfile: ['FROM scratch AS one', 'COPY f /f', 'FROM scratch', 'COPY --from=one /nope /'],
      context: TREE,
      fails: true,
    },
    {
      name: 'a later stage',
      dockerfile: ['FROM scratch AS first', 'COPY --from=1 /f /', 'FROM scratch', 'COPY f /'],
      context: TREE,
      fails: true,
      target: 'first',
    },
    {
      name: 'itself',
      dockerfile: ['FROM scratch AS me', 'COPY f /', 'COPY --from=me /f /g'],
      context: TREE,
      fails: true,
    },
    {
      name: 'a variable',
      dockerfile: [
        'ARG S=one',
        'FROM scratch AS one',
        'COPY f /',
        'FROM scratch',
        'ARG S',
        'COPY --from=$S /f /',
      ],
      context: TREE,
      fails: true,
    },
  ],
};
