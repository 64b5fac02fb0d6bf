// phyllo load: images of an archive or layout into the store.
import { addAbortSignal } from 'node:stream';
import type { Context } from '../context.ts';
import { parsePlatform } from '../../oci/platform.ts';
import { usageError } from '../usage.ts';

interface LoadOptions {
  readonly input?: string;
  readonly quiet?: boolean;
  readonly platform?: string;
}

export async function run(context: Context, args: readonly string[], options: LoadOptions): Promise<void> {
  const path = options.input ?? args[0];
  if (path === undefined && context.io.stdin.isTTY) {
    throw usageError('load', 'standard input is a terminal; name a file with -i');
  }
  const platform = options.platform === undefined ? undefined : parsePlatform(options.platform);
  const { transfer } = await context.services();
  const input = path === undefined || path === '-' ? addAbortSignal(context.signal, context.io.stdin) : path;
  const loaded = await context.work(
    (work) => transfer.load(input, { ...work, ...(platform && { platform }) }),
    { quiet: options.quiet },
  );
  for (const { id, names } of loaded) {
    if (names.length === 0) await context.out.line(`Loaded image ID: ${id}`);
    else await context.out.lines(names.map((name) => `Loaded image: ${name}`));
  }
}
