// phyllo builder prune: the cache of builds goes.
import { displaySize } from '../../lib/units.ts';
import type { Context } from '../context.ts';

export async function run(context: Context): Promise<void> {
  const { builds } = await context.services();
  const { count, sizeBytes } = await builds.prune();
  await context.out.line(`Forgot ${count} ${count === 1 ? 'step' : 'steps'}`);
  await context.out.line(`Total reclaimed space: ${displaySize(sizeBytes)}`);
}
