// phyllo container prune: removes all containers that do not run.
import { formatSize } from '../../lib/units.ts';
import type { Context } from '../context.ts';
import { confirm } from '../removal.ts';

interface PruneOptions {
  readonly force?: boolean;
}

export async function run(context: Context, _: readonly string[], { force }: PruneOptions): Promise<void> {
  const warning = 'This will remove all containers that do not run.';
  if (!force && !(await confirm(context, 'container prune', warning))) return;
  const { containers } = await context.services();
  const { deleted, freedBytes } = await containers.prune();
  if (deleted.length > 0) await context.out.lines(['Deleted Containers:', ...deleted, '']);
  await context.out.line(`Total reclaimed space: ${formatSize(freedBytes)}`);
}
