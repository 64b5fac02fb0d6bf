// phyllo without a verb: the terminal UI where there is a terminal, else help or the plain table of layers.
import type { BuildRequest } from '../app/build-services.ts';
import type { Command } from 'commander';
import { isPhylloError } from '../lib/errors.ts';
import { exists } from '../lib/files.ts';
import type { Context } from './context.ts';
import { isInteractive } from './io.ts';
import type { RootOptions } from './program.ts';
import { unknownCommand, usageError, meantWord } from './usage.ts';

export async function openRoot(context: Context, program: Command, { version }: RootOptions): Promise<void> {
  if (version) {
    const { run } = await import('./commands/version.ts');
    return run(context, [], {});
  }
  if (isInteractive(context.io)) return openTerminalUI(context);
  program.outputHelp();
  context.exitCode = 2;
}

/** The first word is no verb: an image, or a verb that was misspelt. */
export async function openWord(context: Context, program: Command, args: readonly string[]): Promise<void> {
  const [word = '', ...rest] = args;
  const verbs = program.commands.map((command) => command.name());
  if (!(await isImage(context, word, verbs))) throw unknownCommand('', word, verbs);
  if (rest.length > 0)
    throw usageError('', `nothing may follow the image, but ${JSON.stringify(rest[0])} does`);
  if (isInteractive(context.io)) return openTerminalUI(context, { image: word });
  const { run } = await import('./commands/layers.ts');
  await run(context, [word], {});
}

/** What looks like no verb is taken for an image, and so is a plain word unless it is nearly a verb. */
async function isImage(context: Context, word: string, verbs: readonly string[]): Promise<boolean> {
  if (/[^A-Za-z-]/.test(word) || meantWord(word, verbs) === undefined || (await exists(word))) return true;
  const { images } = await context.services();
  try {
    await images.get(word);
    return true;
  } catch (error) {
    if (isPhylloError(error, 'not-found')) return false;
    throw error;
  }
}

/** `opened` is what it shows at first; else the images. */
export async function openTerminalUI(
  context: Context,
  opened: { readonly image?: string; readonly demo?: 'cow'; readonly build?: BuildRequest } = {},
): Promise<void> {
  const services = await context.services({ drawsScreen: true });
  const { openTui } = await import('./open-tui.ts');
  const { env, onSignal } = context.io;
  context.exitCode = await openTui(services, { env, onSignal, ...opened });
}
