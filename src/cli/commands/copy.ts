// phyllo copy: any source to any destination; prints the digest of the manifest that it copied.
import { parsePlatform } from '../../oci/platform.ts';
import type { Context } from '../context.ts';

interface CopyOptions {
  readonly platform?: string;
  readonly quiet?: boolean;
}

export async function run(context: Context, args: readonly string[], options: CopyOptions): Promise<void> {
  const [source, destination] = args as [string, string];
  const platform = options.platform === undefined ? undefined : parsePlatform(options.platform);
  const { transfer } = await context.services();
  const digest = await context.work(
    (work) => transfer.copy(source, destination, { ...work, ...(platform && { platform }) }),
    { quiet: options.quiet },
  );
  await context.out.line(digest);
}
