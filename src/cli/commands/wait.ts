// phyllo wait: exit codes, as containers end.
import type { Context } from '../context.ts';
import { forEach } from '../each.ts';

export async function run(context: Context, args: readonly string[]): Promise<void> {
  const { containers } = await context.services();
  await forEach(context, args, async (name) =>
    String(await containers.wait(name, { signal: context.signal })),
  );
}
