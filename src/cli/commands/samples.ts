// phyllo samples: the images that phyllo makes by itself; --open is how a newcomer starts.
import type { SampleSummary } from '../../app/services.ts';
import { safeText } from '../../lib/text.ts';
import type { Context } from '../context.ts';
import { isInteractive } from '../io.ts';
import { openTerminalUI } from '../root.ts';
import { tableLines } from '../table.ts';

interface SamplesOptions {
  readonly open?: boolean;
  readonly json?: boolean;
}

const FIRST = 'tour';

export async function run(context: Context, _: readonly string[], options: SamplesOptions): Promise<void> {
  const { samples } = await context.services();
  const all = await samples.list();
  if (options.open)
    return openTour(
      context,
      all.find(({ name }) => name === FIRST)!,
    );
  if (options.json) return context.print({ schema: 'phyllo.samples/1', samples: all });
  const rows = all.map(({ name, title, image, present }) => [
    name,
    image,
    present ? 'yes' : 'no',
    safeText(title),
  ]);
  const columns = ['NAME', 'IMAGE', 'MADE', 'SHOWS'].map((title) => ({ title }));
  await context.out.lines(tableLines(columns, rows));
}

async function openTour(context: Context, tour: SampleSummary): Promise<void> {
  const { samples } = await context.services();
  if (!tour.present) await context.work((work) => samples.make(tour.name, work));
  if (isInteractive(context.io)) return openTerminalUI(context, { image: tour.image });
  await context.out.line(`${tour.present ? 'There is' : 'Made'} ${tour.image}`);
  await context.note(`No terminal to open it on. phyllo ${tour.image} in a terminal opens it.`);
}
