// What `build` takes, as a request.
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { BuildRequest, BuildSecret } from '../app/build-services.ts';
import { parseLabels } from '../engine/labels.ts';
import { toPhylloError } from '../lib/errors.ts';
import { parseReference } from '../oci/reference.ts';
import type { Context } from './context.ts';
import { engineOption, networkMode } from './run-options.ts';
import { usageError } from './usage.ts';

export interface BuildOptions {
  readonly file?: string;
  readonly tag?: readonly string[];
  readonly buildArg?: readonly string[];
  readonly target?: string;
  readonly pull?: boolean;
  readonly cache?: boolean;
  /** `--no-cache-filter`: what begins with `no-` is called by the rest. */
  readonly cacheFilter?: readonly string[];
  readonly buildContext?: readonly string[];
  readonly secret?: readonly string[];
  readonly ssh?: readonly string[];
  readonly cacheFrom?: readonly string[];
  readonly label?: readonly string[];
  readonly network?: string;
  readonly platform?: string;
  readonly progress?: string;
  readonly quiet?: boolean;
  readonly iidfile?: string;
  readonly check?: boolean;
  readonly step?: boolean;
  readonly engine?: string;
}

export function buildRequest(context: Context, contextArgument: string, options: BuildOptions): BuildRequest {
  const { env, stdin } = context.io;
  const engine = engineOption(options);
  const wantsStdin = contextArgument === '-' || options.file === '-';
  const { SOURCE_DATE_EPOCH: sourceDateEpoch } = env;
  return {
    context: contextArgument,
    ...(options.file !== undefined && { file: options.file }),
    ...(wantsStdin && { stdin }),
    buildArgs: (options.buildArg ?? []).flatMap((text) => argOf(text, env)),
    ...(options.target !== undefined && { target: options.target }),
    ...(options.platform !== undefined && { platform: options.platform }),
    noCache: options.cache === false,
    pull: options.pull === true,
    noCacheFilter: (options.cacheFilter ?? []).flatMap((names) => names.split(',').filter(Boolean)),
    contexts: (options.buildContext ?? []).map((text) => pairOf('--build-context', text)),
    secrets: (options.secret ?? []).map((text) => secretOf(text, env)),
    ssh: (options.ssh ?? []).map((text) => agentOf(text, env)),
    cacheFrom: options.cacheFrom ?? [],
    labels: parseLabels(options.label ?? []),
    network: networkMode('build', options.network),
    ...(engine !== undefined && { engine }),
    tags: (options.tag ?? []).map(checkedTag),
    ...(sourceDateEpoch && { sourceDateEpoch }),
  };
}

/** Known to be bad before anything is built. */
function checkedTag(name: string): string {
  try {
    if (parseReference(name).digest === undefined) return name;
  } catch (cause) {
    throw usageError('build', `--tag: ${toPhylloError(cause, 'read name').message}`);
  }
  throw usageError('build', `--tag ${JSON.stringify(name)} has a digest, which nobody can choose`);
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Foreign names: `constructor` must not find what every object inherits. */
function variableOf(env: Environment, name: string): string | undefined {
  return Object.hasOwn(env, name) ? env[name] : undefined;
}

/** A name alone takes our variable, where it is set. */
function argOf(text: string, env: Environment): [name: string, value: string][] {
  const equals = text.indexOf('=');
  if (equals === 0 || text === '')
    throw usageError('build', `--build-arg ${JSON.stringify(text)} has no name`);
  if (equals > 0) return [[text.slice(0, equals), text.slice(equals + 1)]];
  const value = variableOf(env, text);
  return value === undefined ? [] : [[text, value]];
}

function pairOf(flag: string, text: string): [name: string, value: string] {
  const equals = text.indexOf('=');
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
  throw usageError('build', `${flag} ${JSON.stringify(text)} is not NAME=VALUE`);
}

/** `id=NAME[,src=FILE|,env=VARIABLE][,type=file|env]`; without a source it is the variable or the file of that name. */
function secretOf(text: string, env: Environment): BuildSecret {
  const fields = new Map(text.split(',').map((field) => pairOf('--secret', field)));
  for (const name of fields.keys()) {
    if (['id', 'src', 'source', 'env', 'type'].includes(name)) continue;
    throw usageError('build', `--secret has no field ${JSON.stringify(name)}; it has id, src, env and type`);
  }
  const id = fields.get('id');
  if (!id) throw usageError('build', `--secret ${JSON.stringify(text)} has no id`);
  const file = fields.get('src') ?? fields.get('source');
  const variable = fields.get('env');
  if (file !== undefined && fields.get('type') !== 'env') return { id, source: { file: withHome(file) } };
  if (variable !== undefined || file !== undefined) return { id, source: { env: variable ?? file! } };
  return { id, source: variableOf(env, id) === undefined ? { file: withHome(id) } : { env: id } };
}

function withHome(path: string): string {
  return path.startsWith('~/') ? resolve(homedir(), path.slice(2)) : resolve(path);
}

function agentOf(text: string, env: Environment): [id: string, socket: string] {
  const equals = text.indexOf('=');
  const id = equals < 0 ? text : text.slice(0, equals);
  const socket = equals < 0 ? env['SSH_AUTH_SOCK'] : withHome(text.slice(equals + 1));
  if (socket) return [id, socket];
  throw usageError('build', '--ssh needs an agent: SSH_AUTH_SOCK is not set');
}
