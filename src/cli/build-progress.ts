// What a build tells while it goes on: lines for logs, as BuildKit's plain progress has them, or one JSON event a line.
import type { BuildSession, BuildStep, OutputLine, StepId } from '../build/build.ts';
import { safeText } from '../lib/text.ts';
import { missReason, seconds, stepTitle } from './build-words.ts';

export interface BuildReporter {
  /** Stops telling; what was not told yet is. */
  end(): Promise<void>;
}

export type WriteLine = (text: string) => void;

/** `#3 [2/4] COPY src /src`, `#3 0.12 output`, `#3 DONE 0.3s`; a step is told of when it begins. */
export function plainProgress(session: BuildSession, write: WriteLine): BuildReporter {
  const numbers = new Map<StepId, number>();
  const told = new Set<StepId>();
  const begin = (step: BuildStep): number => {
    const known = numbers.get(step.id);
    if (known !== undefined) return known;
    const number = numbers.size + 1;
    numbers.set(step.id, number);
    write(`#${number} ${stepTitle(step, session.steps)}`);
    return number;
  };
  const end = (step: BuildStep): void => {
    if (told.has(step.id)) return;
    told.add(step.id);
    const number = begin(step);
    for (const warning of step.warnings) write(`#${number} WARN: ${warning}`);
    const reason = step.verdict && missReason(step.verdict, session.steps);
    if (reason !== undefined) write(`#${number} cache miss: ${reason}`);
    write(`#${number} ${outcome(step)}`);
    write('');
  };
  const look = (): void => {
    for (const step of session.steps) {
      if (step.status === 'running') begin(step);
      else if (step.status !== 'pending') end(step);
    }
  };
  const said = (id: StepId, line: OutputLine): void => {
    const step = session.steps.find((each) => each.id === id);
    if (step) write(`#${begin(step)} ${(line.atMs / 1000).toFixed(3)} ${safeText(line.text)}`);
  };
  const stops = [session.onChange(look), session.onOutput(said)];
  return {
    end: async () => {
      look();
      for (const stop of stops) stop();
    },
  };
}

function outcome(step: BuildStep): string {
  if (step.status === 'cached') return 'CACHED';
  if (step.status === 'failed') return `ERROR: ${safeText(step.error?.message ?? 'failed')}`;
  return `DONE ${seconds(step.durationMs)}`;
}

/** Events of `phyllo.build-event/1`. */
export function jsonProgress(session: BuildSession, write: (event: object) => void): BuildReporter {
  const states = new Map<StepId, BuildStep['status']>();
  const look = (): void => {
    for (const step of session.steps) {
      if (step.status === (states.get(step.id) ?? 'pending')) continue;
      states.set(step.id, step.status);
      write(stepEvent(step));
    }
  };
  const stops = [
    session.onChange(look),
    session.onOutput((step, { stream, text, atMs }) => write({ event: 'output', step, stream, text, atMs })),
  ];
  return {
    end: async () => {
      look();
      for (const stop of stops) stop();
    },
  };
}

function stepEvent(step: BuildStep): object {
  const { id, stage, stageName, index, instruction, status, verdict, durationMs, image, warnings, error } =
    step;
  const { start, end } = instruction.range;
  return {
    event: 'step',
    step: id,
    stage,
    ...(stageName !== undefined && { stageName }),
    index,
    lines: [start.line, end.line],
    instruction: instruction.text,
    status,
    ...(verdict && { cache: verdict }),
    ...(durationMs !== undefined && { durationMs }),
    ...(image && status !== 'running' && { image: image.id }),
    ...(warnings.length > 0 && { warnings }),
    ...(error && { error: error.message }),
  };
}
