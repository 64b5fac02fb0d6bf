// Instructions that make no layer: what each does to the image's configuration, and its row of history. Pure.
import { posix } from 'node:path';
import { formatDuration } from '../dockerfile/duration.ts';
import type {
  ArgInstruction,
  CommandLine,
  HealthcheckInstruction,
  Instruction,
  ListInstruction,
} from '../dockerfile/instruction.ts';
import { signalName } from '../engine/signal-names.ts';
import type { JsonObject } from '../oci/json.ts';
import { type BuildArgs, maskedValue } from './build-args.ts';
import { dockerfileError } from './dockerfile-error.ts';
import type { Expander } from './expansion.ts';
import { exposedPorts } from './exposed-ports.ts';
import { goList, goQuotedList } from './go-text.ts';
import {
  type DeclaredArg,
  type ExecutionDocument,
  type StageState,
  withEnv,
  withHistory,
} from './stage-state.ts';

export interface MetadataContext {
  /** With the variables as they are before the instruction. */
  readonly expander: Expander;
  readonly args: BuildArgs;
  readonly globals: ReadonlyMap<string, string | undefined>;
}

type Metadata = Exclude<Instruction, { keyword: 'FROM' | 'RUN' | 'COPY' | 'ADD' }>;

const DEFAULT_SHELL = ['/bin/sh', '-c'];

/** WORKDIR is told here as well; the directory itself is a layer's business. Throws `invalid-dockerfile`. */
export function applyMetadata(
  state: StageState,
  instruction: Metadata,
  context: MetadataContext,
): StageState {
  const { expander } = context;
  switch (instruction.keyword) {
    case 'ARG':
      return applyArg(state, instruction, context);
    case 'ENV': {
      const pairs = instruction.pairs.map(
        ({ key, value }) => [expander.word(key), expander.word(value)] as const,
      );
      const changed = pairs.reduce((next, [name, value]) => withEnv(next, name, value), state);
      return withHistory(changed, `ENV ${pairs.map(([name, value]) => `${name}=${value}`).join(' ')}`);
    }
    case 'LABEL': {
      const pairs = instruction.pairs.map(
        ({ key, value }) => [expander.word(key), expander.word(value)] as const,
      );
      const Labels = { ...state.config.Labels, ...Object.fromEntries(pairs) };
      return configured(
        state,
        { Labels },
        `LABEL ${pairs.map(([name, value]) => `${name}=${value}`).join(' ')}`,
      );
    }
    case 'CMD': {
      const Cmd = commandOf(state, instruction.command);
      const changed = configured(state, { Cmd, ArgsEscaped: true }, `CMD ${goQuotedList(Cmd)}`);
      return { ...changed, cmdIsSet: true };
    }
    case 'ENTRYPOINT': {
      const Entrypoint = commandOf(state, instruction.command);
      const reset = state.cmdIsSet ? {} : { Cmd: undefined };
      return configured(state, { Entrypoint, ...reset }, `ENTRYPOINT ${goQuotedList(Entrypoint)}`);
    }
    case 'SHELL':
      return configured(state, { Shell: instruction.values }, `SHELL ${goList(instruction.values)}`);
    case 'USER': {
      const User = expander.word(instruction.value);
      return configured(state, { User }, `USER ${User}`);
    }
    case 'WORKDIR': {
      const WorkingDir = workingDir(state, expander.word(instruction.value));
      return { ...state, config: { ...state.config, WorkingDir } };
    }
    case 'EXPOSE':
      return applyExpose(state, instruction, context);
    case 'VOLUME':
      return applyVolume(
        state,
        instruction.values.map((word) => expander.word(word)),
        instruction,
      );
    case 'STOPSIGNAL': {
      const text = expander.word(instruction.value);
      return configured(state, { StopSignal: checkedSignal(text, instruction) }, `STOPSIGNAL ${text}`);
    }
    case 'MAINTAINER':
      return withHistory({ ...state, author: instruction.value }, `MAINTAINER ${instruction.value}`);
    case 'HEALTHCHECK':
      return applyHealthcheck(state, instruction);
    case 'ONBUILD': {
      const OnBuild = [...(state.config.OnBuild ?? []), instruction.trigger];
      // BuildKit writes no history of it.
      return { ...state, config: { ...state.config, OnBuild } };
    }
  }
}

function configured(
  state: StageState,
  change: Partial<ExecutionDocument> | { Cmd: undefined },
  createdBy: string,
): StageState {
  const config = { ...state.config, ...change } as ExecutionDocument;
  return withHistory({ ...state, config }, createdBy);
}

/** A shell's words, or those that were given. */
export function commandOf(state: StageState, command: CommandLine): readonly string[] {
  if (command.form === 'exec') return command.argv;
  const { Shell = [] } = state.config;
  return [...(Shell.length === 0 ? DEFAULT_SHELL : Shell), command.script];
}

/** Absolute, clean; a relative one goes on from where the image is. */
export function workingDir(state: StageState, path: string): string {
  const clean = posix.normalize(
    posix.join(posix.isAbsolute(path) ? '/' : `/${state.config.WorkingDir ?? ''}`, path),
  );
  return clean.length > 1 ? clean.replace(/\/$/, '') : clean;
}

function applyArg(state: StageState, { args }: ArgInstruction, context: MetadataContext): StageState {
  const texts: string[] = [];
  let next = state;
  for (const { name, value: written } of args) {
    // Each sees those before it; what is given takes the place of what is written, errors in that included.
    const expander = context.expander.with(next.env);
    const value =
      context.args.get(name) ?? (written === undefined ? context.globals.get(name) : expander.word(written));
    texts.push(value === undefined ? name : `${name}=${maskedValue(name, value)}`);
    const declared: DeclaredArg = { name, value };
    const env = value === undefined ? next.env : new Map(next.env).set(name, value);
    next = { ...next, env, args: [...next.args, declared] };
  }
  return withHistory(next, `ARG ${texts.join(' ')}`);
}

function applyExpose(
  state: StageState,
  { values, range }: ListInstruction,
  { expander }: MetadataContext,
): StageState {
  // Sorted as they are written, as BuildKit has it.
  const words = [...values].sort().flatMap((word) => expander.words(word));
  const ports = exposedPorts(words, range);
  const ExposedPorts: JsonObject = {
    ...state.config.ExposedPorts,
    ...Object.fromEntries(ports.map((port) => [port, {}])),
  };
  return configured(state, { ExposedPorts }, `EXPOSE ${goList(ports)}`);
}

function applyVolume(state: StageState, paths: readonly string[], { range }: Metadata): StageState {
  if (paths.includes('')) throw dockerfileError(range, 'VOLUME has an empty path');
  const Volumes: JsonObject = {
    ...state.config.Volumes,
    ...Object.fromEntries(paths.map((path) => [path, {}])),
  };
  return configured(state, { Volumes }, `VOLUME ${goList(paths)}`);
}

function checkedSignal(text: string, { range }: Metadata): string {
  try {
    signalName(text);
    return text;
  } catch (error) {
    throw dockerfileError(range, `${JSON.stringify(text)} is no signal`, { cause: error });
  }
}

function applyHealthcheck(state: StageState, instruction: HealthcheckInstruction): StageState {
  const { command, intervalNanos, timeoutNanos, startPeriodNanos, startIntervalNanos, retries } = instruction;
  const test = testOf(command);
  const numbers = {
    Interval: intervalNanos ?? 0,
    Timeout: timeoutNanos ?? 0,
    StartPeriod: startPeriodNanos ?? 0,
    StartInterval: startIntervalNanos ?? 0,
    Retries: retries ?? 0,
  };
  const given = Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== 0));
  const durations = Object.entries(numbers)
    .map(([name, value]) => `${name}:${name === 'Retries' ? value : formatDuration(value)}`)
    .join(' ');
  return configured(
    state,
    { Healthcheck: { Test: test, ...given } },
    `HEALTHCHECK {Test:${goList(test)} ${durations}}`,
  );
}

function testOf(command: CommandLine | undefined): string[] {
  if (command === undefined) return ['NONE'];
  return command.form === 'exec' ? ['CMD', ...command.argv] : ['CMD-SHELL', command.script];
}
