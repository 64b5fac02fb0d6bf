// phyllo create: makes a container without running it.
import type { Context } from '../context.ts';
import { type RunOptions, runRequest } from '../run-options.ts';

export async function run(context: Context, args: readonly string[], options: RunOptions): Promise<void> {
  const request = await runRequest(context, args, options);
  const { containers } = await context.services();
  await context.out.line(await context.work((work) => containers.create(request, work)));
}
