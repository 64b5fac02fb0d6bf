// What a measured process says at its end: one line of JSON, with the most memory that it ever had.
import { argv, resourceUsage, stdout } from 'node:process';

export interface Answer {
  readonly maxRssBytes: number;
}

export function answer(facts: object): void {
  stdout.write(`${JSON.stringify({ ...facts, maxRssBytes: resourceUsage().maxRSS * 1024 })}\n`);
}

/** The arguments of this process, as many as are asked for. */
export function childArguments<const Names extends readonly string[]>(
  ...names: Names
): Record<Names[number], string> {
  return Object.fromEntries(names.map((name, index) => [name, argv[index + 2] ?? ''])) as Record<
    Names[number],
    string
  >;
}
