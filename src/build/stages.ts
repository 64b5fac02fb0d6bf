// The stages of a Dockerfile: what each stands on, which of them the target needs, in which order. Pure.
import type { Dockerfile, FromInstruction, Instruction, Range } from '../dockerfile/instruction.ts';
import type { Platform } from '../oci/platform.ts';
import { parsePlatform } from '../oci/platform.ts';
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
  /** Stages that the target needs, each after those that it needs itself. */
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
  const { args, buildPlatform, targetPlatform, target = '' } = options;
  const globals = new Map<string, string | undefined>(platformArgs(buildPlatform, targetPlatform, target));
  for (const name of globals.keys()) if (args.has(name)) globals.set(name, args.get(name));
  for (const instruction of file.instructions) {
    if (instruction.keyword !== 'ARG') break;
    for (const { name, value } of instruction.args) {
      const written = value === undefined ? undefined : expandAt(value, globals, instruction.range, file);
      const given = args.get(name) ?? written;
      // Declared once more without a value, it keeps the one that it has.
      if (given !== undefined || !globals.has(name)) globals.set(name, given);
    }
  }
  return globals;
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
  const platform = from.platform === undefined ? '' : expand(from.platform);
  return {
    index: stages.length,
    name: from.stageName,
    from,
    base: baseOf(image, stages, options),
    platform: platform === '' ? options.targetPlatform : platformAt(platform, range),
    instructions,
  };
}

function platformAt(text: string, range: Range): Platform {
  try {
    return parsePlatform(text);
  } catch (cause) {
    throw dockerfileError(range, `${JSON.stringify(text)} is no platform`, { cause });
  }
}

function baseOf(image: string, stages: readonly PlannedStage[], { contexts }: PlanOptions): StageBase {
  const stage = stageNamed(stages, image);
  if (stage !== undefined) return { kind: 'stage', index: stage };
  if (contexts.has(image)) return { kind: 'context', name: image };
  return image === 'scratch' ? { kind: 'scratch' } : { kind: 'image', reference: image };
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
  const stage = stageNamed(stages, name);
  if (stage !== undefined) return { kind: 'stage', index: stage };
  if (contexts.has(name)) return { kind: 'context', name };
  return name === 'scratch' ? { kind: 'scratch' } : { kind: 'image', reference: name };
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

/** Depth first, so that a stage comes after what it needs; those that stand in no relation keep their order. */
function orderFor(stages: readonly PlannedStage[], target: number, { contexts }: PlanOptions): number[] {
  const done = new Set<number>();
  const onTheWay = new Set<number>();
  const work: { index: number; needs: { stage: number; range: Range }[] }[] = [];
  const enter = (index: number): void => {
    onTheWay.add(index);
    work.push({ index, needs: stageNeeds(stages[index]!, stages, contexts) });
  };
  enter(target);
  while (work.length > 0) {
    const { index, needs } = work.at(-1)!;
    const next = needs.shift();
    if (next === undefined) {
      work.pop();
      onTheWay.delete(index);
      done.add(index);
    } else if (onTheWay.has(next.stage)) {
      throw dockerfileError(next.range, `stage ${stageTitle(stages[next.stage]!)} needs itself`);
    } else if (!done.has(next.stage)) enter(next.stage);
  }
  return [...done];
}

function stageNeeds(
  stage: PlannedStage,
  stages: readonly PlannedStage[],
  contexts: ReadonlySet<string>,
): { stage: number; range: Range }[] {
  const needs: { stage: number; range: Range }[] = [];
  if (stage.base.kind === 'stage') needs.push({ stage: stage.base.index, range: stage.from.range });
  for (const instruction of stage.instructions) {
    for (const { name, range } of sourceNames(instruction)) {
      const source = sourceNamed(name, stages, contexts, range);
      if (source.kind === 'stage') needs.push({ stage: source.index, range });
    }
  }
  return needs;
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
