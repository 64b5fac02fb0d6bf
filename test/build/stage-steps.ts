// The state of a stage after some lines of a Dockerfile, without anything being built.
import { parse } from '../../src/dockerfile/parse.ts';
import type { Dockerfile } from '../../src/dockerfile/instruction.ts';
import { mustBuild } from '../../src/build/dockerfile-error.ts';
import { Expander } from '../../src/build/expansion.ts';
import { applyMetadata } from '../../src/build/metadata-step.ts';
import { runCommand, runHistory } from '../../src/build/run-command.ts';
import { type StageState, scratchState, withHistory } from '../../src/build/stage-state.ts';

export const AMD64 = { os: 'linux', architecture: 'amd64' } as const;
export const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface StepOptions {
  readonly args?: Readonly<Record<string, string>>;
  readonly globals?: Readonly<Record<string, string>>;
  /** Default: that of `FROM scratch`. */
  readonly state?: StageState;
}

/** Fails for a text with errors. */
export function dockerfile(text: string | readonly string[]): Dockerfile {
  const source = typeof text === 'string' ? text : text.join('\n');
  const file = parse(source);
  mustBuild(file, source, 'Dockerfile');
  return file;
}

/** `lines` stand below FROM; RUN leaves its row of history, no layer. */
export function after(lines: string | readonly string[], options: StepOptions = {}): StageState {
  const { args = {}, globals = {}, state = scratchState(AMD64) } = options;
  const { instructions, directives } = dockerfile(['FROM scratch', ...[lines].flat()]);
  return instructions.slice(1).reduce((now, instruction) => {
    if (instruction.keyword === 'RUN')
      return withHistory(now, runHistory(now, runCommand(now, instruction).argv));
    return applyMetadata(now, instruction as Parameters<typeof applyMetadata>[1], {
      expander: new Expander(now.env, { escape: directives.escape, range: instruction.range }),
      args: new Map(Object.entries(args)),
      globals: new Map(Object.entries(globals)),
    });
  }, state);
}

export function historyOf(state: StageState): readonly (string | undefined)[] {
  return state.history.map(({ created_by: createdBy }) => createdBy);
}

/** What `lines` add to the history. */
export function history(lines: string | readonly string[], options: StepOptions = {}): readonly unknown[] {
  return historyOf(after(lines, options)).slice(options.state?.history.length ?? 0);
}
