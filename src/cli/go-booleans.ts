// docker's flags come from Go, where a switch may be written `--human=false` or `-H=false`.
import type { Command, Option } from 'commander';
import { VERBS } from './verbs.ts';

/** `--x=true` becomes `--x`; `--x=false` becomes `--no-x` where there is one, else goes. Only for switches. */
export function withoutGoBooleans(argv: readonly string[], program: Command): string[] {
  const { own, command } = ownPart(argv, program);
  const options = optionsOf(command);
  return argv.flatMap((arg, at) => {
    if (at >= own) return [arg];
    const match = /^(--?[\w-]+)=(true|false)$/.exec(arg);
    const option = match && options.find(({ short, long }) => short === match[1] || long === match[1]);
    if (!option?.isBoolean()) return [arg];
    if (match?.[2] === 'true') return [match[1]!];
    const opposite = `--no-${option.name()}`;
    return options.some(({ long }) => long === opposite) ? [opposite] : [];
  });
}

/** How many of the arguments are ours, and whose they are: what `run` and `exec` pass on to a program is not. */
function ownPart(argv: readonly string[], program: Command): { own: number; command: Command } {
  let command = program;
  for (let at = 0; at < argv.length; at++) {
    const arg = argv[at]!;
    if (arg === '--') return { own: at, command };
    if (arg.startsWith('-')) {
      if (takesNextArgument(arg, command)) at++;
      continue;
    }
    const child = command.commands.find((each) => each.name() === arg || each.aliases().includes(arg));
    if (child) command = child;
    else if (passesOn(command.name())) return { own: at, command };
  }
  return { own: argv.length, command };
}

function takesNextArgument(arg: string, command: Command): boolean {
  if (arg.includes('=')) return false;
  // Of switches in one word (`-dp 80:80`) the last may take a value; one before it has it in the word already.
  const names = arg.startsWith('--') ? [arg] : Array.from(arg.slice(1), (letter) => `-${letter}`);
  const takesValue = (name: string): boolean =>
    command.options.some(({ short, long, required }) => required && (name === short || name === long));
  return names.findIndex(takesValue) === names.length - 1;
}

function passesOn(word: string): boolean {
  return VERBS.some(
    ({ names, passThrough }) => passThrough && names.some((name) => name.split(' ').at(-1) === word),
  );
}

/** The same letter is another option for another verb. */
function optionsOf(command: Command): Option[] {
  const parents = command.parent ? optionsOf(command.parent) : [];
  return [...command.options, ...parents];
}
