// phyllo exec: one more program in a running container.
import { exitCodeOfError } from '../../engine/exit-codes.ts';
import { isPhylloError } from '../../lib/errors.ts';
import { attached, mustBeTerminal } from '../attached.ts';
import type { Context } from '../context.ts';
import { reportError } from '../report.ts';
import { environment } from '../run-options.ts';

interface ExecOptions {
  readonly interactive?: boolean;
  readonly tty?: boolean;
  readonly detach?: boolean;
  readonly env?: readonly string[];
  readonly envFile?: readonly string[];
  readonly workdir?: string;
  readonly user?: string;
  readonly detachKeys?: string;
}

export async function run(
  context: Context,
  [container, ...command]: readonly string[],
  options: ExecOptions,
): Promise<void> {
  const { tty = false, interactive: stdin = false, detachKeys } = options;
  if (!options.detach) mustBeTerminal(context, 'exec', { tty, stdin });
  const env = await environment(options, context.io.env);
  const { containers } = await context.services();
  const request = { command, env, user: options.user, workingDir: options.workdir, tty, stdin };
  try {
    if (options.detach) {
      await containers.exec(container!, request);
      return;
    }
    const end = await attached(context, { tty, stdin, detachKeys }, (io) =>
      containers.exec(container!, request, io),
    );
    if (end.kind === 'exited') context.exitCode = end.exitCode;
  } catch (error) {
    if (!isPhylloError(error) || error.data['exitCode'] === undefined) throw error;
    await reportError(error, context.io, false);
    context.exitCode = exitCodeOfError(error);
  }
}
