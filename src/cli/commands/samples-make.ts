// phyllo samples make: one sample, or all of them.
import type { Context } from '../context.ts';

export async function run(context: Context, args: readonly string[]): Promise<void> {
  const { samples } = await context.services();
  const names = args[0] === undefined ? (await samples.list()).map(({ name }) => name) : [args[0]];
  for (const name of names) {
    await context.out.line(`Made ${await context.work((work) => samples.make(name, work))}`);
  }
}
