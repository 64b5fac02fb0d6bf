// phyllo container inspect: docker's JSON array for containers.
import type { Context } from '../context.ts';
import { containerDocument } from '../container-document.ts';
import { printDocuments } from '../documents.ts';

interface InspectOptions {
  readonly format?: string;
}

export async function run(
  context: Context,
  args: readonly string[],
  { format }: InspectOptions,
): Promise<void> {
  const { containers } = await context.services();
  await printDocuments(context, args, format, async (name) => containerDocument(await containers.get(name)));
}
