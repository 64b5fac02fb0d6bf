// phyllo shell: looks around in an image with a simulated shell; nothing of the image runs, nothing is stored.
import { openImageShell } from '../../app/virtual-shell.ts';
import { exitCodeOfSignal } from '../../engine/exit-codes.ts';
import type { Session } from '../../engine/io.ts';
import { attached } from '../attached.ts';
import type { Context } from '../context.ts';
import { layerNumber } from '../explored.ts';
import { isInteractive } from '../io.ts';

interface ShellOptions {
  readonly upto?: number;
  readonly command?: string;
  readonly interactive?: boolean;
  readonly platform?: string;
}

export async function run(context: Context, [name]: readonly string[], options: ShellOptions): Promise<void> {
  const { command: script, interactive = false } = options;
  const image = await context.open(name!, options);
  const upto = layerNumber('shell', image, options.upto);
  await context.indexed(image, () => image.stack);
  await context.note('phyllo: simulated shell: no program of the image runs, what it writes is thrown away');
  const isTyped = script === undefined && isInteractive(context.io);
  // A command that is given has no use for an input that nobody may ever end, unless it is asked for.
  const stdin = script === undefined || interactive;
  const onSignal = (signal: string, session: Session): void => {
    context.exitCode = exitCodeOfSignal(signal);
    session.detach();
  };
  const end = await attached(context, { tty: isTyped, stdin, onSignal }, (io) =>
    openImageShell(image, { upto, script, tty: isTyped, stdin }, io),
  );
  if (end.kind === 'exited') context.exitCode = end.exitCode;
}
