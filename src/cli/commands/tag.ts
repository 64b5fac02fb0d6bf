// phyllo tag: silent, as docker's.
import type { Context } from '../context.ts';

export async function run(context: Context, args: readonly string[]): Promise<void> {
  const [source, target] = args as [string, string];
  const { images } = await context.services();
  await images.tag(source, target);
}
