// FROM: what a stage begins with, and the triggers of its base.
import { describe, expect, test } from 'vitest';
import { PassThrough } from 'node:stream';
import { emptyContext } from '../../src/build/context/empty-context.ts';
import type { TakenLayer } from '../../src/build/layer-maker.ts';
import { StageBases } from '../../src/build/stage-bases.ts';
import { type NamedContext } from '../../src/build/sources.ts';
import { type StageState, childState, imageOf } from '../../src/build/stage-state.ts';
import { type BuildPlan, planStages } from '../../src/build/stages.ts';
import { PhylloError } from '../../src/lib/errors.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { layerDescriptor, makeImage } from '../../src/oci/make-image.ts';
import { AMD64, PATH, after, dockerfile } from './stage-steps.ts';

function planOf(lines: readonly string[], contexts: Iterable<string> = []): BuildPlan {
  return planStages(dockerfile(lines), {
    args: new Map(),
    contexts: new Set(contexts),
    buildPlatform: AMD64,
    targetPlatform: AMD64,
  });
}

interface Given {
  /** Configs of images by their names. */
  readonly images?: Readonly<Record<string, object>>;
  readonly contexts?: Readonly<Record<string, NamedContext>>;
  readonly stage?: StageState;
  /** What becomes of the files of a directory. */
  readonly taken?: TakenLayer;
  readonly epochSeconds?: number;
}

const REQUEST = { place: { byWords: 'w', byNumber: 'n' }, noCache: false, runsSoon: false };

function begin(lines: readonly string[], given: Given = {}, index = 0): ReturnType<StageBases['begin']> {
  const { images = {}, contexts = {}, stage, taken, epochSeconds } = given;
  const resolve = async (name: string): Promise<ReturnType<typeof makeImage>> => {
    const config = images[name];
    if (config === undefined) throw new PhylloError('not-found', `find base image ${name}: no`);
    const document = { ...AMD64, rootfs: { type: 'layers', diff_ids: [] }, ...config };
    return makeImage(Buffer.from(JSON.stringify(document)), []);
  };
  const bases = new StageBases(
    {
      build: { epochSeconds, tools: { resolve } },
      contexts: new Map(Object.entries(contexts)),
      layers: { take: async () => taken! },
    },
    planOf(lines, Object.keys(contexts)),
  );
  const io = { stdout: new PassThrough(), stderr: new PassThrough(), signal: new AbortController().signal };
  return bases.begin(index, { ...REQUEST, stageState: async () => stage! }, io);
}

describe('begins with', () => {
  test('nothing but a PATH and a directory', async () => {
    const { state, expanded, hasLayer, verdict, warnings, triggers } = await begin(['FROM scratch AS x']);
    expect(state.config).toEqual({ WorkingDir: '/', Env: [PATH] });
    expect({ expanded, hasLayer, verdict, warnings, triggers }).toEqual({
      expanded: 'FROM scratch AS x',
      hasLayer: false,
      verdict: { kind: 'none' },
      warnings: [],
      triggers: [],
    });
  });

  test('an image', async () => {
    const { state, expanded } = await begin(['FROM x:1'], { images: { 'x:1': { config: { User: 'u' } } } });
    expect([state.config.User, expanded]).toEqual(['u', 'FROM x:1']);
  });

  test('a stage', async () => {
    const stage = after(['ARG A=1', 'ENV B=2']);
    const { state, expanded } = await begin(['FROM x AS a', 'FROM a'], { stage }, 1);
    expect(state).toEqual({ ...childState(stage), config: stage.config });
    expect(expanded).toBe('FROM stage 0');
  });

  test('an image by the name of a context', async () => {
    const contexts = { base: { kind: 'image', reference: 'other:2' } } as const;
    const { state } = await begin(['FROM base'], {
      contexts,
      images: { 'other:2': { config: { User: 'o' } } },
    });
    expect(state.config.User).toBe('o');
  });

  test.each([
    ['of its own time', undefined, '2020-01-02T03:04:05Z'],
    ['of SOURCE_DATE_EPOCH', 1_000_000_000, '2001-09-09T01:46:40Z'],
  ])('the files of a directory: one layer, and a row %s', async (_, epochSeconds, created) => {
    const digest = digestOf('layer');
    const layer = {
      descriptor: layerDescriptor({ digest, size: 5 }),
      diffID: digest,
      created: '2020-01-02T03:04:05Z',
    };
    const { state, ...rest } = await begin(['FROM --platform=linux/arm64 d AS x'], {
      contexts: { d: { kind: 'files', files: async () => emptyContext() } },
      taken: { layer, verdict: { kind: 'hit' } },
      ...(epochSeconds !== undefined && { epochSeconds }),
    });
    expect(rest).toEqual({
      expanded: 'FROM context d AS x',
      hasLayer: true,
      verdict: { kind: 'hit' },
      warnings: [],
      triggers: [],
    });
    expect(state.config).toEqual({ WorkingDir: '/', Env: [PATH] });
    expect(state.history).toEqual([
      { created, created_by: 'local source for d', comment: 'buildkit.exporter.image.v0' },
    ]);
    expect(imageOf(state).config).toMatchObject({
      diffIDs: [digest],
      platform: { os: 'linux', architecture: 'arm64' },
    });
  });

  test('a warning for another platform', async () => {
    const { warnings } = await begin(['FROM x'], { images: { x: { architecture: 'arm64' } } });
    expect(warnings).toEqual(['the base is for linux/arm64, not linux/amd64']);
  });
});

describe('triggers', () => {
  test('are the base’s, at the place of FROM, and gone from the config', async () => {
    const images = { x: { config: { OnBuild: ['RUN make', 'COPY --from=y a b'] } } };
    const { state, triggers } = await begin(['# comment', 'FROM x'], { images });
    expect(state.config.OnBuild).toBeUndefined();
    expect(triggers?.map(({ keyword, text, range }) => [keyword, text, range.start.line])).toEqual([
      ['RUN', 'RUN make', 2],
      ['COPY', 'COPY --from=y a b', 2],
    ]);
  });

  test('of a stage fire in those that stand on it', async () => {
    const stage = after('ONBUILD USER u');
    const { state, triggers } = await begin(['FROM x AS a', 'FROM a'], { stage }, 1);
    expect([state.config.OnBuild, triggers?.length]).toEqual([undefined, 1]);
  });

  test.each(['ONBUILD RUN x', 'FROM y', 'MAINTAINER m', '', 'RUN a\nRUN b', 'NOPE', 'COPY a', '\u001b[2J'])(
    '%j is none',
    async (trigger) => {
      const images = { x: { config: { OnBuild: [trigger] } } };
      await expect(begin(['FROM x'], { images })).rejects.toThrow(
        expect.objectContaining({
          code: 'invalid-dockerfile',
          message: expect.stringMatching(
            /^build line 1: the base image has the trigger [^\p{Cc}]*$/u,
          ) as string,
        }),
      );
    },
  );
});

describe('refuses', () => {
  test('an image that is not there', async () => {
    await expect(begin(['FROM x'])).rejects.toThrow(expect.objectContaining({ code: 'not-found' }));
  });

  test('a directory that cannot be read', async () => {
    const contexts = { d: { kind: 'files', files: () => Promise.reject(new Error('read')) } } as const;
    await expect(begin(['FROM d'], { contexts })).rejects.toThrow('read');
  });
});
