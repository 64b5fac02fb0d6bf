// Instructions that make no layer: what they leave in the config, and their rows of history as today's BuildKit writes them.
import { describe, expect, test } from 'vitest';
import { workingDir } from '../../src/build/metadata-step.ts';
import { childState, scratchState } from '../../src/build/stage-state.ts';
import { AMD64, PATH, after, history } from './stage-steps.ts';

describe('history', () => {
  test.each([
    ['ENV A=1', 'ENV A=1'],
    ['ENV A=1 B="b c"', 'ENV A=1 B=b c'],
    ['ENV A b  c', 'ENV A=b  c'],
    ['ENV A=$PATH-x', `ENV A=${PATH.slice('PATH='.length)}-x`],
    ['LABEL a=b "c d"=\'e $f\'', 'LABEL a=b c d=e $f'],
    ['ARG A', 'ARG A'],
    ['ARG A=', 'ARG A='],
    ['ARG A=1 B C="x y"', 'ARG A=1 B C=x y'],
    ['CMD echo "hi"', 'CMD ["/bin/sh" "-c" "echo \\"hi\\""]'],
    ['CMD ["a","b c"]', 'CMD ["a" "b c"]'],
    ['CMD []', 'CMD []'],
    ['CMD ["tab\\tnew\\n"]', 'CMD ["tab\\tnew\\n"]'],
    ['ENTRYPOINT ["/x"]', 'ENTRYPOINT ["/x"]'],
    ['ENTRYPOINT /x', 'ENTRYPOINT ["/bin/sh" "-c" "/x"]'],
    ['SHELL ["/bin/bash","-o","pipefail","-c"]', 'SHELL [/bin/bash -o pipefail -c]'],
    ['USER 1000:1000', 'USER 1000:1000'],
    ['VOLUME /a /b', 'VOLUME [/a /b]'],
    ['VOLUME ["/a","/b c"]', 'VOLUME [/a /b c]'],
    ['EXPOSE 80', 'EXPOSE [80/tcp]'],
    ['EXPOSE 80 53/udp', 'EXPOSE [53/udp 80/tcp]'],
    ['EXPOSE 8-10', 'EXPOSE [8/tcp 9/tcp 10/tcp]'],
    ['EXPOSE 80 80', 'EXPOSE [80/tcp 80/tcp]'],
    ['EXPOSE $NONE', 'EXPOSE []'],
    ['STOPSIGNAL SIGQUIT', 'STOPSIGNAL SIGQUIT'],
    ['MAINTAINER  Some One  <x@y>', 'MAINTAINER Some One  <x@y>'],
    [
      'HEALTHCHECK --interval=5s CMD true',
      'HEALTHCHECK {Test:[CMD-SHELL true] Interval:5s Timeout:0s StartPeriod:0s StartInterval:0s Retries:0}',
    ],
    [
      'HEALTHCHECK --timeout=1m30s --start-period=1h --start-interval=5ms --retries=3 CMD ["a", "b"]',
      'HEALTHCHECK {Test:[CMD a b] Interval:0s Timeout:1m30s StartPeriod:1h0m0s StartInterval:5ms Retries:3}',
    ],
    [
      'HEALTHCHECK NONE',
      'HEALTHCHECK {Test:[NONE] Interval:0s Timeout:0s StartPeriod:0s StartInterval:0s Retries:0}',
    ],
  ])('of %s', (line, expected) => {
    expect(history(line)).toEqual([expected]);
  });

  test('a row is empty and says who wrote it, and nothing else', () => {
    expect(after(['MAINTAINER me', 'ENV A=1']).history).toEqual([
      { created_by: 'MAINTAINER me', comment: 'buildkit.dockerfile.v0', empty_layer: true },
      { created_by: 'ENV A=1', comment: 'buildkit.dockerfile.v0', empty_layer: true },
    ]);
  });

  test('ONBUILD leaves none', () => {
    expect(history('ONBUILD RUN x')).toEqual([]);
  });

  test('the value of what is called like a secret is masked', () => {
    const lines = ['ARG API_TOKEN=canary', 'ARG DB_PASSWORD', 'RUN true', 'ARG GPG_KEY_VERSION=7'];
    const rows = history(lines, { args: { DB_PASSWORD: 'canary' } });
    expect(rows).toEqual([
      'ARG API_TOKEN=***',
      'ARG DB_PASSWORD=***',
      'RUN |2 API_TOKEN=*** DB_PASSWORD=*** /bin/sh -c true # buildkit',
      'ARG GPG_KEY_VERSION=7',
    ]);
  });
});

describe('config', () => {
  test('ENV replaces at its place', () => {
    const { config } = after(['ENV A=1 B=2', 'ENV A=3 C=4']);
    expect(config.Env).toEqual([PATH, 'A=3', 'B=2', 'C=4']);
  });

  test('all words of one ENV see the variables before it', () => {
    expect(after(['ENV abc=hello', 'ENV abc=bye def=$abc', 'ENV ghi=$abc']).config.Env?.slice(1)).toEqual([
      'abc=bye',
      'def=hello',
      'ghi=bye',
    ]);
  });

  test('LABEL adds to those that are there, key and value expanded', () => {
    const { config } = after(['ENV K=key', 'LABEL a=1 $K=2', 'LABEL a=3', 'LABEL __proto__=p']);
    expect(Object.entries(config.Labels!)).toEqual([
      ['a', '3'],
      ['key', '2'],
      ['__proto__', 'p'],
    ]);
  });

  test.each([
    [['CMD a'], undefined, ['/bin/sh', '-c', 'a']],
    [['ENTRYPOINT ["e"]', 'CMD ["c"]'], ['e'], ['c']],
    [['CMD ["c"]', 'ENTRYPOINT ["e"]'], ['e'], ['c']],
    [['CMD ["c"]', 'CMD ["d"]'], undefined, ['d']],
    [['ENTRYPOINT ["e"]', 'ENTRYPOINT ["f"]'], ['f'], undefined],
  ])('of %j in one stage', (lines, entrypoint, cmd) => {
    const { config } = after(lines);
    expect([config.Entrypoint, config.Cmd]).toEqual([entrypoint, cmd]);
  });

  test('CMD says that its words are as they are to be', () => {
    expect(after('CMD ["a"]').config.ArgsEscaped).toBe(true);
    expect(after('ENTRYPOINT ["a"]').config.ArgsEscaped).toBeUndefined();
  });

  test.each([
    ['ENTRYPOINT ["e"]', undefined],
    ['ENV A=1', ['c']],
  ])('CMD of the stage below %s', (line, cmd) => {
    const state = childState(after('CMD ["c"]'));
    expect(after(line, { state }).config.Cmd).toEqual(cmd);
  });

  test('CMD and ENTRYPOINT take the shell that is set then', () => {
    const { config } = after(['SHELL ["/sh1"]', 'ENTRYPOINT e', 'SHELL ["/sh2","-x"]', 'CMD c']);
    expect([config.Entrypoint, config.Cmd]).toEqual([
      ['/sh1', 'e'],
      ['/sh2', '-x', 'c'],
    ]);
  });

  test('a base with an empty SHELL has that of everybody', () => {
    const scratch = scratchState(AMD64);
    const state = { ...scratch, config: { ...scratch.config, Shell: [] } };
    expect(after('CMD c', { state }).config.Cmd).toEqual(['/bin/sh', '-c', 'c']);
  });

  test('HEALTHCHECK has nanoseconds, and nothing that is inherited', () => {
    expect(after('HEALTHCHECK --interval=5s --retries=2 CMD a b').config.Healthcheck).toEqual({
      Test: ['CMD-SHELL', 'a b'],
      Interval: 5_000_000_000,
      Retries: 2,
    });
    expect(after('HEALTHCHECK NONE').config.Healthcheck).toEqual({ Test: ['NONE'] });
  });

  test('EXPOSE and VOLUME add to those that are there', () => {
    const { config } = after(['ENV P="90 91/udp" V=/v', 'EXPOSE 80', 'EXPOSE $P', 'VOLUME /a', 'VOLUME $V']);
    expect(config.ExposedPorts).toEqual({ '80/tcp': {}, '90/tcp': {}, '91/udp': {} });
    expect(config.Volumes).toEqual({ '/a': {}, '/v': {} });
  });

  test('ONBUILD adds', () => {
    expect(after(['ONBUILD RUN a', 'ONBUILD  COPY --chown=1 a b']).config.OnBuild).toEqual([
      'RUN a',
      'COPY --chown=1 a b',
    ]);
  });

  test('MAINTAINER is the author', () => {
    expect(after('MAINTAINER me').author).toBe('me');
  });
});

describe('ARG and ENV', () => {
  const valueOf = (lines: readonly string[], options = {}): string | undefined =>
    after([...lines, 'LABEL x=$X'], options).config.Labels?.['x'];

  test.each([
    ['the default', ['ARG X=1'], {}, '1'],
    ['what is given', ['ARG X=1'], { X: '2' }, '2'],
    ['what is given to one without a default', ['ARG X'], { X: '2' }, '2'],
    ['what is given empty', ['ARG X=1'], { X: '' }, ''],
    ['nothing before the ARG', [], { X: '2' }, ''],
    ['ENV after it', ['ARG X=1', 'ENV X=2'], { X: '3' }, '2'],
    ['ARG after ENV', ['ENV X=1', 'ARG X=2'], {}, '2'],
    ['ARG without a value after ENV', ['ENV X=1', 'ARG X'], {}, '1'],
    ['what is given after ENV', ['ENV X=1', 'ARG X'], { X: '2' }, '2'],
    ['a default from ENV', ['ENV A=a', 'ARG X=$A-x'], {}, 'a-x'],
    ['one of the same line', ['ARG A=1 X=$A'], {}, '1'],
    ['one of the same line that is given', ['ARG A=1 X=$A'], { A: '5' }, '5'],
    ['itself', ['ARG X=1', 'ARG X=$X$X'], {}, '11'],
    ['given text is not expanded', ['ARG X=1'], { X: '$PATH' }, '$PATH'],
    ['a default that cannot be expanded is not looked at', ['ARG X=${NO:?no}'], { X: '1' }, '1'],
  ])('a stage sees %s', (_, lines, args, expected) => {
    expect(valueOf(lines, { args })).toBe(expected);
  });

  test.each([
    ['not by itself', [], {}, ''],
    ['when it is declared', ['ARG X'], {}, 'global'],
    ['unless it has a default of its own', ['ARG X=own'], {}, 'own'],
    ['unless it is given', ['ARG X'], { X: 'given' }, 'given'],
  ])('an ARG above FROM is seen %s', (_, lines, args, expected) => {
    expect(valueOf(lines, { args, globals: { X: 'global' } })).toBe(expected);
  });

  test('an ARG does not go into the image', () => {
    expect(after(['ARG X=1', 'ENV Y=$X']).config.Env).toEqual([PATH, 'Y=1']);
  });

  test('the history tells the value that counts', () => {
    const options = { args: { A: '9' }, globals: { B: 'g' } };
    expect(history(['ARG A=1 B C', 'ARG D=$A'], options)).toEqual(['ARG A=9 B=g C', 'ARG D=9']);
  });

  test('a child sees what its parent declared, and its RUN tells it', () => {
    const state = childState(after(['ARG A=1', 'ENV E=2']));
    expect(history(['RUN x', 'ARG B=$A$E', 'RUN y'], { state })).toEqual([
      'RUN |1 A=1 /bin/sh -c x # buildkit',
      'ARG B=12',
      'RUN |2 A=1 B=12 /bin/sh -c y # buildkit',
    ]);
  });
});

describe('errors', () => {
  test.each([
    ['EXPOSE http', /^build line 2: "http" is no port$/],
    ['STOPSIGNAL SIGNOPE', /^build line 2: "SIGNOPE" is no signal$/],
    ['STOPSIGNAL 0', /^build line 2: "0" is no signal$/],
    ['VOLUME $NONE', /^build line 2: VOLUME has an empty path$/],
    ['ENV A="${B:?must be set}"', /^build line 2: .*must be set/],
    ['LABEL a=${', /^build line 2: /],
  ])('%s', (line, message) => {
    expect(() => after(line)).toThrow(
      expect.objectContaining({
        code: 'invalid-dockerfile',
        message: expect.stringMatching(message) as string,
        data: {
          diagnostics: [
            expect.objectContaining({
              severity: 'error',
              range: expect.objectContaining({ start: { line: 2, column: 1 } }) as object,
            }),
          ],
        },
      }),
    );
  });

  test.each(['15', 'KILL', 'sigterm', 'SIGRTMIN+3', '64'])(
    'STOPSIGNAL %s is one, kept as written',
    (text) => {
      expect(after(`STOPSIGNAL ${text}`).config.StopSignal).toBe(text);
    },
  );

  test('what comes from an image is not shown as it is', () => {
    expect(() => after('STOPSIGNAL \u001b[31mred')).toThrow(/^build line 2: "\\u001b\[31mred" is no signal$/);
  });
});

describe('WORKDIR', () => {
  test.each([
    ['', '/a', '/a'],
    ['', 'a', '/a'],
    ['/', 'a/b', '/a/b'],
    ['/w', 'a', '/w/a'],
    ['/w', './a/../b', '/w/b'],
    ['/w', '../../..', '/'],
    ['/w', '/', '/'],
    ['/w', '/a/', '/a'],
    ['/w', '//a///b//', '/a/b'],
    ['/w', '.', '/w'],
    ['/w', '', '/w'],
    ['w', 'a', '/w/a'],
    ['/w', '/proc/self/fd/3', '/proc/self/fd/3'],
  ])('in %j, %j leads to %j', (before, path, expected) => {
    const state = { ...scratchState(AMD64), config: { WorkingDir: before } };
    expect(workingDir(state, path)).toBe(expected);
  });

  test('is expanded', () => {
    expect(after(['ENV D=/a', 'WORKDIR $D/b', 'WORKDIR ${D#/}']).config.WorkingDir).toBe('/a/b/a');
  });
});
