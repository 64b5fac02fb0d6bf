import { describe, expect, test } from 'vitest';
import { parse } from '../../src/dockerfile/parse.ts';
import { briefs, fieldsOf, instructionOf } from './parsed.ts';

const shell = (script: string): object => ({ form: 'shell', script });
const exec = (...argv: string[]): object => ({ form: 'exec', argv });
const copy = {
  sources: ['a'],
  destination: '/b',
  heredocs: [],
  link: false,
  parents: false,
  exclude: [],
  keepGitDir: false,
};

describe('FROM', () => {
  test.each([
    ['FROM a', { image: 'a' }],
    ['from a:1@sha256:00 as Stage-1_x.y', { image: 'a:1@sha256:00', stageName: 'Stage-1_x.y' }],
    [
      'FROM --platform=$BUILDPLATFORM a\tAs \\\n b',
      { image: 'a', platform: '$BUILDPLATFORM', stageName: 'b' },
    ],
    ['FROM --platform= a', { image: 'a' }],
    ['FROM "${X:-a}"', { image: '"${X:-a}"' }],
    ['FROM -- --x', { image: '--x' }],
  ])('%j', (line, expected) => {
    expect(fieldsOf(instructionOf(line))).toEqual({ keyword: 'FROM', ...expected });
  });
});

describe('ARG', () => {
  test.each([
    ['ARG a', [{ name: 'a' }]],
    ['ARG a=', [{ name: 'a', value: '' }]],
    ['ARG a=b=c d e="x y"', [{ name: 'a', value: 'b=c' }, { name: 'd' }, { name: 'e', value: '"x y"' }]],
    [
      "ARG a='x \"y' b=\\ c",
      [
        { name: 'a', value: "'x \"y'" },
        { name: 'b', value: '\\ c' },
      ],
    ],
    ['ARG a="x\\" y"', [{ name: 'a', value: '"x\\" y"' }]],
    ["ARG a='x\\' b", [{ name: 'a', value: "'x\\'" }, { name: 'b' }]],
  ])('%j', (line, args) => {
    expect(fieldsOf(instructionOf(line))).toEqual({ keyword: 'ARG', args });
  });
});

describe('ENV and LABEL', () => {
  const pair = (key: string, value: string): object => ({ key, value });
  test.each([
    ['ENV a=b', [pair('a', 'b')], false],
    ['ENV a= b=', [pair('a', ''), pair('b', '')], false],
    ['ENV a="x y" b=\'$z\' c=x\\ y', [pair('a', '"x y"'), pair('b', "'$z'"), pair('c', 'x\\ y')], false],
    ['ENV a=b \\\n    # c=d\n    e=f', [pair('a', 'b'), pair('e', 'f')], false],
    ['ENV a=${b:-c=d}', [pair('a', '${b:-c=d}')], false],
    ['ENV a b', [pair('a', 'b')], true],
    ['ENV a  b  "c d"  ', [pair('a', 'b  "c d"')], true],
    ['ENV a b=c', [pair('a', 'b=c')], true],
    ["ENV a it's", [pair('a', "it's")], true],
    ['ENV "a b"=c', [pair('"a b"', 'c')], false],
  ])('%j', (line, pairs, isLegacy) => {
    expect(fieldsOf(instructionOf(line))).toEqual({ keyword: 'ENV', pairs, isLegacy });
    expect(fieldsOf(instructionOf(line.replace('ENV', 'LABEL')))).toEqual({
      keyword: 'LABEL',
      pairs,
      isLegacy,
    });
  });

  test('the escape character of the file keeps blanks', () => {
    const { instructions } = parse('# escape=`\nFROM a\nENV a=c:\\ b=x` y');
    expect(instructions[1]).toMatchObject({ pairs: [pair('a', 'c:\\'), pair('b', 'x` y')] });
  });

  test('one that stands at the very end, with nothing to escape, is dropped', () => {
    expect(instructionOf('ENV a=b\\\\')).toMatchObject({ pairs: [pair('a', 'b\\\\')] });
    expect(instructionOf('ENV a=b\\\\\\')).toMatchObject({ pairs: [pair('a', 'b\\\\')] });
    expect(instructionOf('ENV a="b\\\\\\')).toMatchObject({ pairs: [pair('a', '"b\\\\')] });
  });
});

describe('RUN', () => {
  const plain = { heredocs: [], mounts: [] };
  test.each([
    ['RUN  a  "b c" $d \\\\ e', { ...plain, command: shell('a  "b c" $d \\\\ e') }],
    ['RUN a \\\n\t&& b', { ...plain, command: shell('a \t&& b') }],
    ['RUN ["a", "b c"]', { ...plain, command: exec('a', 'b c') }],
    ['RUN [ "a" ,\\\n"b"\t]', { ...plain, command: exec('a', 'b') }],
    ['RUN [ -f x ] && y', { ...plain, command: shell('[ -f x ] && y') }],
    [
      'RUN --network=none --security=insecure a --x',
      { ...plain, command: shell('a --x'), network: 'none', security: 'insecure' },
    ],
    ['RUN --device=a --device=b x', { ...plain, command: shell('x') }],
    ['RUN -- --x', { ...plain, command: shell('--x') }],
    ['RUN -x', { ...plain, command: shell('-x') }],
  ])('%j', (line, expected) => {
    expect(fieldsOf(instructionOf(line))).toEqual({ keyword: 'RUN', ...expected });
  });

  test.each([
    [
      'type=cache,target=/a',
      [
        ['type', 'cache'],
        ['target', '/a'],
      ],
    ],
    [
      'target=/a,ro',
      [
        ['target', '/a'],
        ['ro', 'true'],
      ],
    ],
    [
      'TYPE=Bind,Source=A,rw=false,from=x',
      [
        ['type', 'Bind'],
        ['source', 'A'],
        ['rw', 'false'],
        ['from', 'x'],
      ],
    ],
    [
      'type=secret,id=a,required,mode=0400,uid=1,gid=4294967295,env=A',
      [
        ['type', 'secret'],
        ['id', 'a'],
        ['required', 'true'],
        ['mode', '0400'],
        ['uid', '1'],
        ['gid', '4294967295'],
        ['env', 'A'],
      ],
    ],
    [
      'type=tmpfs,dst=/a,size=1g',
      [
        ['type', 'tmpfs'],
        ['dst', '/a'],
        ['size', '1g'],
      ],
    ],
    ['type=ssh', [['type', 'ssh']]],
    [
      'type=$T,sharing=${S},uid=$U,target=a=b',
      [
        ['type', '$T'],
        ['sharing', '${S}'],
        ['uid', '$U'],
        ['target', 'a=b'],
      ],
    ],
    [
      'type=cache,id=../../x,source=..,target=/a',
      [
        ['type', 'cache'],
        ['id', '../../x'],
        ['source', '..'],
        ['target', '/a'],
      ],
    ],
    // Quotes are taken by the flag, so those of CSV need an escape.
    ['"target=/a b"', [['target', '/a b']]],
    [
      '\\"target=/a,b\\",ro',
      [
        ['target', '/a,b'],
        ['ro', 'true'],
      ],
    ],
    ['\\"target=a\\"\\"b\\"', [['target', 'a"b']]],
  ])('--mount=%s', (value, options) => {
    const run = instructionOf(`RUN --mount=${value} x`);
    expect(run).toMatchObject({ command: shell('x'), mounts: [{ options }] });
  });

  test('several mounts keep their order and places', () => {
    const run = instructionOf('RUN --mount=target=/a \\\n  --mount=target=/b x');
    expect(run).toMatchObject({
      mounts: [
        {
          options: [['target', '/a']],
          range: { start: { line: 2, column: 5 }, end: { line: 2, column: 22 } },
        },
        {
          options: [['target', '/b']],
          range: { start: { line: 3, column: 3 }, end: { line: 3, column: 20 } },
        },
      ],
    });
  });
});

describe('COPY and ADD', () => {
  test.each([
    ['COPY a /b', {}],
    ['copy a \\\n b c/ /d', { sources: ['a', 'b', 'c/'], destination: '/d' }],
    ['COPY ["a b", "/c d"]', { sources: ['a b'], destination: '/c d' }],
    ['COPY "a b" c', { sources: ['"a', 'b"'], destination: 'c' }],
    ['COPY [a-z]*.txt /b', { sources: ['[a-z]*.txt'] }],
    [
      'COPY --from=s --chown=1:2 --chmod=u+x --link --parents a /b',
      { from: 's', chown: '1:2', chmod: 'u+x', link: true, parents: true },
    ],
    ['COPY --link=FALSE --parents=True a /b', { parents: true }],
    ['COPY --exclude=*.o --exclude="x y" a /b', { exclude: ['*.o', 'x y'] }],
    ['COPY --from= --chown= a /b', {}],
    ['COPY -- --a /b', { sources: ['--a'] }],
    ['COPY --chown="a\'b" a /b', { chown: "a'b" }],
    ['COPY --chown=a\\ b a /b', { chown: 'a b' }],
    ['COPY ../x /', { sources: ['../x'], destination: '/' }],
    ['ADD a /b', { keyword: 'ADD' }],
    [
      'ADD --checksum=sha256:00 --keep-git-dir --unpack=false --link a /b',
      { keyword: 'ADD', checksum: 'sha256:00', keepGitDir: true, unpack: false, link: true },
    ],
    ['ADD --unpack --keep-git-dir=false a /b', { keyword: 'ADD', unpack: true }],
  ])('%j', (line, expected) => {
    expect(fieldsOf(instructionOf(line))).toEqual({ keyword: 'COPY', ...copy, ...expected });
  });
});

describe('commands', () => {
  test.each([
    ['CMD a  b', shell('a  b')],
    ['CMD ["a","b"]', exec('a', 'b')],
    ['CMD []', exec()],
    ['CMD ["\\u00e9\\n\\"\\\\/"]', exec('é\n"\\/')],
    ['CMD ["\\ud800"]', exec('\ufffd')],
    ['CMD "a b"', shell('"a b"')],
    ['CMD {"a": "b"}', shell('{"a": "b"}')],
    ['CMD ["a"] b', shell('["a"] b')],
    ['CMD -- --x', shell('--x')],
  ])('%j', (line, command) => {
    expect(fieldsOf(instructionOf(line))).toEqual({ keyword: 'CMD', command });
    expect(fieldsOf(instructionOf(line.replace('CMD', 'ENTRYPOINT')))).toEqual({
      keyword: 'ENTRYPOINT',
      command,
    });
  });

  test.each([
    ['SHELL ["/bin/bash", "-c"]', { keyword: 'SHELL', values: ['/bin/bash', '-c'] }],
    ['HEALTHCHECK NONE', { keyword: 'HEALTHCHECK' }],
    ['HEALTHCHECK none', { keyword: 'HEALTHCHECK' }],
    ['HEALTHCHECK CMD a  b', { keyword: 'HEALTHCHECK', command: shell('a  b') }],
    ['HEALTHCHECK cmd ["a", "b"]', { keyword: 'HEALTHCHECK', command: exec('a', 'b') }],
    [
      'HEALTHCHECK --interval=1m30s --timeout=1ms --start-period=0s --start-interval=1.5s --retries=3 \\\n  CMD a',
      {
        keyword: 'HEALTHCHECK',
        command: shell('a'),
        intervalNanos: 9e10,
        timeoutNanos: 1e6,
        startPeriodNanos: 0,
        startIntervalNanos: 15e8,
        retries: 3,
      },
    ],
    ['HEALTHCHECK --interval= --retries= CMD a', { keyword: 'HEALTHCHECK', command: shell('a') }],
    ['HEALTHCHECK --retries=0 CMD a', { keyword: 'HEALTHCHECK', command: shell('a'), retries: 0 }],
  ])('%j', (line, expected) => {
    expect(fieldsOf(instructionOf(line))).toEqual(expected);
  });
});

describe('values and lists', () => {
  test.each([
    ['WORKDIR /a b', { keyword: 'WORKDIR', value: '/a b' }],
    ['WORKDIR "/proc/self/fd/3"', { keyword: 'WORKDIR', value: '"/proc/self/fd/3"' }],
    ['USER $U:g', { keyword: 'USER', value: '$U:g' }],
    ['STOPSIGNAL SIGTERM', { keyword: 'STOPSIGNAL', value: 'SIGTERM' }],
    ['MAINTAINER A B <c@d>', { keyword: 'MAINTAINER', value: 'A B <c@d>' }],
    [
      'EXPOSE 80/tcp 53/UDP  127.0.0.1:1-$X',
      { keyword: 'EXPOSE', values: ['80/tcp', '53/UDP', '127.0.0.1:1-$X'] },
    ],
    ['VOLUME /a /b', { keyword: 'VOLUME', values: ['/a', '/b'] }],
    ['VOLUME ["/a b", " /c "]', { keyword: 'VOLUME', values: ['/a b', '/c'] }],
  ])('%j', (line, expected) => {
    expect(fieldsOf(instructionOf(line))).toEqual(expected);
  });
});

describe('ONBUILD', () => {
  test.each([
    ['ONBUILD RUN a  b', 'RUN a  b', { keyword: 'RUN', command: shell('a  b') }],
    [
      'onbuild   copy --from=x a \\\n b',
      'copy --from=x a  b',
      { keyword: 'COPY', from: 'x', sources: ['a'] },
    ],
    ['ONBUILD ENV a=b', 'ENV a=b', { keyword: 'ENV' }],
    ['ONBUILD RUN --mount=target=/x a', 'RUN --mount=target=/x a', { keyword: 'RUN', mounts: [{}] }],
    [
      'ONBUILD RUN <<E\n1\nE',
      'RUN <<E\n1\nE',
      { keyword: 'RUN', command: shell('<<E'), heredocs: [{ body: '1\n' }] },
    ],
  ])('%j', (line, trigger, instruction) => {
    expect(instructionOf(line)).toMatchObject({ keyword: 'ONBUILD', trigger, instruction });
  });

  test('the trigger has places and a text of its own', () => {
    expect(instructionOf('ONBUILD USER u')).toMatchObject({
      text: 'ONBUILD USER u',
      flags: [],
      instruction: { text: 'USER u', range: { start: { line: 2, column: 9 }, end: { line: 2, column: 15 } } },
    });
  });
});

test('flags are listed as written, quotes removed, with their places', () => {
  expect(instructionOf('COPY --link --chown="a b" --exclude=x --exclude=y a b').flags).toEqual([
    { name: 'link', value: 'true', range: { start: { line: 2, column: 6 }, end: { line: 2, column: 12 } } },
    { name: 'chown', value: 'a b', range: { start: { line: 2, column: 13 }, end: { line: 2, column: 26 } } },
    { name: 'exclude', value: 'x', range: { start: { line: 2, column: 27 }, end: { line: 2, column: 38 } } },
    { name: 'exclude', value: 'y', range: { start: { line: 2, column: 39 }, end: { line: 2, column: 50 } } },
  ]);
});

test('warnings do not make an instruction unknown', () => {
  const { instructions, diagnostics } = parse('FROM a\nCMD ["b",\nARG c="d');
  expect(instructions.map(({ keyword }) => keyword)).toEqual(['FROM', 'CMD', 'ARG']);
  expect(briefs(diagnostics)).toEqual([
    '2:5-2:10 warning not a valid JSON array, so it is taken as a shell command',
    '3:7-3:8 warning the quote is never closed',
  ]);
});
