// Stepping through layers and moving in the file pane, with every directory open.
import type { StepAnswer } from '../children/step.ts';
import { median, quantile } from '../measure.ts';
import { runChild } from '../process.ts';
import { type Row, durationText, factor, figureRow } from '../report.ts';
import { type Bench, type Setting, inputOf, withStore } from '../setting.ts';

const FRAME_MS = 1000 / 60;

async function run(setting: Setting): Promise<Row[]> {
  const input = inputOf(setting, 'docker', 'gzip', 'zstd');
  if (!input) return [];
  const { rows, squashMs, stepMs, moveMs, frameMs } = await withStore(setting, (root) =>
    runChild<StepAnswer>(setting.bundle.pathOf('step'), [input.path, root], { root }),
  );
  const row = (what: string, times: readonly number[], goal?: number): Row =>
    figureRow({
      what,
      value: median(times),
      unit: 'ms',
      beside: `at most ${durationText(Math.max(...times))}, p95 ${durationText(quantile(times, 0.95))}`,
      ratio: `${factor(median(times) / FRAME_MS)} of a frame`,
      goal,
    });
  const at = `${rows.toLocaleString('en')} rows`;
  return [
    row('step of the squashed view to the next layer', squashMs),
    row(`step of the file pane to the next layer, ${at}`, stepMs, FRAME_MS),
    row(`cursor move, ${at}`, moveMs, FRAME_MS),
    row('rows of a frame of the file pane', frameMs, FRAME_MS),
  ];
}

export const stepBench: Bench = { name: 'step', run };
