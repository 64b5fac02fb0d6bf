// Several stages, --target, and how a Dockerfile is written.
import type { CaseGroup } from '../build-case.ts';

const THREE = [
  'FROM phyllo/bare:1 AS one',
  'LABEL n=1',
  'COPY f /1',
  'FROM one AS Two',
  'LABEL n=2',
  'COPY f /2',
  'FROM scratch',
  'COPY f /3',
];

export const stages: CaseGroup = {
  group: 'stages',
  cases: [
    { name: 'the last one', dockerfile: THREE, context: { f: 'f' } },
    { name: '--target', dockerfile: THREE, context: { f: 'f' }, target: 'one' },
    { name: '--target knows no case', dockerfile: THREE, context: { f: 'f' }, target: 'tWO' },
    {
      name: '--target that is not there',
      dockerfile: THREE,
      context: { f: 'f' },
      target: 'three',
      fails: true,
    },
    {
      name: 'what is not needed is not built',
      dockerfile: [
        'FROM scratch AS no',
        'COPY nope /',
        'FROM nowhere.invalid/x AS never',
        'FROM scratch',
        'COPY f /',
      ],
      context: { f: 'f' },
    },
    {
      name: 'what comes after the target is not built',
      dockerfile: ['FROM scratch AS yes', 'COPY f /', 'FROM yes', 'COPY nope /'],
      context: { f: 'f' },
      target: 'yes',
    },
    {
      name: 'a tree of stages',
      dockerfile: [
        'FROM phyllo/base:1 AS base',
        'RUN echo b >/b',
        'FROM base AS left',
        'RUN echo l >/l',
        'FROM base AS right',
        'RUN echo r >/r',
        'FROM base',
        'COPY --from=left /l /',
        'COPY --from=right /r /',
        'RUN cat /b /l /r >/all',
      ],
    },
    {
      name: 'history of the parent comes along',
      dockerfile: [
        'FROM phyllo/base:1 AS one',
        'ENV A=1',
        'RUN true',
        'FROM one AS two',
        'COPY f /',
        'FROM two',
        'ENV B=$A',
      ],
      context: { f: 'f' },
    },
    {
      name: 'the same in two stages',
      dockerfile: ['FROM scratch AS a', 'COPY f /', 'FROM scratch', 'COPY f /', 'COPY --from=a /f /g'],
      context: { f: 'f' },
    },
  ],
};

export const writing: CaseGroup = {
  group: 'how it is written',
  cases: [
    {
      name: 'keywords in any case',
      dockerfile: ['from phyllo/bare:1 as x', 'Label a=b', 'eNv A=1', 'cOPY f /'],
      context: { f: 'f' },
    },
    {
      name: 'blanks and tabs around',
      dockerfile: ['  FROM   phyllo/bare:1  ', '\tLABEL\ta=b ', 'ENV  A=1   B=2  '],
    },
    {
      name: 'comments between',
      dockerfile: ['# first', '', 'FROM phyllo/bare:1', '  # indented', '#', 'LABEL a=#b c="# d"'],
    },
    {
      name: 'continued',
      dockerfile: [
        'FROM \\',
        'phyllo/bare:1',
        'LABEL \\',
        '  a=b \\  ',
        '  # inside',
        'c=d \\',
        '',
        '\\',
        '  e=f',
        'CMD a \\',
        '   b\\',
        'c',
      ],
    },
    {
      name: 'a backslash that continues nothing',
      dockerfile: ['FROM phyllo/bare:1', 'CMD echo a\\\\', 'LABEL a=b\\ '],
    },
    { name: 'continued at the end', dockerfile: 'FROM phyllo/bare:1\nLABEL a=b \\' },
    {
      name: 'CRLF',
      dockerfile: 'FROM phyllo/bare:1\r\nLABEL a=b \\\r\n  c=d\r\n# x\r\nCMD echo a \\\r\n  b\r\n',
    },
    { name: 'a byte order mark', dockerfile: '\ufeffFROM phyllo/bare:1\nLABEL a=b\n' },
    {
      name: 'another escape',
      dockerfile: [
        '# escape=`',
        'FROM phyllo/bare:1',
        'LABEL a=`$x b="C:\\" `',
        '  c=d',
        'ENV P=C:\\dir`',
        ' Q=x',
      ],
    },
    {
      name: 'directives after a comment count no more',
      dockerfile: ['# hello', '# escape=`', 'FROM phyllo/bare:1', 'LABEL a=1 \\', '  b=2'],
    },
    {
      name: 'JSON over several lines',
      dockerfile: [
        'FROM phyllo/bare:1',
        'CMD [ "a", \\',
        '  "b" , \\',
        '# inside',
        '  "c"]',
        'ENTRYPOINT [  "x"  ]',
      ],
    },
    { name: 'JSON within JSON', dockerfile: ['FROM phyllo/bare:1', 'CMD ["{\\"a\\": [1]}", "\\\\"]'] },
    {
      name: 'somewhere else',
      file: 'deep/er/My.Dockerfile',
      dockerfile: ['FROM scratch', 'COPY . /'],
      context: { f: 'f', 'deep/g': 'g' },
    },
    { name: 'comments alone', dockerfile: '# nothing\n', fails: true },
  ],
};
