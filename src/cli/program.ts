// The verb table as a commander program.
import { Command, type CommanderError, InvalidArgumentError, Option } from 'commander';
import type { Context } from './context.ts';
import { unknownCommand, usageError } from './usage.ts';
import type { Verb, VerbOption } from './verb.ts';
import { GROUP_SUMMARIES, VERBS, VERB_GROUPS } from './verbs.ts';

const DEBUG_FLAG = '--debug';
const DEBUG_SUMMARY = 'on failure, tell what caused it';

export interface RootOptions {
  readonly version?: boolean;
}

/**
 * `openRoot` is what `phyllo` without a verb does. With `word`, the first of the command line, only verbs that begin so are
 * made where there are any: all of them take longer to make than most take to run.
 */
export function makeProgram(
  context: Context,
  openRoot: (options: RootOptions) => Promise<void>,
  word?: string,
): Command {
  const program = new Command('phyllo');
  program
    .description('Leaf through container images: layers, files, what changed and what is wasted.')
    .usage('[IMAGE] | VERB …')
    .option('-v, --version', 'show the version')
    .option(DEBUG_FLAG, DEBUG_SUMMARY)
    .enablePositionalOptions()
    .helpCommand('help [verb]', 'show help of a verb')
    .addHelpText('after', '\nphyllo opens the screen of images, phyllo IMAGE the screen of that image.\n')
    .configureOutput({
      writeOut: (text) => void context.out.write(text).catch(() => undefined),
      // What went wrong is told in our own form by `main`.
      writeErr: () => undefined,
    })
    .action(() => openRoot(program.opts<RootOptions>()));
  reportThroughErrors(program, '');
  const beginsSo = (name: string): boolean => name.split(' ')[0] === word;
  const isKnown = VERBS.some(({ names }) => names.some(beginsSo));
  const isWanted = (name: string): boolean => !isKnown || beginsSo(name);
  for (const { title, verbs } of VERB_GROUPS) {
    program.commandsGroup(title);
    for (const verb of verbs) {
      for (const name of verb.names) if (isWanted(name)) addVerb(program, verb, name, context);
    }
  }
  return program;
}

function addVerb(program: Command, verb: Verb, name: string, context: Context): void {
  const words = name.split(' ');
  const parent = words.length === 1 ? program : groupOf(program, words[0]!);
  const command = parent.command(words.at(-1)!, { hidden: isOtherSpelling(verb, name) });
  command.summary(verb.summary).description(`${verb.summary}.`).option(DEBUG_FLAG, DEBUG_SUMMARY);
  if (verb.args !== undefined) command.arguments(verb.args);
  if (verb.passThrough) command.passThroughOptions();
  for (const option of verb.options ?? []) command.addOption(makeOption(option));
  const examples = verb.examples.map((example) => `  ${example}`).join('\n');
  command.addHelpText('after', `\nExample${verb.examples.length > 1 ? 's' : ''}:\n${examples}`);
  reportThroughErrors(command, name, () => (context.exitCodes = verb.exitCodes));
  command.action(async () => {
    context.exitCodes = verb.exitCodes;
    // Only a verb that is a group too lets words through that it does not take.
    if (command.commands.length > 0 && command.args.length > 0) throw unknownIn(command, name);
    const module = await verb.load();
    await module.run(context, command.args, command.opts() as never);
  });
}

/** Help lists a verb once for the program and once for its group. */
function isOtherSpelling({ names }: Verb, name: string): boolean {
  const isGrouped = (one: string): boolean => one.includes(' ');
  return names.find((one) => isGrouped(one) === isGrouped(name)) !== name;
}

function groupOf(program: Command, word: string): Command {
  const known = program.commands.find((command) => command.name() === word);
  if (known) return known.allowExcessArguments();
  const group = program
    .command(word)
    .summary(GROUP_SUMMARIES[word]!)
    .description(`${GROUP_SUMMARIES[word]}.`);
  group.allowExcessArguments().action(() => {
    if (group.args.length > 0) throw unknownIn(group, word);
    group.outputHelp();
  });
  reportThroughErrors(group, word);
  return group;
}

function unknownIn(group: Command, name: string): Error {
  const known = group.commands.map((command) => command.name());
  return unknownCommand(name, group.args[0]!, known);
}

function makeOption({ flags, summary, repeats, choices, isNumber }: VerbOption): Option {
  const option = new Option(flags, summary);
  if (choices) option.choices(choices);
  if (isNumber) option.argParser(wholeNumber);
  if (repeats) option.default([], 'none').argParser((value: string, list: string[]) => [...list, value]);
  return option;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It is not a whole number.');
  return Number(text);
}

/** commander's own complaints as errors of ours; help and version end the run without one. */
function reportThroughErrors(command: Command, verb: string, onError?: () => void): void {
  command.exitOverride((error: CommanderError) => {
    if (error.exitCode === 0) throw error;
    onError?.();
    const [reason = '', meant] = error.message.replace(/^error: /, '').split('\n');
    throw usageError(verb, reason, /^\(Did you mean (.*)\?\)$/.exec(meant ?? '')?.[1]);
  });
}
