// From arguments to an exit code. Everything that fails ends here, as one line and a hint.
import { CommanderError } from 'commander';
import { toPhylloError } from '../lib/errors.ts';
import { Context } from './context.ts';
import { withoutGoBooleans } from './go-booleans.ts';
import type { CliIo } from './io.ts';
import { isReaderGone } from './output.ts';
import { makeProgram } from './program.ts';
import { exitCodeOf, reportError } from './report.ts';
import { openRoot, openWord } from './root.ts';

/** `argv` begins with what follows the program's name. Never throws, never exits the process. */
export async function main(argv: readonly string[], io: CliIo): Promise<number> {
  // Errors of the streams come back through each write; without a listener they would end the process.
  for (const stream of [io.stdout, io.stderr]) stream.on('error', ignore);
  const context = new Context(io);
  const isDebug = argv.includes('--debug');
  try {
    await run(argv, context);
    return context.exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (isReaderGone(error)) return context.exitCode;
    const problem = io.signal?.aborted ? cancelled() : toPhylloError(error, 'run phyllo');
    await reportError(problem, io, isDebug);
    return exitCodeOf(problem, context.exitCodes);
  } finally {
    await context.close().catch(ignore);
    for (const stream of [io.stdout, io.stderr]) stream.off('error', ignore);
  }
}

async function run(argv: readonly string[], context: Context): Promise<void> {
  const word = argv.find((arg) => arg !== '--debug');
  const program = makeProgram(context, (options) => openRoot(context, program, options), word);
  const args = withoutGoBooleans(argv, program);
  const first = args.find((arg) => arg !== '--debug');
  const isWord = first !== undefined && first !== 'help' && !first.startsWith('-');
  if (isWord && !program.commands.some((command) => command.name() === first)) {
    return openWord(
      context,
      program,
      args.filter((arg) => arg !== '--debug'),
    );
  }
  await program.parseAsync(args, { from: 'user' });
}

function cancelled(): ReturnType<typeof toPhylloError> {
  return toPhylloError(new DOMException('', 'AbortError'), 'run phyllo');
}

function ignore(): void {}
