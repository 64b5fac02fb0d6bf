// phyllo system prune.
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
  const caches = all ? ', and all caches' : '';
  const warning = `This will remove all images without a name, data that no image needs${caches}.`;
  if (!force && !(await confirm(context, 'system prune', warning))) return;
  const { system } = await context.services();
  await printPruned(context, await system.prune({ all }));
}
