// The file as stages, with the defaults of what stands above them.
import { expandWord } from '../expand.ts';
import { PhylloError } from '../../lib/errors.ts';
import type { ArgInstruction, Dockerfile, FromInstruction, Instruction } from '../instruction.ts';

export interface Stage {
  readonly from: FromInstruction;
  /** Without FROM. */
  readonly instructions: readonly Instruction[];
  /** The image with the defaults filled in; undefined where that is not possible. */
  readonly image: string | undefined;
  /** The earlier stage that `image` names. */
  readonly base: Stage | undefined;
}

export interface Stages {
  readonly globals: readonly ArgInstruction[];
  /** What FROM can use and has a value, with the platform of an ordinary machine. */
  readonly values: ReadonlyMap<string, string>;
  /** What FROM can use, with or without a value. */
  readonly names: ReadonlySet<string>;
  readonly stages: readonly Stage[];
}

/** Values do not matter, only that they can be a part of a name. */
const PREDEFINED: readonly (readonly [string, string])[] = [
  ...['TARGET', 'BUILD'].flatMap((side): [string, string][] => [
    [`${side}PLATFORM`, 'linux/amd64'],
    [`${side}OS`, 'linux'],
    [`${side}OSVERSION`, ''],
    [`${side}ARCH`, 'amd64'],
    [`${side}VARIANT`, ''],
  ]),
  ['TARGETSTAGE', 'default'],
];

export function readStages({ instructions, directives: { escape } }: Dockerfile): Stages {
  const starts = instructions.flatMap(({ keyword }, i) => (keyword === 'FROM' ? [i] : []));
  const globals = instructions.slice(0, starts[0]).filter((each) => each.keyword === 'ARG');
  const values = new Map(PREDEFINED);
  for (const { name, value } of globals.flatMap(({ args }) => args)) {
    const text = value === undefined ? undefined : expandOr(value, values, escape);
    if (text !== undefined) values.set(name, text);
  }
  const names = new Set([...values.keys(), ...globals.flatMap(({ args }) => args.map(({ name }) => name))]);
  const byName = new Map<string, Stage>();
  const stages = starts.map((start, i): Stage => {
    const from = instructions[start] as FromInstruction;
    const image = expandOr(from.image, values, escape);
    const base = image === undefined ? undefined : byName.get(image.toLowerCase());
    const stage = { from, image, base, instructions: instructions.slice(start + 1, starts[i + 1]) };
    if (from.stageName !== undefined) byName.set(from.stageName.toLowerCase(), stage);
    return stage;
  });
  return { globals, values, names, stages };
}

/** Undefined for what cannot be expanded: that is an error elsewhere. */
function expandOr(word: string, values: ReadonlyMap<string, string>, escape: '\\' | '`'): string | undefined {
  try {
    return expandWord(word, (name) => values.get(name), { escape }).text;
  } catch (error) {
    if (error instanceof PhylloError) return undefined;
    throw error;
  }
}
