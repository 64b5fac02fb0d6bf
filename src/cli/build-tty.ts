// A build on a terminal: finished steps scroll away, those that run stay below with their last lines.
import type { BuildSession, BuildStep } from '../build/build.ts';
import { safeText } from '../lib/text.ts';
import type { BuildReporter } from './build-progress.ts';
import { missReason, seconds, stepTitle } from './build-words.ts';
import type { CliOutput } from './io.ts';
import { progressText } from './progress.ts';

const EVERY_MS = 100;
const LAST_LINES = 6;
const DEFAULT_COLUMNS = 80;
const FAILED_LINES = 40;

export function ttyProgress(session: BuildSession, stream: CliOutput): BuildReporter {
  const told = new Set<string>();
  let liveRows = 0;
  let lastText = '';
  const draw = (isOver: boolean): void => {
    const columns = (stream.columns || DEFAULT_COLUMNS) - 1;
    const done = session.steps.filter(({ id, status }) => isEnded(status) && !told.has(id));
    for (const { id } of done) told.add(id);
    const fixed = done.flatMap((step) => endedRows(step, session)).map((row) => cut(row, columns));
    const live = isOver ? [] : liveRowsOf(session).map((row) => cut(row, columns));
    const text = live.join('\n');
    if (fixed.length === 0 && text === lastText) return;
    lastText = text;
    const up = liveRows === 0 ? '' : `\x1b[${liveRows}A\r`;
    stream.write(`${up}\x1b[J${[...fixed, ...live].map((row) => `${row}\n`).join('')}`);
    liveRows = live.length;
  };
  const timer = setInterval(() => draw(false), EVERY_MS);
  return {
    end: async () => {
      clearInterval(timer);
      draw(true);
    },
  };
}

function isEnded(status: BuildStep['status']): boolean {
  return status === 'done' || status === 'cached' || status === 'failed';
}

function endedRows(step: BuildStep, session: BuildSession): string[] {
  const mark = { done: '✓', cached: '⚡', failed: '✗' }[step.status as 'done' | 'cached' | 'failed'];
  const reason = step.verdict && missReason(step.verdict, session.steps);
  const took = step.status === 'cached' ? 'cached' : seconds(step.durationMs);
  const rows = [
    `${mark} ${stepTitle(step, session.steps)}  ${took}${reason === undefined ? '' : `  (${reason})`}`,
  ];
  for (const warning of step.warnings) rows.push(`  warning: ${warning}`);
  if (step.status !== 'failed') return rows;
  const output = session.output(step.id).slice(-FAILED_LINES);
  return [...rows, ...output.map(({ text }) => `  ${safeText(text)}`)];
}

function liveRowsOf(session: BuildSession): string[] {
  const running = session.steps.filter(({ status }) => status === 'running');
  const rows = running.flatMap((step) => [
    `▶ ${stepTitle(step, session.steps)}  ${seconds(step.startedMs === undefined ? 0 : Date.now() - step.startedMs)}`,
    ...session
      .output(step.id)
      .slice(-LAST_LINES)
      .map(({ text }) => `  ${safeText(text)}`),
  ]);
  const { progress } = session;
  return progress ? [...rows, `  ${progressText(progress, 0, 0)}`] : rows;
}

/** By characters: a wide one too many is no harm here. */
function cut(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, columns - 1)}…`;
}
