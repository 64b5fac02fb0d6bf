// RUN, ready to be done: what it depends on, and the container that does it.
import type { RunInstruction } from '../dockerfile/instruction.ts';
import { NETWORK_MODES, type NetworkMode } from '../engine/container.ts';
import { formatPlatform } from '../oci/platform.ts';
import { isSecretName } from '../dockerfile/lint/secret-name.ts';
import { maskedValue, proxyEnv } from './build-args.ts';
import type { BuildParts } from './build-parts.ts';
import type { KeyPart } from './cache-key.ts';
import { contentDigest } from './copy/content-key.ts';
import { dockerfileError } from './dockerfile-error.ts';
import type { Expander } from './expansion.ts';
import type { LayerWork, MadeLayer, WorkIo } from './layer-work.ts';
import { mountSource, prepareMounts } from './mount-files.ts';
import { parentPart } from './parent-part.ts';
import { type RunCommand, runCommand, runHistory } from './run-command.ts';
import { type MountPlan, mountKey, planMount } from './run-mounts.ts';
import { runFailed, runStep } from './run-step.ts';
import { type StageState, envList, imageOf, workingDirOf } from './stage-state.ts';

export interface RunContext {
  readonly state: StageState;
  readonly build: BuildParts;
  readonly expander: Expander;
}

export async function runWork(instruction: RunInstruction, context: RunContext): Promise<LayerWork> {
  const { state, build } = context;
  const command = runCommand(state, instruction);
  const mounts = plannedMounts(instruction, context);
  const network = networkOf(instruction, build);
  return {
    parts: await keyParts(instruction, context, { command, mounts, network }),
    createdBy: runHistory(state, command.argv),
    warnings: [],
    isToldByRow:
      mounts.length === 0 &&
      network === build.network &&
      isToldByRow(instruction, command, state) &&
      (await build.engineKind()) === 'real',
    make: (io) => make({ instruction, context, command, mounts, network }, io),
  };
}

/** A row has the words of a command run together, values of secrets masked, and a script of its own by its name alone. */
function isToldByRow({ command }: RunInstruction, { file }: RunCommand, { args }: StageState): boolean {
  return command.form === 'shell' && file === undefined && !args.some(({ name }) => isSecretName(name));
}

interface Planned {
  readonly command: RunCommand;
  readonly mounts: readonly MountPlan[];
  readonly network: NetworkMode;
}

/** `from` alone is not expanded. */
export function plannedMounts(
  { mounts }: RunInstruction,
  { expander, state }: Pick<RunContext, 'expander' | 'state'>,
): MountPlan[] {
  let agents = 0;
  return mounts.map(({ options, range }) => {
    const isAgent = options.some(([name, value]) => name === 'type' && value === 'ssh');
    const expanded = options.map(
      ([name, value]) => [name, name === 'from' ? value : expander.word(value)] as const,
    );
    return planMount({ options: expanded, range }, workingDirOf(state), isAgent ? agents++ : 0);
  });
}

function networkOf({ network, security, range }: RunInstruction, build: BuildParts): NetworkMode {
  if (security !== undefined && security !== 'sandbox') {
    throw dockerfileError(range, `--security=${security} is not allowed`, {
      hint: 'No step gets more rights than a container.',
    });
  }
  if (network === undefined || network === 'default') return build.network;
  const mode = NETWORK_MODES.find((each) => each === network && each !== 'private');
  if (mode !== undefined) return mode;
  throw dockerfileError(range, `--network=${network} is none of default, none, host`);
}

async function keyParts(
  { range }: RunInstruction,
  { state, build }: RunContext,
  { command, mounts, network }: Planned,
): Promise<KeyPart[]> {
  const env = [...state.env].map(([name, value]) => ({
    name: state.args.some((arg) => arg.name === name) ? `build-arg ${name}` : `env ${name}`,
    value: maskedPart(build, name, value),
  }));
  const mountParts: KeyPart[] = [];
  for (const mount of mounts) {
    const source = await mountSource(mount, { build, platform: state.platform, range });
    const digest =
      source && (mount.type === 'bind' || mount.type === 'cache')
        ? await contentDigest({
            source: source.files,
            paths: [mount.source],
            isLiteral: true,
            keepsOwners: source.keepsOwners,
          })
        : undefined;
    const part = mountKey(mount, digest);
    if (part) mountParts.push(part);
  }
  return [
    { name: 'engine', value: await build.engineKind() },
    { name: 'command', value: JSON.stringify(command.argv) },
    ...(command.file ? [{ name: 'script', value: command.file.content }] : []),
    ...env,
    { name: 'directory', value: workingDirOf(state) },
    { name: 'user', value: state.config.User ?? '' },
    ...mountParts,
    { name: 'network', value: network },
    { name: 'platform', value: formatPlatform(state.platform) },
    parentPart(state),
  ];
}

/** A secret is told apart by a digest that cannot be turned back into it. */
function maskedPart(build: BuildParts, name: string, value: string): string {
  const shown = maskedValue(name, value);
  return shown === value ? value : `${shown} ${build.secretMark(`${name}=${value}`)}`;
}

interface Work extends Planned {
  readonly instruction: RunInstruction;
  readonly context: RunContext;
}

async function make(
  { instruction, context, command, mounts, network }: Work,
  io: WorkIo,
): Promise<MadeLayer> {
  const { state, build } = context;
  const { range } = instruction;
  const engine = await build.tools.engine();
  const ready = await prepareMounts(
    mounts,
    { build, platform: state.platform, range, signal: io.signal },
    command.file,
  );
  const source = build.tools.runImage(imageOf(state));
  try {
    const ran = await runStep(
      engine,
      {
        argv: command.argv,
        env: [...envList(state.env), ...proxyEnv(build.args), ...ready.env],
        workingDir: workingDirOf(state),
        user: state.config.User ?? '',
        network,
        mounts: ready.mounts,
        source,
        owner: build.owner,
      },
      {
        ...io,
        onStart: (id) => {
          void ready.mounted();
          io.onContainer?.(engine, id);
        },
      },
    );
    const done = async (): Promise<void> => {
      build.afterwork.add(ran.done());
      await ready.done();
      await source.close();
    };
    return {
      tar: ran.layer(),
      ...(ran.exitCode !== 0 && { failure: runFailed(command.argv, ran.exitCode) }),
      done,
    };
  } catch (error) {
    await ready.done();
    await source.close();
    throw error;
  }
}
