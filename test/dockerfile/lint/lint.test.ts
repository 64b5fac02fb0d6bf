import { describe, expect, test } from 'vitest';
import { CHECKS } from '../../../src/dockerfile/lint/findings.ts';
import { lint } from '../../../src/dockerfile/lint/lint.ts';
import { parse } from '../../../src/dockerfile/parse.ts';
import { diagnose, found } from './lint-rows.ts';

describe('upper and lower case', () => {
  test.each([
    ['FROM scratch AS base', ''],
    ['FROM scratch AS Base', '1:StageNameCasing'],
    ['FROM scratch AS bUILD-1', '1:StageNameCasing'],
    ['FROM scratch as base', '1:FromAsCasing'],
    ['from scratch AS base', '1:FromAsCasing'],
    ['from scratch as base', ''],
    ['FROM scratch As base', '1:FromAsCasing'],
    ['From scratch as base', '1:ConsistentInstructionCasing'],
    ['FROM scratch|copy a b|RUN x', '2:ConsistentInstructionCasing'],
    ['from scratch|copy a b|RUN x', '3:ConsistentInstructionCasing'],
    ['FROM scratch|Copy a b', '2:ConsistentInstructionCasing'],
    ['FROM scratch|copy a b', '2:ConsistentInstructionCasing'],
    ['from scratch|Copy a b|rUn x', '2:ConsistentInstructionCasing 3:ConsistentInstructionCasing'],
    ['arg A|FROM scratch', ''],
    ['FROM scratch|ONBUILD run x', ''],
    ['FROM scratch|onbuild RUN x', '2:ConsistentInstructionCasing'],
  ])('%s', (lines, expected) => {
    expect(found(lines)).toBe(expected);
  });

  test('the keyword alone is marked, with what to write', () => {
    expect(diagnose('FROM scratch|  Copy a b')[0]).toMatchObject({
      range: { start: { line: 2, column: 3 }, end: { line: 2, column: 7 } },
      hint: 'write COPY',
    });
  });
});

describe('stages', () => {
  test.each([
    ['FROM scratch AS a|FROM scratch AS b', ''],
    ['FROM scratch AS a|FROM scratch AS a', '2:DuplicateStageName'],
    [
      'FROM scratch AS a|FROM scratch|FROM scratch AS a|FROM scratch AS a',
      '3:DuplicateStageName 4:DuplicateStageName',
    ],
    ['FROM scratch AS a|FROM scratch AS A', '2:StageNameCasing 2:DuplicateStageName'],
    ['FROM scratch AS scratch', '1:ReservedStageName'],
    ['FROM scratch AS context', '1:ReservedStageName'],
    ['FROM scratch AS contexts', ''],
  ])('%s', (lines, expected) => {
    expect(found(lines)).toBe(expected);
  });
});

describe('FROM and its variables', () => {
  test.each([
    ['ARG V=1|FROM debian:$V', ''],
    ['FROM debian:$V', '1:UndefinedArgInFrom 1:InvalidDefaultArgInFrom'],
    ['FROM debian:${V:-12}', '1:UndefinedArgInFrom'],
    ['ARG V|FROM debian:$V', '2:InvalidDefaultArgInFrom'],
    ['ARG V|FROM debian:${V:-12}', ''],
    ['ARG V|FROM debian${V:+:$V}', ''],
    ['ARG IMAGE|FROM $IMAGE', '2:InvalidDefaultArgInFrom'],
    ['ARG IMAGE=debian|FROM $IMAGE', ''],
    ['ARG IMAGE=Debian|FROM $IMAGE', '2:InvalidDefaultArgInFrom'],
    ['ARG HOST=reg.example:5000|FROM $HOST/a/b:1', ''],
    ['ARG A=deb|ARG B=${A}ian|FROM $B', ''],
    ['ARG A=deb B=${A}ian|FROM $B', ''],
    ['FROM app-$TARGETARCH', ''],
    ['FROM $TARGETSTAGE', ''],
    ['FROM a AS x|ARG V|FROM debian:$V', '3:UndefinedArgInFrom 3:InvalidDefaultArgInFrom'],
    ['FROM --platform=$BUILDPLATFORM a', ''],
    ['FROM --platform=$TARGETPLATFORM a', '1:RedundantTargetPlatform'],
    ['FROM --platform=${TARGETPLATFORM} a', '1:RedundantTargetPlatform'],
    ['FROM --platform=${TARGETPLATFORM:-linux/arm64} a', '1:RedundantTargetPlatform'],
    ['FROM --platform=$TARGETOS/$TARGETARCH a', ''],
    ['FROM --platform=linux/$TARGETARCH a', ''],
    ['FROM --platform=$BILDPLATFORM a', '1:UndefinedArgInFrom'],
    ['FROM --platform=linux/amd64 a', '1:FromPlatformFlagConstDisallowed'],
    ['FROM --platform=linux a', '1:FromPlatformFlagConstDisallowed'],
    ['FROM --platform=linux/arm/v7 a AS build', '1:FromPlatformFlagConstDisallowed'],
    ['FROM --platform=linux/arm/v7 a AS build-arm', ''],
    ['FROM --platform=linux/x86_64 a AS build_amd64', ''],
    ['FROM --platform=linux/s390x a AS on-linux', ''],
    ['FROM --platform=arm64 a AS tools_arm64', ''],
    ['FROM --platform=nonsense a', ''],
    ['ARG P=linux/amd64|FROM --platform=$P a', ''],
  ])('%s', (lines, expected) => {
    expect(found(lines)).toBe(expected);
  });

  test('hints', () => {
    expect(diagnose('ARG VERSION=1|FROM debian:$VERSON')[0]!.hint).toBe('did you mean VERSION?');
    expect(diagnose('FROM --platform=$BILDPLATFORM a')[0]!.hint).toBe('did you mean BUILDPLATFORM?');
    expect(diagnose('FROM a:${XYZ:-1}')[0]!.hint).toBe('declare it with ARG above the first FROM');
    expect(diagnose('FROM --platform=linux/amd64 a')[0]!.range.start).toEqual({ line: 1, column: 6 });
  });
});

describe('variables in a stage', () => {
  test.each([
    ['FROM scratch|ENV A=1|COPY $A /', ''],
    ['FROM scratch|COPY $A /', '2:UndefinedVar'],
    ['FROM scratch|COPY a /$A', '2:UndefinedVar'],
    ['FROM scratch|COPY --chown=$A a /', '2:UndefinedVar'],
    ['FROM scratch|COPY --chmod=$A a /', '2:UndefinedVar'],
    ['FROM scratch|COPY $A $A $B /', '2:UndefinedVar 2:UndefinedVar'],
    ["FROM scratch|COPY '$A' \\$A /", ''],
    ['FROM scratch|COPY --exclude=$A a /', ''],
    ['FROM scratch|COPY <<E /a|$A|E', '2:UndefinedVar'],
    ['FROM scratch|COPY <<"E" /a|$A|E', ''],
    ["FROM scratch|COPY <<E /a|'$A'|E", '2:UndefinedVar'],
    ['FROM scratch|ENV A=$B', '2:UndefinedVar'],
    ['FROM scratch|ENV A=1 B=$A', '2:UndefinedVar'],
    ['FROM scratch|ENV A=1|ENV B=$A', ''],
    ['FROM scratch|ENV A=$A', '2:UndefinedVar'],
    ['FROM scratch|ENV PATH=/x:$PATH', ''],
    ['FROM scratch|LABEL a=$B', '2:UndefinedVar'],
    ['FROM scratch|LABEL $B=a', '2:UndefinedVar'],
    ['FROM scratch|USER $U', '2:UndefinedVar'],
    ['FROM scratch|WORKDIR /$W', '2:UndefinedVar'],
    ['FROM scratch|WORKDIR /${W:-x}', '2:UndefinedVar'],
    ['FROM scratch|WORKDIR /${W:?x}', '2:UndefinedVar'],
    ['FROM scratch|STOPSIGNAL $S', '2:UndefinedVar'],
    ['FROM scratch|VOLUME $V', '2:UndefinedVar'],
    ['FROM scratch|VOLUME ["$V"]', '2:UndefinedVar'],
    ['FROM scratch|EXPOSE $P', ''],
    ['FROM scratch|RUN echo $A', ''],
    ['FROM scratch|RUN --mount=type=cache,target=$A x', '2:UndefinedVar'],
    ['FROM scratch|RUN --mount=type=bind,source=$A,target=/$B x', '2:UndefinedVar 2:UndefinedVar'],
    ['FROM scratch|CMD ["$A"]', ''],
    ['FROM scratch|ONBUILD COPY $A /', ''],
    ['FROM scratch|ARG A|COPY $A /', ''],
    ['FROM scratch|ARG A=$B', '2:UndefinedVar'],
    ['FROM scratch|ARG A=1 B=$A|COPY $B /', ''],
    ['FROM scratch|ARG A=$A', '2:UndefinedVar'],
    ['FROM scratch|COPY $A /|ARG A', '2:UndefinedVar'],
    ['ARG A=1|FROM scratch|COPY $A /', '3:UndefinedVar'],
    ['ARG A=1|FROM scratch|ARG A|COPY $A /', ''],
    ['FROM scratch|COPY $TARGETARCH /', '2:UndefinedVar'],
    ['FROM scratch|ARG TARGETARCH|COPY $TARGETARCH /', ''],
    ['FROM scratch AS a|ENV A=1|ARG B|FROM a|COPY $A $B /', ''],
    ['FROM scratch AS a|ENV A=1|FROM scratch|COPY $A /', '4:UndefinedVar'],
    ['FROM scratch AS a|ENV A=1|FROM A AS b|FROM b|COPY $A $C /', '5:UndefinedVar'],
    ['FROM debian|COPY $A /', ''],
    ['FROM debian|ARG VERSION=1|COPY $VERSON /', '3:UndefinedVar'],
    ['ARG A=1|FROM debian|COPY $A /', '3:UndefinedVar'],
    ['# escape=`|FROM scratch|COPY `$A /', ''],
  ])('%s', (lines, expected) => {
    expect(found(lines)).toBe(expected);
  });

  test.each([
    ['FROM node|COPY $NODE_VERSION /', ''],
    ['FROM node|COPY $OTHER /', '2:UndefinedVar'],
    ['ARG I=node|FROM $I|COPY $NODE_VERSION $OTHER /', '3:UndefinedVar'],
    ['FROM node AS a|FROM a|COPY $NODE_VERSION $OTHER /', '3:UndefinedVar'],
    ['FROM other|COPY $OTHER /', ''],
  ])('with the environment of node known: %s', (lines, expected) => {
    const environmentOf = (image: string) =>
      image === 'node' ? ['PATH=/bin', 'NODE_VERSION=24'] : undefined;
    expect(found(lines, { environmentOf })).toBe(expected);
  });

  test.each([
    ['FROM scratch|ENV VERSION=1|COPY $VERSON /', 'did you mean VERSION?'],
    ['ARG A|FROM scratch|COPY $A /', 'repeat ARG A in this stage'],
    ['FROM scratch|COPY $NOTHING_LIKE_IT /', 'declare it with ARG or ENV'],
  ])('%s: %s', (lines, hint) => {
    expect(diagnose(lines)[0]!.hint).toBe(hint);
  });
});

describe('single instructions', () => {
  test.each([
    ['FROM scratch|CMD x', '2:JSONArgsRecommended'],
    ['FROM scratch|ENTRYPOINT x', '2:JSONArgsRecommended'],
    ['FROM scratch|CMD ["x"]', ''],
    ['FROM scratch|CMD []', ''],
    ["FROM scratch|CMD ['x']", '2:JSONArgsRecommended'],
    ['FROM scratch|SHELL ["/bin/bash", "-c"]|CMD x', ''],
    ['FROM scratch AS a|SHELL ["/bin/bash", "-c"]|FROM a|ENTRYPOINT x', ''],
    ['FROM scratch|HEALTHCHECK CMD x', ''],
    ['FROM scratch|CMD ["a"]|CMD ["b"]', '2:MultipleInstructionsDisallowed'],
    [
      'FROM scratch|CMD ["a"]|CMD ["b"]|CMD ["c"]',
      '2:MultipleInstructionsDisallowed 3:MultipleInstructionsDisallowed',
    ],
    ['FROM scratch|ENTRYPOINT ["a"]|ENTRYPOINT ["b"]', '2:MultipleInstructionsDisallowed'],
    ['FROM scratch|HEALTHCHECK NONE|HEALTHCHECK CMD x', '2:MultipleInstructionsDisallowed'],
    ['FROM scratch|CMD ["a"]|ENTRYPOINT ["b"]', ''],
    ['FROM scratch AS a|CMD ["a"]|FROM a|CMD ["b"]', ''],
    ['FROM scratch|MAINTAINER me', '2:MaintainerDeprecated'],
    ['FROM scratch|ENV a b', '2:LegacyKeyValueFormat'],
    ['FROM scratch|LABEL a b', '2:LegacyKeyValueFormat'],
    ['FROM scratch|ENV a=b', ''],
    ['FROM scratch|WORKDIR app', '2:WorkdirRelativePath'],
    ['FROM scratch|WORKDIR app|WORKDIR more', '2:WorkdirRelativePath'],
    ['FROM scratch|WORKDIR /app|WORKDIR more', ''],
    ['FROM scratch|WORKDIR "/my app"', ''],
    ['FROM scratch|ENV D=/d|WORKDIR $D/x', ''],
    ['FROM scratch|ENV D=d|WORKDIR $D/x', '3:WorkdirRelativePath'],
    ['FROM scratch|ARG D|WORKDIR $D', ''],
    ['FROM scratch AS a|WORKDIR /a|FROM a|WORKDIR b', ''],
    ['FROM scratch|EXPOSE 80 443/tcp 53/udp', ''],
    ['FROM scratch|EXPOSE 80/TCP', '2:ExposeProtoCasing'],
    ['FROM scratch|EXPOSE 80/tcp 53/Udp', '2:ExposeProtoCasing'],
    ['FROM scratch|EXPOSE 8080:80', '2:ExposeInvalidFormat'],
    ['FROM scratch|EXPOSE 127.0.0.1:8080:80/TCP', '2:ExposeProtoCasing 2:ExposeInvalidFormat'],
    ['FROM scratch|EXPOSE [::1]:8080:80', '2:ExposeInvalidFormat'],
    ['FROM scratch|ENV P="1/TCP 2:3"|EXPOSE $P', '3:ExposeProtoCasing 3:ExposeInvalidFormat'],
    ['FROM scratch|ARG P|EXPOSE $P/TCP', ''],
  ])('%s', (lines, expected) => {
    expect(found(lines)).toBe(expected);
  });

  test('an empty line in a continued one', () => {
    expect(found('FROM scratch|RUN a \\||  && b')).toBe('3:NoEmptyContinuation');
  });
});

describe('secrets', () => {
  test.each([
    'TOKEN',
    'GITHUB_TOKEN',
    'api_key',
    'DB_PASSWORD_1',
    'Auth',
    'aws_secret_id',
    'apikey',
    'CREDENTIALS',
    'passwd',
  ])('%s is one', (name) => {
    expect(found(`FROM scratch|ARG ${name}`)).toBe('2:SecretsUsedInArgOrEnv');
    expect(found(`FROM scratch|ENV ${name}=x`)).toBe('2:SecretsUsedInArgOrEnv');
  });

  test.each([
    'TOKENS',
    'KEYBOARD',
    'MONKEY',
    'PUBLIC_KEY',
    'TOKEN_FILE',
    'KEY_VERSION',
    'AUTHOR',
    'my-token',
  ])('%s is none', (name) => {
    expect(found(`FROM scratch|ENV ${name}=x`)).toBe('');
  });

  test.each([
    ['ARG TOKEN|FROM scratch', ''],
    ['FROM scratch|LABEL token=x', ''],
    ['FROM scratch|ENV A=1 TOKEN=x KEY=y', '2:SecretsUsedInArgOrEnv 2:SecretsUsedInArgOrEnv'],
  ])('%s', (lines, expected) => {
    expect(found(lines)).toBe(expected);
  });
});

describe('files that are left out', () => {
  const ignored = (path: string) => path === 'secret' || path.startsWith('secret/') || path === '\xc3\xa9';

  test.each([
    ['COPY secret /', '2:CopyIgnoredFile'],
    ['ADD secret /', '2:CopyIgnoredFile'],
    ['COPY ./secret/ /', '2:CopyIgnoredFile'],
    ['COPY /a/../secret/x /', '2:CopyIgnoredFile'],
    ['COPY ../../secret /', '2:CopyIgnoredFile'],
    ['COPY a secret b secret/c /', '2:CopyIgnoredFile 2:CopyIgnoredFile'],
    ['COPY ["secret", "/"]', '2:CopyIgnoredFile'],
    ['COPY é /', '2:CopyIgnoredFile'],
    ['COPY se"cr"et /', '2:CopyIgnoredFile'],
    ['ARG S=secret|COPY $S /', '3:CopyIgnoredFile'],
    ['ARG S|COPY secret$S /', ''],
    ['COPY . /', ''],
    ['COPY / /', ''],
    ['COPY secrets /', ''],
    ['COPY --from=x secret /', ''],
    ['ADD https://secret/secret /', ''],
    ['COPY <<secret /|x|secret', ''],
  ])('%s', (lines, expected) => {
    expect(found(`FROM scratch|${lines}`, { ignored })).toBe(expected);
  });

  test('nothing is said without a context', () => {
    expect(found('FROM scratch|COPY secret /')).toBe('');
  });
});

describe('comments that describe', () => {
  const on = '# check=experimental=InvalidDefinitionDescription|';

  test.each([
    ['# A is it|ARG A|FROM scratch', ''],
    ['# it is A|ARG A|FROM scratch', '3:InvalidDefinitionDescription'],
    ['# A|# more|ARG A|FROM scratch', '4:InvalidDefinitionDescription'],
    ['# B is it|ARG A B|FROM scratch', ''],
    ['FROM scratch|# what|ARG A', '4:InvalidDefinitionDescription'],
    ['# note||ARG A|FROM scratch', ''],
    ['# base is it|FROM scratch AS base', ''],
    ['# the base|FROM scratch AS base', '3:InvalidDefinitionDescription'],
    ['# the base|FROM scratch', ''],
    ['FROM scratch|# what|RUN x', ''],
  ])('%s', (lines, expected) => {
    expect(found(on + lines)).toBe(expected);
    expect(found(lines)).toBe('');
  });

  test('experimental=all, and for one instruction', () => {
    expect(found('# check=experimental=all;skip=all|# x|ARG A|FROM scratch')).toBe(
      '3:InvalidDefinitionDescription',
    );
    expect(found('FROM scratch|# what|# check=experimental=all|ARG A')).toBe('');
    expect(found('FROM scratch|# check=experimental=all|# what|ARG A')).toBe(
      '4:InvalidDefinitionDescription',
    );
  });
});

describe('# check=', () => {
  const bad = 'FROM scratch as A|MAINTAINER me|CMD x|RUN a \\||  b';
  const all =
    '1:FromAsCasing 1:StageNameCasing 2:MaintainerDeprecated 3:JSONArgsRecommended 5:NoEmptyContinuation';

  test.each([
    ['', all],
    ['# check=skip=all|', ''],
    [
      '# check=skip=Nothing|',
      '2:FromAsCasing 2:StageNameCasing 3:MaintainerDeprecated 4:JSONArgsRecommended 6:NoEmptyContinuation',
    ],
    [
      '# check=skip=FromAsCasing,StageNameCasing|',
      '3:MaintainerDeprecated 4:JSONArgsRecommended 6:NoEmptyContinuation',
    ],
    [
      '# check=skip=NoEmptyContinuation, JSONArgsRecommended|',
      '2:FromAsCasing 2:StageNameCasing 3:MaintainerDeprecated 4:JSONArgsRecommended',
    ],
    ['# syntax=docker/dockerfile:1|# check=skip=all|', ''],
    // Behind another comment it belongs to FROM alone.
    ['# note|# check=skip=all|', '4:MaintainerDeprecated 5:JSONArgsRecommended 7:NoEmptyContinuation'],
  ])('%s', (head, expected) => {
    expect(found(head + bad)).toBe(expected);
  });

  test('above an instruction it holds for that one', () => {
    const lines =
      'FROM scratch|# check=skip=LegacyKeyValueFormat|ENV a b|ENV c d|# check=skip=all|ENV TOKEN e';
    expect(found(lines)).toBe('4:LegacyKeyValueFormat');
  });

  test('error=true makes errors', () => {
    expect(diagnose(bad).every(({ severity }) => severity === 'warning')).toBe(true);
    const errors = diagnose(`# check=error=true|${bad}`);
    expect([errors.length, errors.every(({ severity }) => severity === 'error')]).toEqual([5, true]);
    expect(found(`# check=skip=all;error=true|${bad}`)).toBe('');
  });

  test('every check can be found', () => {
    const seen = new Set(
      [
        ...diagnose(
          '# check=experimental=all|# x|ARG A|FROM --platform=linux/s390x q AS Context|from $A$B as context',
        ),
        ...diagnose(
          'FROM --platform=$TARGETPLATFORM a|MAINTAINER m|CMD x|CMD y|ENV KEY v|WORKDIR a|EXPOSE 1:2/TCP|RUN a \\||b',
        ),
        ...diagnose('FROM scratch as a|COPY $X a /', { ignored: () => true }),
      ].map(({ rule }) => rule),
    );
    expect([...seen].sort()).toEqual([...CHECKS].sort());
  });
});

describe('robust', () => {
  test.each([
    '',
    '#',
    'FORM x',
    'ARG',
    'FROM',
    'FROM a AS',
    'COPY a b',
    'FROM a|ENV',
    'FROM ${',
    'FROM a|COPY ${ /',
    'FROM a|EXPOSE ${',
  ])('%j does not throw', (lines) => {
    const source = lines.replaceAll('|', '\n');
    expect(() => lint(source, parse(source))).not.toThrow();
  });

  test('errors of the syntax are not told again', () => {
    const source = 'FROM a\nRUM x\nMAINTAINER me';
    expect(lint(source, parse(source)).map(({ rule }) => rule)).toEqual(['MaintainerDeprecated']);
  });

  test('ten thousand stages on each other', () => {
    const stages = Array.from({ length: 10_000 }, (_, i) => {
      return `FROM ${i === 0 ? 'scratch' : `s${i - 1}`} AS s${i}|ENV V${i}=1|COPY $V${i} $W${i} /`;
    });
    const start = performance.now();
    expect(diagnose(stages.join('|')).length).toBe(10_000);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
