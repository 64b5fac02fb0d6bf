// phyllo restart: stop, then start.
import type { Context } from '../context.ts';
import { forEach } from '../each.ts';

interface RestartOptions {
  readonly time?: number;
}

export async function run(
  context: Context,
  args: readonly string[],
  { time }: RestartOptions,
): Promise<void> {
  const { containers } = await context.services();
  await forEach(context, args, async (name) => {
    await containers.stop(name, { timeoutSeconds: time });
    await containers.start(name);
  });
}
