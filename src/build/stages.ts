// The stages of a Dockerfile: what each stands on, which of them the target needs, in which order. Pure.
import type { Dockerfile, FromInstruction, Instruction, Range } from '../dockerfile/instruction.ts';
import type { Platform } from '../oci/platform.ts';
import { parsePlatform } from '../oci/platform.ts';
import { familiarReference, parseReference } from '../oci/reference.ts';
import { type BuildArgs, platformArgs } from './build-args.ts';
import { dockerfileError } from './dockerfile-error.ts';
import { type Escape, expandText } from './expansion.ts';

export type StageBase =
  | { readonly kind: 'scratch' }
  | { readonly kind: 'stage'; readonly index: number }
  | { readonly kind: 'image'; readonly reference: string }
  /** `--build-context`. */
  | { readonly kind: 'context'; readonly name: string };

export interface PlannedStage {
  readonly index: number;
  /** As written. */
  readonly name: string | undefined;
  readonly from: FromInstruction;
  readonly base: StageBase;
  readonly platform: Platform;
  /** All but FROM. */
  readonly instructions: readonly Instruction[];
}

export interface BuildPlan {
  readonly stages: readonly PlannedStage[];
  /** Index of the stage whose image is asked for. */
  readonly target: number;
  /** Stages that the target needs, in the order of the text: none needs a later one. */
  readonly order: readonly number[];
  /** Arguments before the first FROM, with those that every build has; undefined for one without a value. */
  readonly globals: ReadonlyMap<string, string | undefined>;
}

export interface PlanOptions {
  readonly args: BuildArgs;
  /** A stage's name or number. Default: the last stage. */
  readonly target?: string | undefined;
  readonly buildPlatform: Platform;
  readonly targetPlatform: Platform;
  /** Names of `--build-context`. */
  readonly contexts: ReadonlySet<string>;
}

/** Throws `invalid-dockerfile` with `data.diagnostics`, `not-found` for a target that is not there. */
export function planStages(file: Dockerfile, options: PlanOptions): BuildPlan {
  const globals = globalArgs(file, options);
  const stages: PlannedStage[] = [];
  for (const [from, instructions] of splitStages(file.instructions)) {
    stages.push(planStage(from, instructions, { stages, globals, options, escape: file.directives.escape }));
  }
  const target = findTarget(stages, options.target);
  return { stages, target, order: orderFor(stages, target, options), globals };
}

function splitStages(instructions: readonly Instruction[]): [FromInstruction, Instruction[]][] {
  const stages: [FromInstruction, Instruction[]][] = [];
  for (const instruction of instructions) {
    if (instruction.keyword === 'FROM') stages.push([instruction, []]);
    else stages.at(-1)?.[1].push(instruction);
  }
  return stages;
}

function globalArgs(file: Dockerfile, options: PlanOptions): Map<string, string | undefined> {
  const { args, buildPlatform, targetPlatform } = options;
  const target = options.target || targetName(file.instructions);
  const globals = new Map<string, string | undefined>(platformArgs(buildPlatform, targetPlatform, target));
  for (const name of globals.keys()) if (args.has(name)) globals.set(name, args.get(name));
  for (const instruction of file.instructions) {
    if (instruction.keyword !== 'ARG') break;
    for (const { name, value } of instruction.args) {
      // What is given takes the place of what is written, errors in that included.
      const given =
        args.get(name) ??
        (value === undefined ? undefined : expandAt(value, globals, instruction.range, file));
      // Declared once more without a value, it keeps the one that it has.
      if (given !== undefined || !globals.has(name)) globals.set(name, given);
    }
  }
  return globals;
}

/** What TARGETSTAGE tells when nobody asked for a stage. */
function targetName(instructions: readonly Instruction[]): string {
  const last = instructions.findLast((instruction) => instruction.keyword === 'FROM');
  return last?.stageName?.toLowerCase() ?? 'default';
}

function expandAt(
  text: string,
  globals: ReadonlyMap<string, string | undefined>,
  range: Range,
  { directives }: Dockerfile,
): string {
  return expandText(text, (name) => globals.get(name), { escape: directives.escape, range });
}

interface Planning {
  readonly stages: readonly PlannedStage[];
  readonly globals: ReadonlyMap<string, string | undefined>;
  readonly options: PlanOptions;
  readonly escape: Escape;
}

function planStage(
  from: FromInstruction,
  instructions: readonly Instruction[],
  { stages, globals, options, escape }: Planning,
): PlannedStage {
  const { range } = from;
  const expand = (text: string): string => expandText(text, (name) => globals.get(name), { escape, range });
  const image = expand(from.image);
  if (image === '') {
    throw dockerfileError(range, `base name ${JSON.stringify(from.image)} is empty when it is expanded`, {
      hint: 'Give the ARG in it a default before the first FROM, or a value with --build-arg.',
    });
  }
  const base = baseOf(image, stages, options);
  const written = from.platform === undefined ? undefined : platformAt(expand(from.platform), range);
  const platform = base.kind === 'stage' ? stages[base.index]!.platform : written;
  return {
    index: stages.length,
    name: from.stageName,
    from,
    base,
    platform: platform ?? options.targetPlatform,
    instructions,
  };
}

function platformAt(text: string, range: Range): Platform {
  if (text === '') {
    throw dockerfileError(range, 'the platform is empty when it is expanded', {
      hint: 'Give the ARG in it a default before the first FROM, or a value with --build-arg.',
    });
  }
  try {
    return parsePlatform(text);
  } catch (cause) {
    throw dockerfileError(range, `${JSON.stringify(text)} is no platform`, { cause });
  }
}

function baseOf(image: string, stages: readonly PlannedStage[], { contexts }: PlanOptions): StageBase {
  if (image === 'scratch') return { kind: 'scratch' };
  const source = namedSource(image, stages, contexts);
  // FROM knows stages by their names in lower case: spelled otherwise it is an image that is meant.
  const isStage = source.kind !== 'stage' || image === image.toLowerCase();
  return isStage ? source : { kind: 'image', reference: image };
}

/** A context takes the place of a stage or an image of its name. */
function namedSource(
  name: string,
  stages: readonly PlannedStage[],
  contexts: ReadonlySet<string>,
): StageBase {
  const context = contextNamed(name, contexts);
  if (context !== undefined) return { kind: 'context', name: context };
  const stage = stageNamed(stages, name);
  if (stage !== undefined) return { kind: 'stage', index: stage };
  return name === 'scratch' ? { kind: 'scratch' } : { kind: 'image', reference: name };
}

/** `alpine` also stands for `alpine:latest` and `docker.io/library/alpine`. */
function contextNamed(name: string, contexts: ReadonlySet<string>): string | undefined {
  if (contexts.has(name) || contexts.size === 0) return contexts.has(name) ? name : undefined;
  try {
    const familiar = familiarReference(parseReference(name)).replace(/:latest$/, '');
    return contexts.has(familiar) ? familiar : undefined;
  } catch {
    return undefined;
  }
}

/** The last one of that name: a name may be given twice. */
function stageNamed(stages: readonly PlannedStage[], name: string): number | undefined {
  return stages.findLast((stage) => stage.name?.toLowerCase() === name.toLowerCase())?.index;
}

/** What `--from` of COPY, ADD and of a mount names. */
export function sourceNamed(
  name: string,
  stages: readonly PlannedStage[],
  contexts: ReadonlySet<string>,
  range: Range,
): StageBase {
  if (/^\d+$/.test(name)) {
    const index = Number(name);
    if (index < stages.length) return { kind: 'stage', index };
    throw dockerfileError(range, `there is no stage ${name}`, { hint: 'Stages are counted from 0.' });
  }
  return namedSource(name, stages, contexts);
}

function findTarget(stages: readonly PlannedStage[], target: string | undefined): number {
  if (target === undefined || target === '') return stages.length - 1;
  const found = /^\d+$/.test(target) ? stages[Number(target)]?.index : stageNamed(stages, target);
  if (found !== undefined) return found;
  const names = stages.flatMap(({ name }) => name ?? []);
  throw dockerfileError(undefined, `there is no stage ${JSON.stringify(target)}`, {
    code: 'not-found',
    hint: names.length === 0 ? 'No stage of it has a name.' : `Its stages are ${names.join(', ')}.`,
  });
}

/** Throws for a stage that needs itself or a later one, as BuildKit does. */
function orderFor(stages: readonly PlannedStage[], target: number, { contexts }: PlanOptions): number[] {
  const needed = new Set([target]);
  // What is added while it goes on is visited as well.
  for (const index of needed) {
    for (const { stage, range } of stageNeeds(stages[index]!, stages, contexts)) {
      if (stage === index) throw dockerfileError(range, `stage ${stageTitle(stages[index]!)} needs itself`);
      if (stage > index) {
        const [needs, later] = [stages[index]!, stages[stage]!].map(stageTitle);
        throw dockerfileError(range, `stage ${later} comes after stage ${needs}, which needs it`, {
          hint: `Move stage ${later} above it.`,
        });
      }
      needed.add(stage);
    }
  }
  return [...needed].sort((a, b) => a - b);
}

/** The order with one more stage, and what it needs. */
export function orderWith({ stages, order }: BuildPlan, stage: number, options: PlanOptions): number[] {
  return [...new Set([...order, ...orderFor(stages, stage, options)])].sort((a, b) => a - b);
}

function stageNeeds(
  { base, from, instructions }: PlannedStage,
  stages: readonly PlannedStage[],
  contexts: ReadonlySet<string>,
): { stage: number; range: Range }[] {
  const triggers = base.kind === 'stage' ? triggersIn(stages[base.index]!) : [];
  const names = [
    // What the base wants to be done happens here.
    ...triggers.flatMap((trigger) => sourceNames(trigger).map(({ name }) => ({ name, range: from.range }))),
    ...instructions.flatMap(sourceNames),
  ];
  const needs = names.flatMap(({ name, range }) => {
    const source = sourceNamed(name, stages, contexts, range);
    return source.kind === 'stage' ? [{ stage: source.index, range }] : [];
  });
  return base.kind === 'stage' ? [{ stage: base.index, range: from.range }, ...needs] : needs;
}

function triggersIn({ instructions }: PlannedStage): Instruction[] {
  return instructions.flatMap((each) => (each.keyword === 'ONBUILD' ? [each.instruction] : []));
}

/** What an instruction takes from elsewhere than the context. */
export function sourceNames(instruction: Instruction): { name: string; range: Range }[] {
  if (instruction.keyword === 'COPY' || instruction.keyword === 'ADD') {
    return instruction.from === undefined ? [] : [{ name: instruction.from, range: instruction.range }];
  }
  if (instruction.keyword !== 'RUN') return [];
  return instruction.mounts.flatMap(({ options, range }) => {
    const from = options.find(([name]) => name === 'from')?.[1];
    return from === undefined || from === '' ? [] : [{ name: from, range }];
  });
}

export function stageTitle({ name, index }: Pick<PlannedStage, 'name' | 'index'>): string {
  return name ?? String(index);
}
