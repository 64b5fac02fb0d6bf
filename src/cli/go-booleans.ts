// docker's flags come from Go, where a switch may be written `--human=false` or `-H=false`.
import type { Command, Option } from 'commander';

/** `--x=true` becomes `--x`; `--x=false` becomes `--no-x` where there is one, else goes. Only for switches. */
export function withoutGoBooleans(argv: readonly string[], program: Command): string[] {
  const options = [...optionsBelow(program)];
  return argv.flatMap((arg) => {
    const match = /^(--?[\w-]+)=(true|false)$/.exec(arg);
    const option = match && options.find(({ short, long }) => short === match[1] || long === match[1]);
    if (!option?.isBoolean()) return [arg];
    if (match?.[2] === 'true') return [match[1]!];
    const opposite = `--no-${option.name()}`;
    return options.some(({ long }) => long === opposite) ? [opposite] : [];
  });
}

function* optionsBelow(command: Command): Generator<Option> {
  yield* command.options;
  for (const child of command.commands) yield* optionsBelow(child);
}
