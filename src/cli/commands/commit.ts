// phyllo commit: an image of a container.
import type { Context } from '../context.ts';
import { rawPath } from '../container-path.ts';

interface CommitOptions {
  readonly author?: string;
  readonly message?: string;
  readonly change?: readonly string[];
  readonly exclude?: readonly string[];
}

export async function run(
  context: Context,
  [container, name]: readonly string[],
  { author, message, change, exclude = [] }: CommitOptions,
): Promise<void> {
  const { containers } = await context.services();
  const request = { name, author, message, changes: change, exclude: exclude.map(rawPath) };
  const id = await context.work((work) => containers.commit(container!, request, work));
  await context.out.line(id);
}
