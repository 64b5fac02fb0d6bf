// phyllo system check: every blob and the index, verified. Fails when something is wrong and stays so.
import type { CheckReport } from '../../app/services.ts';
import { safeText } from '../../lib/text.ts';
import { formatCount, formatSize } from '../../lib/units.ts';
import type { Context } from '../context.ts';

interface CheckOptions {
  readonly repair?: boolean;
  readonly json?: boolean;
}

export async function run(context: Context, _: readonly string[], options: CheckOptions): Promise<void> {
  const { system } = await context.services();
  const report = await context.work((work) => system.check({ ...work, repair: options.repair }));
  if (report.problems.some(({ repaired }) => !repaired)) context.exitCode = 1;
  if (options.json) return context.print({ schema: 'phyllo.check/1', ...report });
  await context.out.lines(reportLines(report));
  const canRepair = !options.repair && report.problems.length > 0;
  if (canRepair)
    await context.note('phyllo system check --repair sets damaged blobs aside and rebuilds the index.');
}

function* reportLines({ blobs, bytes, images, problems }: CheckReport): Generator<string> {
  for (const { what, repaired } of problems) yield `${repaired ? 'repaired' : 'problem'}: ${safeText(what)}`;
  const many = (count: number, noun: string): string =>
    `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
  const verdict = problems.length === 0 ? 'all is well' : many(problems.length, 'problem');
  yield `Checked ${many(images, 'image')}, ${many(blobs, 'blob')}, ${formatSize(bytes)}: ${verdict}`;
}
