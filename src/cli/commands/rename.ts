// phyllo rename: another name for a container.
import type { Context } from '../context.ts';

export async function run(context: Context, [container, name]: readonly string[]): Promise<void> {
  const { containers } = await context.services();
  await containers.rename(container!, name!);
}
