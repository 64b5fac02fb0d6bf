// Mounts the terminal UI on this process's own terminal and ties it to the process: signals, job control, crashes.
// Nothing else loads Ink and React.
import { writeSync } from 'node:fs';
import process from 'node:process';
import type { BuildRequest } from '../app/build-services.ts';
import type { Services } from '../app/services.ts';
import { startTui } from '../tui/run.tsx';
import { runEditor } from './editor.ts';
import type { CliIo } from './io.ts';

export interface OpenTuiOptions extends Pick<CliIo, 'env' | 'onSignal'> {
  /** An IMAGE argument to open at once. */
  readonly image?: string;
  /** A guided demonstration to open at once. */
  readonly demo?: 'cow';
  /** A build to open at once. */
  readonly build?: BuildRequest;
}

const STDOUT = 1;
/** As a shell reports a process that a hang-up ended. */
const EXIT_HANGUP = 129;

/** Returns the exit code when the user has quit or the terminal is gone. */
export async function openTui(
  services: Services,
  { env, onSignal, image, demo, build }: OpenTuiOptions,
): Promise<number> {
  const editing = new Editing({ env, onSignal });
  const session = startTui({
    services,
    env,
    image,
    ...(demo && { demo }),
    ...(build && { build }),
    input: process.stdin,
    output: process.stdout,
    suspendProcess,
    editFile: editing.run,
    wallMs: () => Date.now(),
  });
  const crash = (error: unknown): void => {
    session.abandon((text) => writeSync(STDOUT, text));
    process.stderr.write(
      `phyllo: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exit(1);
  };
  const leave = (signal: NodeJS.Signals): void => {
    if (signal !== 'SIGINT' || !editing.isOn) session.quit();
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.on(signal, leave);
  try {
    return (await session.done) === 'quit' ? 0 : EXIT_HANGUP;
  } finally {
    process.off('uncaughtException', crash);
    process.off('unhandledRejection', crash);
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.off(signal, leave);
  }
}

/** Ctrl-C and ctrl-\ reach all that a terminal has in front: while an editor is there, they are its alone. */
class Editing {
  isOn = false;
  private readonly io: Pick<CliIo, 'env' | 'onSignal'>;

  constructor(io: Pick<CliIo, 'env' | 'onSignal'>) {
    this.io = io;
  }

  readonly run = async (path: string, line: number): Promise<void> => {
    const { env, onSignal } = this.io;
    this.isOn = true;
    const letGo = onSignal?.(ignore, ['SIGINT']);
    process.on('SIGQUIT', ignore);
    try {
      await runEditor(path, line, env);
    } finally {
      this.isOn = false;
      letGo?.();
      process.off('SIGQUIT', ignore);
    }
  };
}

/** Resolves when the shell continues the process. */
function suspendProcess(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGCONT', () => resolve());
    process.kill(0, 'SIGTSTP');
  });
}

function ignore(): void {}
