// phyllo export: the files of a container as a tar.
import { pipeline } from 'node:stream/promises';
import { writeOutput } from '../../app/output-file.ts';
import type { Context } from '../context.ts';
import { usageError } from '../usage.ts';

interface ExportOptions {
  readonly output?: string;
}

export async function run(
  context: Context,
  [container]: readonly string[],
  { output }: ExportOptions,
): Promise<void> {
  const { stdout } = context.io;
  if (output === undefined && stdout.isTTY) {
    throw usageError('export', 'a tar is not for a terminal; name a file with -o, or redirect it');
  }
  const { containers } = await context.services();
  const tar = await containers.export(container!, context.signal);
  if (output === undefined) await pipeline(tar, stdout, { end: false });
  else await writeOutput(output, (stream) => pipeline(tar, stream, { end: false }));
}
