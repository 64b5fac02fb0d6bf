// phyllo version.
import { arch, platform, version } from 'node:process';
import type { Context } from '../context.ts';
import { packageVersion } from '../package-version.ts';

interface VersionOptions {
  readonly json?: boolean;
}

export async function run(context: Context, _: readonly string[], { json }: VersionOptions): Promise<void> {
  const own = await packageVersion();
  if (!json) return context.out.line(`phyllo version ${own}`);
  await context.print({ schema: 'phyllo.version/1', version: own, node: version, os: platform, arch });
}
