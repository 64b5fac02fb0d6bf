// phyllo import: a root file system as an image.
import { addAbortSignal } from 'node:stream';
import type { Context } from '../context.ts';
import { usageError } from '../usage.ts';

interface ImportOptions {
  readonly change?: readonly string[];
  readonly message?: string;
}

export async function run(context: Context, args: readonly string[], options: ImportOptions): Promise<void> {
  const [file, name] = args as [string, string | undefined];
  const { stdin } = context.io;
  if (file === '-' && stdin.isTTY) throw usageError('import', 'standard input is a terminal; name a file');
  const { transfer } = await context.services();
  const input = file === '-' ? addAbortSignal(context.signal, stdin) : file;
  const { change: changes, message = `Imported from ${file}` } = options;
  const id = await context.work((work) => transfer.import(input, name, { ...work, changes, message }));
  await context.out.line(id);
}
