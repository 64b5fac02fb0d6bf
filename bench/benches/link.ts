// The terminal UI behind a simulated slow link. Bytes and lag are the same in every run; only the milliseconds vary.
import type { LinkAnswer } from '../children/link.ts';
import { median } from '../measure.ts';
import { runChild } from '../process.ts';
import { type Row, durationText, figureRow } from '../report.ts';
import { type Bench, type Setting, inputOf, withStore } from '../setting.ts';

const FRAME_MS = 1000 / 60;

async function run(setting: Setting): Promise<Row[]> {
  const input = inputOf(setting, 'docker', 'gzip', 'zstd');
  if (!input) return [];
  const answer = await withStore(setting, (root) =>
    runChild<LinkAnswer>(setting.bundle.pathOf('link'), [input.path, root], { root }),
  );
  const { rows, moveBytes, travelBytes, stepBytes, idleBytes, moveMs, stepMs, held } = answer;
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const at = `120x40, ${rows.toLocaleString('en')} rows`;
  return [
    figureRow({
      what: 'bytes of a cursor move, largest of 20',
      value: Math.max(...moveBytes),
      unit: 'bytes',
      beside: at,
      goal: 300,
    }),
    figureRow({
      what: 'bytes of a key while scrolling, mean of 150',
      value: mean(travelBytes),
      unit: 'bytes',
      beside: `largest ${Math.max(...travelBytes)} B`,
      goal: 400,
    }),
    figureRow({
      what: 'bytes of a step to the next layer, mean',
      value: mean(stepBytes),
      unit: 'bytes',
      beside: `largest ${Math.max(...stepBytes)} B`,
    }),
    figureRow({ what: 'bytes in 10 idle minutes', value: idleBytes, unit: 'bytes', goal: 0 }),
    ...(['j', 'pgdn'] as const).map((key) =>
      figureRow({
        what: `lag after holding ${key} for 3 s at 128 kbit/s, 150 ms`,
        value: held[key].lagMs,
        unit: 'ms',
        beside: `${held[key].frames} frames, ${held[key].bytes} B`,
        goal: key === 'j' ? 200 : undefined,
      }),
    ),
    ...[
      { what: 'from a cursor key to its frame, real time', times: moveMs },
      { what: 'from a layer step to its frame, real time', times: stepMs },
    ].map(({ what, times }) =>
      figureRow({
        what,
        value: median(times),
        unit: 'ms',
        beside: `${at}; at most ${durationText(Math.max(...times))}`,
        goal: FRAME_MS,
      }),
    ),
  ];
}

export const linkBench: Bench = { name: 'link', run };
