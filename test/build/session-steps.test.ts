// Steps of a plan, and what of an edited Dockerfile is still done.
import { describe, expect, test } from 'vitest';
import {
  plannedSteps,
  sameSteps,
  stepBefore,
  stepIndex,
  triggerSteps,
} from '../../src/build/session-steps.ts';
import { type BuildPlan, planStages } from '../../src/build/stages.ts';
import { AMD64, dockerfile } from './stage-steps.ts';

function planOf(text: string): BuildPlan {
  return planStages(dockerfile(text), {
    args: new Map(),
    contexts: new Set(),
    buildPlatform: AMD64,
    targetPlatform: AMD64,
  });
}

function steps(text: string): ReturnType<typeof plannedSteps> {
  return plannedSteps(planOf(text));
}

const TEXT = `FROM x AS a
RUN 1
ENV A=1
FROM y AS unused
RUN never
FROM z
COPY --from=a /f /
CMD c
`;

describe('steps', () => {
  test('are every instruction of the stages that are needed, called by their places', () => {
    expect(
      steps(TEXT).map(({ id, stage, stageName, index, instruction }) => [
        id,
        stage,
        stageName,
        index,
        instruction.keyword,
      ]),
    ).toEqual([
      ['0.0', 0, 'a', 0, 'FROM'],
      ['0.1', 0, 'a', 1, 'RUN'],
      ['0.2', 0, 'a', 2, 'ENV'],
      ['2.0', 2, undefined, 0, 'FROM'],
      ['2.1', 2, undefined, 1, 'COPY'],
      ['2.2', 2, undefined, 2, 'CMD'],
    ]);
  });

  test('are pending', () => {
    expect(steps('FROM x')[0]).toMatchObject({
      status: 'pending',
      isTrigger: false,
      hasLayer: false,
      warnings: [],
      image: undefined,
    });
  });

  test('of triggers stand behind FROM with names of their own', () => {
    const { stages } = planOf(TEXT);
    const triggers = triggerSteps(stages[2]!, stages[0]!.instructions);
    expect(triggers.map(({ id, stage, index, isTrigger }) => [id, stage, index, isTrigger])).toEqual([
      ['2.0+1', 2, 0, true],
      ['2.0+2', 2, 0, true],
    ]);
  });

  test('stand on the one before in their stage', () => {
    const all = steps(TEXT);
    expect(all.map((_, at) => stepBefore(all, at)?.id)).toEqual([
      undefined,
      '0.0',
      '0.1',
      undefined,
      '2.0',
      '2.1',
    ]);
    expect([stepIndex(all, '2.1'), stepIndex(all, 'none')]).toEqual([4, -1]);
    expect(stepBefore(all, 99)).toBeUndefined();
  });
});

describe('after an edit', () => {
  test.each([
    ['nothing changed', TEXT, 6],
    ['a comment and empty lines', TEXT.replace('RUN 1', '\n# new\n\nRUN 1'), 6],
    ['the first step', TEXT.replace('FROM x', 'FROM xx'), 0],
    ['the name of a stage', TEXT.replace('AS a', 'AS b').replace('=a', '=b'), 0],
    ['a step in the middle', TEXT.replace('ENV A=1', 'ENV A=2'), 2],
    ['a blank in RUN', TEXT.replace('RUN 1', 'RUN 1 && \\\n   2'), 1],
    ['one more at the end', `${TEXT}CMD d\n`, 6],
    ['the last one away', TEXT.replace('CMD c\n', ''), 5],
    ['one in between', TEXT.replace('ENV', 'LABEL a=b\nENV'), 2],
    ['a stage that is not needed', TEXT.replace('RUN never', 'RUN ever'), 6],
    ['another stage is the source', TEXT.replace('--from=a', '--from=q'), 0],
  ])('%s', (_, text, kept) => {
    expect(sameSteps(steps(TEXT), steps(text))).toBe(kept);
  });

  test.each([
    ['the text of a heredoc', 'RUN <<E\na\nE\n', 'RUN <<E\nb\nE\n'],
    ['the quotes of a heredoc', 'COPY <<E /f\n$a\nE\n', 'COPY <<"E" /f\n$a\nE\n'],
    ['a mount', 'RUN --mount=type=cache,target=/a x\n', 'RUN --mount=type=cache,target=/b x\n'],
    ['a flag', 'COPY --chmod=644 a b\n', 'COPY --chmod=600 a b\n'],
    ['a label called range', 'LABEL range=1\n', 'LABEL range=2\n'],
    ['a label called comments', 'LABEL comments=1\n', 'LABEL comments=2\n'],
  ])('%s counts', (_, before, after) => {
    expect(sameSteps(steps(`FROM x\n${before}`), steps(`FROM x\n${after}`))).toBe(1);
    expect(sameSteps(steps(`FROM x\n${before}`), steps(`FROM x\n\n${before}`))).toBe(2);
  });
});
