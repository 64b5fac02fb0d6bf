// phyllo attach: ties the terminal to a running container.
import { attached } from '../attached.ts';
import type { Context } from '../context.ts';
import { passSignals } from '../pass-signals.ts';

interface AttachOptions {
  /** False for --no-stdin. */
  readonly stdin?: boolean;
  readonly sigProxy?: boolean;
  readonly detachKeys?: string;
}

export async function run(
  context: Context,
  [name]: readonly string[],
  options: AttachOptions,
): Promise<void> {
  const { containers } = await context.services();
  const { id, process } = await containers.get(name!);
  const stdin = options.stdin !== false && process.stdin;
  const onSignal = passSignals(context, containers, id);
  const end = await attached(
    context,
    {
      tty: process.tty,
      stdin,
      detachKeys: options.detachKeys,
      onSignal: options.sigProxy === false ? undefined : onSignal,
    },
    (io) => containers.attach(id, io),
  );
  if (end.kind === 'exited') context.exitCode = end.exitCode;
}
