// .dockerignore: what of the context can be copied.
import type { BuildCase, CaseGroup, Context } from '../build-case.ts';

const TREE: Context = {
  'a.go': '1',
  'a.md': '2',
  'README.md': '3',
  'tmp/a.md': '4',
  'tmp/b.go': '5',
  'tmp/deep/c.md': '6',
  'tmp/deep/d.go': '7',
  'src/a.go': '8',
  'src/tmp/e.go': '9',
  'src/.git/config': '10',
  '.git/HEAD': '11',
  '.env': '12',
  'vendor/x/y/z': '13',
  'we ird/f': '14',
  link: { link: 'tmp/a.md' },
  linkdir: { link: 'src' },
  'empty/': {},
};

/** Everything that is left. */
function ignoring(
  name: string,
  ignore: string | readonly string[],
  more: Partial<BuildCase> = {},
): BuildCase {
  const text = typeof ignore === 'string' ? ignore : `${ignore.join('\n')}\n`;
  return {
    name,
    dockerfile: ['FROM scratch', 'COPY . /'],
    ...more,
    context: { ...TREE, '.dockerignore': text, ...more.context },
  };
}

export const ignore: CaseGroup = {
  group: 'ignore',
  cases: [
    ignoring('nothing', ''),
    ignoring('a file', ['a.md']),
    ignoring('a directory', ['tmp']),
    ignoring('with slashes', ['/tmp/', './src', 'vendor/']),
    ignoring('cleaned', ['tmp/../a.md', './/src//tmp', '/../.env']),
    ignoring('*', ['*.md', '*/a.md', 'v*r', 's*/t*']),
    ignoring('? and []', ['?.go', '????.md', '[s]rc/?.go', '[^a-z]*.md', 'A.MD']),
    ignoring('**/ at the start', ['**/*.go']),
    ignoring('**/ and a name', ['**/tmp']),
    ignoring('/** at the end', ['tmp/**', 'src/**/e.go']),
    ignoring('** in the middle', ['vendor/**/z', 'tmp/**/*.md']),
    ignoring('all but', ['*', '!*.go', '!tmp']),
    ignoring('all but something deep', ['*', '!vendor/x/y/z', '!src/tmp']),
    ignoring('the last match counts', ['*.md', '!README.md', 'README*']),
    ignoring('an exception in a directory', ['tmp', '!tmp/deep', 'tmp/deep/c.md']),
    ignoring('exceptions with blanks and slashes', ['*', '!  a.go  ', '!/tmp/deep/']),
    ignoring('comments and empty lines', ['# a.go', '', '  ', 'a.md', '#a.md', '  # README.md']),
    ignoring('blanks around', ['  a.md  ', '\ttmp\t', 'we ird']),
    ignoring('CRLF', 'a.md\r\ntmp\r\n'),
    ignoring('a byte order mark', '\ufeffa.md\ntmp\n'),
    ignoring('the Dockerfile and itself', ['Dockerfile', '.dockerignore']),
    ignoring('everything', ['*'], { dockerfile: ['FROM phyllo/bare:1', 'COPY . /x'] }),
    ignoring('a link and what it leads to', ['link', 'tmp/a.md', 'linkdir/a.go']),
    ignoring('the target of a link that is copied', ['tmp/a.md'], {
      dockerfile: ['FROM scratch', 'COPY link /x'],
      fails: true,
    }),
    ignoring('an ignored file by name', ['a.md'], {
      dockerfile: ['FROM scratch', 'COPY a.md /'],
      fails: true,
    }),
    ignoring('patterns of COPY', ['*.md', 'src/tmp'], {
      dockerfile: ['FROM scratch', 'COPY *.* /x/', 'COPY s* /y/'],
    }),
    ignoring('a directory of COPY', ['tmp/deep', '**/a.md'], {
      dockerfile: ['FROM scratch', 'COPY tmp /x', 'ADD tmp/ /y/'],
    }),
    ignoring('a lone !', ['!'], { fails: true }),
    ignoring('a pattern that is none', ['[a-'], { fails: true }),
    {
      name: 'of the Dockerfile beats that of the context',
      file: 'build/Own.Dockerfile',
      dockerfile: ['FROM scratch', 'COPY . /'],
      context: { ...TREE, '.dockerignore': 'tmp\n', 'build/Own.Dockerfile.dockerignore': '*.md\nbuild\n' },
    },
    {
      name: 'for another Dockerfile',
      file: 'Other',
      dockerfile: ['FROM scratch', 'COPY . /'],
      context: { ...TREE, '.dockerignore': 'tmp\n', 'Dockerfile.dockerignore': 'src\n' },
    },
  ],
};
