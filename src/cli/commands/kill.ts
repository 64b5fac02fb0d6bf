// phyllo kill: a signal for running containers.
import { signalName } from '../../engine/signal-names.ts';
import type { Context } from '../context.ts';
import { forEach } from '../each.ts';

interface KillOptions {
  readonly signal?: string;
}

export async function run(context: Context, args: readonly string[], options: KillOptions): Promise<void> {
  const { containers } = await context.services();
  const signal = signalName(options.signal ?? 'KILL');
  await forEach(context, args, (name) => containers.kill(name, signal));
}
