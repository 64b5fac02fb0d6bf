// The R/W layer of a container, watched.
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LiveAnswer } from '../children/live.ts';
import { median, quantile } from '../measure.ts';
import { runChild } from '../process.ts';
import { type Row, durationText, figureRow } from '../report.ts';
import type { Bench, Setting } from '../setting.ts';

async function run(setting: Setting): Promise<Row[]> {
  const folder = await mkdtemp(join(setting.scratch, 'upper-'));
  try {
    const args = [folder, String(Math.max(5, setting.rounds))];
    const live = await runChild<LiveAnswer>(setting.bundle.pathOf('live'), args);
    const files = `${live.files.toLocaleString('en')} files in the R/W layer`;
    return [
      figureRow({
        what: 'live layer, from a write to its tree, median',
        value: median(live.writeMs),
        unit: 'ms',
        beside: `${files}; p95 ${durationText(quantile(live.writeMs, 0.95))}`,
        goal: 100,
      }),
      figureRow({ what: 'live layer, first reading', value: live.firstMs, unit: 'ms', beside: files }),
      figureRow({
        what: `live layer, processor time in ${live.idleSeconds} s of nothing`,
        value: live.idleMs,
        unit: 'ms',
        beside: files,
        goal: 20,
      }),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const liveBench: Bench = { name: 'live', run };
