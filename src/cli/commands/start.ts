// phyllo start: runs containers that were made, or have ended.
import type { ContainersService } from '../../app/container-services.ts';
import { isPhylloError } from '../../lib/errors.ts';
import { attached } from '../attached.ts';
import type { Context } from '../context.ts';
import { passSignals } from '../pass-signals.ts';
import { forEach } from '../each.ts';
import { usageError } from '../usage.ts';

interface StartOptions {
  readonly attach?: boolean;
  readonly interactive?: boolean;
  readonly detachKeys?: string;
}

export async function run(context: Context, args: readonly string[], options: StartOptions): Promise<void> {
  const { containers } = await context.services();
  if (!options.attach && !options.interactive)
    return forEach(context, args, (name) => started(containers, name));
  if (args.length > 1) throw usageError('start', 'only one container at a time can be attached to');
  const { id, process } = await containers.get(args[0]!);
  const { tty } = process;
  const stdin = options.interactive === true && process.stdin;
  const onSignal = passSignals(context, containers, id);
  const end = await attached(context, { tty, stdin, detachKeys: options.detachKeys, onSignal }, (io) =>
    containers.startAttached(id, io),
  );
  if (end.kind === 'exited') context.exitCode = end.exitCode;
}

/** One that runs is as it is wanted. */
async function started(containers: ContainersService, name: string): Promise<void> {
  try {
    await containers.start(name);
  } catch (error) {
    const isStarted =
      isPhylloError(error, 'already-exists') && (await containers.get(name)).status === 'running';
    if (!isStarted) throw error;
  }
}
