// phyllo save: images into an archive or layout.
import type { SaveFormat } from '../../app/services.ts';
import type { Context } from '../context.ts';
import { usageError } from '../usage.ts';

interface SaveOptions {
  readonly output?: string;
  readonly format?: SaveFormat;
  readonly quiet?: boolean;
}

export async function run(context: Context, args: readonly string[], options: SaveOptions): Promise<void> {
  const { output, format = 'docker-archive', quiet } = options;
  const toFile = output !== undefined && output !== '-';
  if (!toFile && format === 'oci-dir')
    throw usageError('save', 'an OCI layout is a directory; name one with -o');
  if (!toFile && context.io.stdout.isTTY) {
    throw usageError('save', 'an archive would garble the terminal; name a file with -o, or redirect');
  }
  const { transfer } = await context.services();
  const target = toFile ? output : context.io.stdout;
  // An archive that its reader does not take to the end is no archive: there a closed pipe is a failure.
  context.exitCode = 1;
  await context.work((work) => transfer.save(args, target, { ...work, format }), { quiet });
  context.exitCode = 0;
}
