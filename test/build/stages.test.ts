// Which stages a target needs, on what each stands, and what cannot be planned.
import { describe, expect, test } from 'vitest';
import { type BuildPlan, type PlanOptions, planStages, stageTitle } from '../../src/build/stages.ts';
import { AMD64, dockerfile } from './stage-steps.ts';

const ARM64 = { os: 'linux', architecture: 'arm64' } as const;

interface Options {
  readonly args?: Readonly<Record<string, string>>;
  readonly contexts?: readonly string[];
  readonly target?: string;
  readonly targetPlatform?: PlanOptions['targetPlatform'];
}

function plan(lines: readonly string[], options: Options = {}): BuildPlan {
  const { args = {}, contexts = [], target, targetPlatform = AMD64 } = options;
  return planStages(dockerfile(lines), {
    args: new Map(Object.entries(args)),
    contexts: new Set(contexts),
    target,
    buildPlatform: AMD64,
    targetPlatform,
  });
}

/** `0 scratch`, `1 stage 0`, `2 image x`, `3 context y`. */
function bases(lines: readonly string[], options?: Options): readonly string[] {
  return plan(lines, options).stages.map(({ index, base }) => {
    const what = { stage: 'index', image: 'reference', context: 'name', scratch: '' }[base.kind];
    return [index, base.kind, (base as unknown as Record<string, unknown>)[what]].filter(isThere).join(' ');
  });
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== '';
}

describe('bases', () => {
  test.each([
    [['FROM scratch'], ['0 scratch']],
    [['FROM x:1'], ['0 image x:1']],
    [
      ['FROM x AS a', 'FROM a'],
      ['0 image x', '1 stage 0'],
    ],
    [
      ['FROM x AS A', 'FROM a'],
      ['0 image x', '1 stage 0'],
    ],
    [
      ['FROM x AS a', 'FROM A'],
      ['0 image x', '1 image A'],
    ],
    [
      ['FROM a', 'FROM x AS a'],
      ['0 image a', '1 image x'],
    ],
    [['FROM a AS a'], ['0 image a']],
    [
      ['FROM x', 'FROM 0'],
      ['0 image x', '1 image 0'],
    ],
    [
      ['FROM x AS a', 'FROM y AS a', 'FROM a'],
      ['0 image x', '1 image y', '2 stage 1'],
    ],
    [
      ['FROM x AS a', 'FROM a AS a', 'FROM a'],
      ['0 image x', '1 stage 0', '2 stage 1'],
    ],
    [
      ['FROM x AS a', 'FROM b'],
      ['0 image x', '1 image b'],
    ],
  ])('%j', (lines, expected) => {
    expect(bases(lines)).toEqual(expected);
  });

  test.each([
    ['alpine', 'alpine'],
    ['alpine:latest', 'alpine'],
    ['docker.io/library/alpine', 'alpine'],
    ['alpine:3', 'alpine:3'],
    ['Not/A reference', 'Not/A reference'],
  ])('FROM %j is the context %j', (name, context) => {
    const from = `FROM ${name.includes(' ') ? '$N' : name}`;
    expect(bases(['ARG N', from], { args: { N: name }, contexts: [context] })).toEqual([
      `0 context ${context}`,
    ]);
  });

  test('a context of another tag is another', () => {
    expect(bases(['FROM alpine:3'], { contexts: ['alpine'] })).toEqual(['0 image alpine:3']);
  });

  test('a context takes the place of a stage, never of scratch', () => {
    const contexts = ['a', 'scratch'];
    expect(bases(['FROM scratch AS a', 'FROM a'], { contexts })).toEqual(['0 scratch', '1 context a']);
  });
});

describe('arguments above FROM', () => {
  const reference = (lines: readonly string[], options?: Options): string => bases(lines, options)[0]!;

  test.each([
    ['a default', ['ARG T=1', 'FROM x:$T'], {}, 'x:1'],
    ['what is given', ['ARG T=1', 'FROM x:$T'], { T: '2' }, 'x:2'],
    ['what is given to nothing', ['FROM x:${T:-0}'], { T: '2' }, 'x:0'],
    ['one from another', ['ARG A=1', 'ARG T=$A.0', 'FROM x:$T'], {}, 'x:1.0'],
    ['one from another of the line', ['ARG A=1 T=$A.0', 'FROM x:$T'], {}, 'x:1.0'],
    ['one from another that is given', ['ARG A=1', 'ARG T=$A.0', 'FROM x:$T'], { A: '2' }, 'x:2.0'],
    ['what is given is not expanded again', ['ARG A=1', 'ARG T', 'FROM x:${T#?}'], { T: '$A' }, 'x:A'],
    ['the last one', ['ARG T=1', 'ARG T=2', 'FROM x:$T'], {}, 'x:2'],
    ['one said again without a value', ['ARG T=1', 'ARG T', 'FROM x:$T'], {}, 'x:1'],
    ['a platform', ['FROM x:$TARGETARCH'], {}, 'x:amd64'],
    ['a platform that is given', ['FROM x:$TARGETARCH'], { TARGETARCH: 'mine' }, 'x:mine'],
    ['a default that is not looked at', ['ARG T=${N:?no}', 'FROM x:$T'], { T: '1' }, 'x:1'],
  ])('%s', (_, lines, args, expected) => {
    expect(reference(lines, { args })).toBe(`0 image ${expected}`);
  });

  test('those below FROM do not count for the next one', () => {
    expect(() => plan(['FROM x', 'ARG T=1', 'FROM $T'])).toThrow(/base name "\$T" is empty/);
  });

  test('are kept for stages', () => {
    const { globals } = plan(['ARG A=1 B', 'FROM x'], { args: { B: 'b', C: 'c' } });
    expect([globals.get('A'), globals.get('B'), globals.has('C')]).toEqual(['1', 'b', false]);
  });

  test.each([
    [['FROM x AS One', 'FROM y AS Last'], undefined, 'last'],
    [['FROM x AS one', 'FROM y'], undefined, 'default'],
    [['FROM x AS one', 'FROM y'], 'one', 'one'],
  ])('TARGETSTAGE of %j for the target %s is %s', (lines, target, expected) => {
    const { globals } = plan(lines, target === undefined ? {} : { target });
    expect(globals.get('TARGETSTAGE')).toBe(expected);
  });

  test('tell both platforms', () => {
    const platform = { os: 'linux', architecture: 'arm', variant: 'v7' } as const;
    const { globals } = plan(['FROM x'], { targetPlatform: platform });
    expect(Object.fromEntries(globals)).toEqual({
      BUILDPLATFORM: 'linux/amd64',
      BUILDOS: 'linux',
      BUILDOSVERSION: '',
      BUILDARCH: 'amd64',
      BUILDVARIANT: '',
      TARGETPLATFORM: 'linux/arm/v7',
      TARGETOS: 'linux',
      TARGETOSVERSION: '',
      TARGETARCH: 'arm',
      TARGETVARIANT: 'v7',
      TARGETSTAGE: 'default',
    });
  });
});

describe('platforms', () => {
  test.each([
    [['FROM x'], ['arm64']],
    [['FROM --platform=linux/amd64 x'], ['amd64']],
    [['FROM --platform=$BUILDPLATFORM x'], ['amd64']],
    [
      ['FROM --platform=$BUILDPLATFORM x AS a', 'FROM a'],
      ['amd64', 'amd64'],
    ],
    [
      ['FROM x AS a', 'FROM --platform=$BUILDPLATFORM a'],
      ['arm64', 'arm64'],
    ],
  ])('%j', (lines, expected) => {
    const { stages } = plan(lines, { targetPlatform: ARM64 });
    expect(stages.map(({ platform }) => platform.architecture)).toEqual(expected);
  });
});

describe('what the target needs', () => {
  const DIAMOND = [
    'FROM x AS base',
    'FROM base AS left',
    'FROM base AS right',
    'FROM y AS unused',
    'COPY --from=left a b',
    'FROM scratch',
    'COPY --from=right /r /',
    'COPY --from=left /l /',
  ];

  test.each([
    ['the last one', DIAMOND, undefined, [0, 1, 2, 4]],
    ['one in the middle', DIAMOND, 'unused', [0, 1, 3]],
    ['the first', DIAMOND, 'base', [0]],
    ['by its number', DIAMOND, '2', [0, 2]],
    ['in any case', DIAMOND, 'LEFT', [0, 1]],
    ['by nothing', DIAMOND, '', [0, 1, 2, 4]],
    ['by numbers', ['FROM x', 'FROM y', 'FROM z', 'COPY --from=1 a b'], undefined, [1, 2]],
    ['of a mount', ['FROM x AS a', 'FROM y', 'RUN --mount=from=a,target=/t z'], undefined, [0, 1]],
    [
      'of a trigger in the file',
      ['FROM x AS a', 'FROM y AS b', 'ONBUILD COPY --from=a f /', 'FROM b'],
      undefined,
      [0, 1, 2],
    ],
    [
      'of a trigger that does not fire',
      ['FROM x AS a', 'FROM y AS b', 'ONBUILD COPY --from=a f /'],
      undefined,
      [1],
    ],
    ['an image is no stage', ['FROM x AS a', 'FROM y', 'COPY --from=z a b'], undefined, [1]],
  ])('%s', (_, lines, target, expected) => {
    const { order, target: found } = plan(lines, target === undefined ? {} : { target });
    expect(order).toEqual(expected);
    expect(found).toBe(expected.at(-1));
  });

  test('a context in the place of a stage is not built', () => {
    const lines = ['FROM x AS a', 'FROM y', 'COPY --from=a a b'];
    expect(plan(lines, { contexts: ['a'] }).order).toEqual([1]);
  });

  test('10,000 stages in a row', () => {
    const lines = ['FROM x AS s0', ...Array.from({ length: 9999 }, (_, at) => `FROM s${at} AS s${at + 1}`)];
    const started = performance.now();
    expect(plan(lines).order).toHaveLength(10_000);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe('errors', () => {
  test.each([
    ['itself', ['FROM x AS a', 'COPY --from=a b c'], 2, /stage a needs itself/],
    ['itself by number', ['FROM x', 'COPY --from=0 b c'], 2, /stage 0 needs itself/],
    ['itself by a mount', ['FROM x AS a', 'RUN --mount=from=a,target=/t b'], 2, /stage a needs itself/],
    [
      'a later one',
      ['FROM x', 'COPY --from=b c d', 'FROM y AS b', 'FROM 0', 'FROM x', 'COPY --from=0 a b'],
      2,
      /stage b comes after stage 0, which needs it/,
    ],
    ['one that is not there', ['FROM x', 'COPY --from=7 a b'], 2, /there is no stage 7/],
    ['a huge one', ['FROM x', `COPY --from=${'9'.repeat(30)} a b`], 2, /there is no stage 9+/],
    ['an empty base', ['ARG X', 'FROM $X'], 2, /base name "\$X" is empty/],
    ['an empty platform', ['FROM --platform=$X x'], 1, /the platform is empty/],
    ['what is no platform', ['FROM --platform=a/b/c/d x'], 1, /"a\/b\/c\/d" is no platform/],
    ['a base that cannot be expanded', ['FROM ${X:?no}'], 1, /no/],
  ])('%s', (_, lines, line, message) => {
    expect(() => plan(lines)).toThrow(
      expect.objectContaining({
        code: 'invalid-dockerfile',
        message: expect.stringMatching(message) as string,
        data: {
          diagnostics: [
            expect.objectContaining({
              range: expect.objectContaining({
                start: { line, column: expect.any(Number) as number },
              }) as object,
            }),
          ],
        },
      }),
    );
  });

  test('a later one in a stage that nobody needs is nobody’s trouble', () => {
    expect(plan(['FROM x AS a', 'COPY --from=b c d', 'FROM y AS b']).order).toEqual([1]);
  });

  test.each([
    [['FROM x AS one', 'FROM y AS Two'], 'three', 'Its stages are one, Two.'],
    [['FROM x', 'FROM y'], '2', 'No stage of it has a name.'],
  ])('a target that is not in %j', (lines, target, hint) => {
    expect(() => plan(lines, { target })).toThrow(expect.objectContaining({ code: 'not-found', hint }));
  });
});

test('a stage without a name is called by its number', () => {
  expect(plan(['FROM x AS Name', 'FROM y']).stages.map(stageTitle)).toEqual(['Name', '1']);
});
