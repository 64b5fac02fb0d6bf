// phyllo search-tags: the tags of a repository, one a line.
import { safeText } from '../../lib/text.ts';
import type { Context } from '../context.ts';

interface TagsOptions {
  readonly json?: boolean;
  readonly insecure?: boolean;
}

export async function run(
  context: Context,
  [repository]: readonly string[],
  options: TagsOptions,
): Promise<void> {
  const { registries } = await context.services();
  const contact = { insecure: options.insecure, onNotice: (text: string) => void context.note(text) };
  const tags = await context.work((work) => registries.tags(repository!, { ...work, ...contact }));
  if (options.json) return context.print({ schema: 'phyllo.search-tags/1', repository: repository!, tags });
  await context.out.lines(tags.map(safeText));
}
