// phyllo run: makes a container and runs it, tied to this terminal unless it is to go into the background.
import type { ContainersService } from '../../app/container-services.ts';
import { exitCodeOfError } from '../../engine/exit-codes.ts';
import type { Session } from '../../engine/io.ts';
import { isPhylloError } from '../../lib/errors.ts';
import { attached, mustBeTerminal } from '../attached.ts';
import type { Context } from '../context.ts';
import { passSignals } from '../pass-signals.ts';
import { reportError } from '../report.ts';
import { type RunOptions, engineOption, runRequest } from '../run-options.ts';

interface Options extends RunOptions {
  readonly detach?: boolean;
  readonly sigProxy?: boolean;
  readonly detachKeys?: string;
}

export async function run(context: Context, args: readonly string[], options: Options): Promise<void> {
  const { tty = false, interactive: stdin = false } = options;
  if (!options.detach) mustBeTerminal(context, 'run', { tty, stdin });
  const opening = context.services({ startsSoon: { engine: engineOption(options) } });
  opening.catch(ignore);
  const request = await runRequest(context, args, options);
  try {
    const { containers } = await opening;
    const id = await context.work((work) => containers.create(request, work));
    if (options.detach) return await startInBackground(context, id, options);
    const onSignal = passSignals(context, containers, id);
    let session: Session | undefined;
    const end = await attached(
      context,
      {
        tty,
        stdin,
        detachKeys: options.detachKeys,
        onSignal: options.sigProxy === false ? undefined : onSignal,
      },
      async (io) =>
        (session = await containers.startAttached(id, io).catch(removing(containers, id, options))),
    );
    if (end.kind === 'exited') {
      context.exitCode = end.exitCode;
      if (options.rm) await (session?.gone ?? containers.wait(id, { removed: true }).catch(ignoreGone));
    }
  } catch (error) {
    if (!isPhylloError(error) || error.code === 'cancelled') throw error;
    await reportError(error, context.io, false);
    context.exitCode = exitCodeOfError(error);
  }
}

async function startInBackground(context: Context, id: string, options: Options): Promise<void> {
  const { containers } = await context.services();
  await context.out.line(id);
  await containers.start(id).catch(removing(containers, id, options));
}

/** One that does not start stays, as docker has it, so that it can be looked at; but not with --rm. */
function removing(
  containers: ContainersService,
  id: string,
  { rm }: Options,
): (error: unknown) => Promise<never> {
  return async (error) => {
    if (rm) await containers.remove(id, { force: true, volumes: true }).catch(ignore);
    throw error;
  };
}

/** It was removed before we could ask. */
function ignoreGone(error: unknown): void {
  if (!isPhylloError(error, 'not-found')) throw error;
}

function ignore(): void {}
