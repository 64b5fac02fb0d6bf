// phyllo stop: the stop signal, then SIGKILL.
import { signalName } from '../../engine/signal-names.ts';
import type { Context } from '../context.ts';
import { forEach } from '../each.ts';

interface StopOptions {
  readonly time?: number;
  readonly signal?: string;
}

export async function run(context: Context, args: readonly string[], options: StopOptions): Promise<void> {
  const { containers } = await context.services();
  const signal = options.signal === undefined ? undefined : signalName(options.signal);
  await forEach(context, args, (name) => containers.stop(name, { signal, timeoutSeconds: options.time }));
}
