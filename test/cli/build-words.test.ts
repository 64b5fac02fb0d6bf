// Steps and reasons in words, and the events and lines of a build that goes on.
import { describe, expect, test } from 'vitest';
import type { BuildSession, BuildStep, CacheVerdict, OutputLine } from '../../src/build/build.ts';
import { plannedSteps, triggerSteps } from '../../src/build/session-steps.ts';
import { planStages } from '../../src/build/stages.ts';
import { jsonProgress, plainProgress } from '../../src/cli/build-progress.ts';
import { missReason, seconds, stepTitle } from '../../src/cli/build-words.ts';
import { PhylloError } from '../../src/lib/errors.ts';
import { AMD64, dockerfile } from '../build/stage-steps.ts';

function stepsOf(text: string): BuildStep[] {
  const plan = planStages(dockerfile(text), {
    args: new Map(),
    contexts: new Set(),
    buildPlatform: AMD64,
    targetPlatform: AMD64,
  });
  return plannedSteps(plan);
}

describe('titles', () => {
  const titles = (text: string): readonly string[] => {
    const steps = stepsOf(text);
    return steps.map((step) => stepTitle(step, steps));
  };

  test.each([
    ['FROM x\nRUN a', ['[1/2] FROM x', '[2/2] RUN a']],
    ['FROM x AS Name\nRUN a', ['[Name 1/2] FROM x AS Name', '[Name 2/2] RUN a']],
    ['FROM x AS a\nFROM a\nRUN b', ['[a 1/1] FROM x AS a', '[stage-1 1/2] FROM a', '[stage-1 2/2] RUN b']],
    ['FROM x\nRUN a \\\n   b\tc', ['[1/2] FROM x', '[2/2] RUN a b c']],
    ['FROM x\nRUN \u001b[31m\u202e', ['[1/2] FROM x', '[2/2] RUN \\x1b[31m\\u202e']],
    ['FROM x\nCOPY <<E /e\nbody\nE', ['[1/2] FROM x', '[2/2] COPY <<E /e']],
  ])('of %j', (text, expected) => {
    expect(titles(text)).toEqual(expected);
  });

  test('of a trigger says so', () => {
    const [from] = stepsOf('FROM x\nRUN a');
    const trigger = triggerSteps({ index: 0, name: undefined } as Parameters<typeof triggerSteps>[0], [
      dockerfile('FROM x\nRUN a').instructions[1]!,
    ])[0]!;
    expect(stepTitle(trigger, [from!, trigger])).toBe('[2/2] ONBUILD RUN a');
  });
});

describe('reasons', () => {
  const steps = stepsOf('FROM x\nRUN a\nRUN b');
  const changed = (name: string, before?: string, after?: string, step?: string): CacheVerdict => ({
    kind: 'miss',
    why: 'changed',
    difference: { name, before, after, ...(step && { step }) },
  });

  test.each<[CacheVerdict, string | undefined]>([
    [{ kind: 'hit' }, undefined],
    [{ kind: 'none' }, undefined],
    [{ kind: 'miss', why: 'off' }, 'the cache is off'],
    [{ kind: 'miss', why: 'new' }, 'not built before'],
    [{ kind: 'miss', why: 'gone' }, 'its layer is not in the store any more'],
    [{ kind: 'miss', why: 'changed' }, 'changed'],
    [changed('build-arg V', '1', '2'), 'build-arg V: 1 → 2'],
    [changed('build-arg V', undefined, '2'), 'build-arg V is new'],
    [changed('build-arg V', '1'), 'build-arg V is gone'],
    [changed('user', '', 'u'), 'user:  → u'],
    [changed('build-arg T', '*** 0a1b', '*** 2c3d'), 'build-arg T changed'],
    [changed('env V', 'x'.repeat(61), 'y'), 'env V changed'],
    [changed('content of src/app.ts', 'file 644', 'file 600'), 'content of src/app.ts changed'],
    [changed('content of a', undefined, 'x'), 'content of a is new'],
    [changed('x', 'a'.repeat(64), 'b'), 'x changed'],
    [changed('x', `sha256:${'a'.repeat(64)}`, 'b'), 'x changed'],
    [changed('parent', 'a', 'b', '0.1'), 'parent changed at step 2'],
    [changed('parent', 'a', 'b'), 'parent changed'],
    [changed('parent', 'a', 'b', 'none'), 'parent changed'],
    [changed('env \u001b[2J', '\u0007', '\u202e'), 'env \\x1b[2J: \\x07 → \\u202e'],
  ])('of %j', (verdict, expected) => {
    expect(missReason(verdict, steps)).toBe(expected);
  });

  test('seconds have one digit', () => {
    expect([undefined, 0, 49, 50, 1234, 61_000].map(seconds)).toEqual([
      '0.0s',
      '0.0s',
      '0.0s',
      '0.1s',
      '1.2s',
      '61.0s',
    ]);
  });
});

/** A session that does what the test says. */
class Played {
  steps: readonly BuildStep[];
  private readonly changes = new Set<() => void>();
  private readonly outputs = new Set<(step: string, line: OutputLine) => void>();

  constructor(text: string) {
    this.steps = stepsOf(text);
  }

  onChange(listener: () => void): () => void {
    this.changes.add(listener);
    return () => this.changes.delete(listener);
  }

  onOutput(listener: (step: string, line: OutputLine) => void): () => void {
    this.outputs.add(listener);
    return () => this.outputs.delete(listener);
  }

  set(id: string, change: Partial<BuildStep>): void {
    this.steps = this.steps.map((step) => (step.id === id ? { ...step, ...change } : step));
    for (const listener of this.changes) listener();
  }

  say(step: string, text: string, atMs: number, stream: OutputLine['stream'] = 'stdout'): void {
    for (const listener of this.outputs) listener(step, { stream, text, atMs });
  }

  get listeners(): number {
    return this.changes.size + this.outputs.size;
  }
}

describe('plain progress', () => {
  const playedLines = async (play: (session: Played) => void): Promise<readonly string[]> => {
    const session = new Played('FROM x\nRUN a\nRUN b');
    const lines: string[] = [];
    const reporter = plainProgress(session as unknown as BuildSession, (line) => lines.push(line));
    play(session);
    await reporter.end();
    expect(session.listeners).toBe(0);
    return lines;
  };

  test('numbers steps as they begin', async () => {
    const lines = await playedLines((session) => {
      session.set('0.0', { status: 'running' });
      session.set('0.0', { status: 'done', durationMs: 120 });
      session.set('0.1', { status: 'running' });
      session.say('0.1', 'hello', 1234);
      session.say('0.1', '\u001b[2Jevil', 1240, 'stderr');
      session.set('0.1', {
        status: 'done',
        verdict: { kind: 'miss', why: 'new' },
        durationMs: 2000,
        warnings: ['careful'],
      });
      session.set('0.2', { status: 'cached', verdict: { kind: 'hit' } });
    });
    expect(lines).toEqual([
      '#1 [1/3] FROM x',
      '#1 DONE 0.1s',
      '',
      '#2 [2/3] RUN a',
      '#2 1.234 hello',
      '#2 1.240 \\x1b[2Jevil',
      '#2 WARN: careful',
      '#2 cache miss: not built before',
      '#2 DONE 2.0s',
      '',
      '#3 [3/3] RUN b',
      '#3 CACHED',
      '',
    ]);
  });

  test('tells why a step failed', async () => {
    const lines = await playedLines((session) => {
      session.set('0.0', { status: 'failed', error: new PhylloError('io', 'read \u001b: no') });
    });
    expect(lines).toEqual(['#1 [1/3] FROM x', '#1 ERROR: read \\x1b: no', '']);
  });

  test('says nothing twice, and nothing of what was not begun', async () => {
    const lines = await playedLines((session) => {
      session.set('0.0', { status: 'done' });
      session.set('0.0', { durationMs: 5 });
      session.set('0.1', { status: 'running' });
      session.set('0.1', { status: 'pending' });
    });
    expect(lines).toEqual(['#1 [1/3] FROM x', '#1 DONE 0.0s', '', '#2 [2/3] RUN a']);
  });
});

describe('json progress', () => {
  test('has an event for each change of a step, and each line', async () => {
    const session = new Played('FROM x AS s\nRUN a');
    const events: object[] = [];
    const reporter = jsonProgress(session as unknown as BuildSession, (event) => events.push(event));
    session.set('0.1', { status: 'running' });
    session.set('0.1', { startedMs: 1 });
    session.say('0.1', 'hello', 7, 'stderr');
    session.set('0.1', {
      status: 'failed',
      durationMs: 9,
      error: new PhylloError('io', 'no'),
      warnings: ['w'],
    });
    await reporter.end();
    expect(session.listeners).toBe(0);
    const step = {
      event: 'step',
      step: '0.1',
      stage: 0,
      stageName: 's',
      index: 1,
      lines: [2, 2],
      instruction: 'RUN a',
    };
    expect(events).toEqual([
      { ...step, status: 'running' },
      { event: 'output', step: '0.1', stream: 'stderr', text: 'hello', atMs: 7 },
      { ...step, status: 'failed', durationMs: 9, warnings: ['w'], error: 'no' },
    ]);
  });
});
