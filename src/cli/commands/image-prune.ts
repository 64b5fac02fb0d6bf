// phyllo image prune.
import type { Context } from '../context.ts';
import { confirm, printPruned } from '../removal.ts';

interface PruneOptions {
  readonly all?: boolean;
  readonly force?: boolean;
}

export async function run(
  context: Context,
  _: readonly string[],
  { all, force }: PruneOptions,
): Promise<void> {
  const what = all ? 'all images' : 'all images without a name';
  if (!force && !(await confirm(context, 'image prune', `This will remove ${what}.`))) return;
  const { images } = await context.services();
  await printPruned(context, await images.prune({ all }));
}
