// What `run` and `create` take, as a request.
import { readFile } from 'node:fs/promises';
import type { RunRequest } from '../app/container-services.ts';
import { parseEngineName } from '../app/engine-set.ts';
import { type EngineName, NETWORK_MODES } from '../engine/container.ts';
import { envArgument, parseEnvFile } from '../engine/env-file.ts';
import { parseLabels } from '../engine/labels.ts';
import { parseVolumeSpec } from '../engine/mount-spec.ts';
import { parsePortSpec } from '../engine/port-spec.ts';
import { parseTmpfsSpec } from '../engine/tmpfs-spec.ts';
import { toPhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import type { Context } from './context.ts';
import { usageError } from './usage.ts';

export interface RunOptions {
  readonly interactive?: boolean;
  readonly tty?: boolean;
  readonly rm?: boolean;
  readonly name?: string;
  readonly env?: readonly string[];
  readonly envFile?: readonly string[];
  readonly workdir?: string;
  readonly user?: string;
  readonly volume?: readonly string[];
  readonly tmpfs?: readonly string[];
  readonly publish?: readonly string[];
  readonly publishAll?: boolean;
  readonly entrypoint?: string;
  readonly network?: string;
  readonly readOnly?: boolean;
  readonly hostname?: string;
  readonly label?: readonly string[];
  readonly stopSignal?: string;
  readonly stopTimeout?: number;
  readonly pull?: 'missing' | 'always' | 'never';
  readonly engine?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

export async function runRequest(
  context: Context,
  [image, ...command]: readonly string[],
  options: RunOptions,
): Promise<RunRequest> {
  const engine = engineOption(options);
  const { volume = [], tmpfs = [], publish = [], label = [] } = options;
  return {
    image: image!,
    ...(engine !== undefined && { engine }),
    ...(options.pull !== undefined && { pull: options.pull }),
    name: options.name,
    ...(options.entrypoint !== undefined && {
      entrypoint: options.entrypoint === '' ? [] : [options.entrypoint],
    }),
    ...(command.length > 0 && { command }),
    env: await environment(options, context.io.env),
    user: options.user,
    workingDir: options.workdir,
    hostname: options.hostname,
    tty: options.tty,
    stdin: options.interactive,
    mounts: [...volume.map(parseVolumeSpec), ...tmpfs.map(parseTmpfsSpec)],
    ports: publish.flatMap(parsePortSpec),
    publishAll: options.publishAll,
    network: networkMode('run', options.network),
    readOnly: options.readOnly,
    autoRemove: options.rm,
    labels: parseLabels(label),
    stopSignal: options.stopSignal,
    stopTimeoutSeconds: options.stopTimeout,
  };
}

/** undefined for the best one. Throws `invalid-argument`. */
export function engineOption({ engine }: Pick<RunOptions, 'engine'>): EngineName | undefined {
  return engine === undefined || engine === 'auto' ? undefined : parseEngineName(engine);
}

/** Files first, then what stands on the command line: later ones win. */
export async function environment(
  { env = [], envFile = [] }: Pick<RunOptions, 'env' | 'envFile'>,
  ours: Environment,
): Promise<readonly string[]> {
  const files = await Promise.all(envFile.map((path) => readEnvFile(path, ours)));
  return [...files.flat(), ...env.map((text) => envArgument(text, ours))];
}

async function readEnvFile(path: string, ours: Environment): Promise<readonly string[]> {
  try {
    return parseEnvFile(await readFile(path), path, ours);
  } catch (error) {
    throw toPhylloError(error, `read ${safeText(path)}`);
  }
}

/** docker's `bridge` and `default` are what we call private. */
export function networkMode(verb: string, text: string | undefined): RunRequest['network'] {
  if (text === undefined) return undefined;
  const mode = text === 'bridge' || text === 'default' ? 'private' : text;
  const known = NETWORK_MODES.find((each) => each === mode);
  if (known) return known;
  throw usageError(verb, `--network takes ${NETWORK_MODES.join(', ')}, not ${JSON.stringify(text)}`);
}
