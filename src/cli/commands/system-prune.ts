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
  const warning = [
    'This will remove:',
    '  - all containers that do not run',
    '  - all images without a name, what builds remember, and data that no image needs',
    ...(all ? ['  - all unpacked layers that no container needs, and all caches'] : []),
  ].join('\n');
  if (!force && !(await confirm(context, 'system prune', warning))) return;
  const { system } = await context.services();
  const { containers, images, freedBytes } = await system.prune({ all });
  if (containers.length > 0) await context.out.lines(['Deleted Containers:', ...containers, '']);
  await printPruned(context, { ...images, freedBytes });
}
