// The image of a stage after some of its steps: configuration, layers and history as they will be written, and what the
// next instructions see of variables. Never changed: each step makes a new one.
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { type JsonObject, isJsonObject } from '../oci/json.ts';
import type { ResolvedImage } from '../oci/image.ts';
import { asOciLayer, makeImage } from '../oci/make-image.ts';
import type { Platform } from '../oci/platform.ts';
import { DEFAULT_PATH } from '../engine/process-spec.ts';
import { ADDED_COMMENT, knownExecution, knownHistory } from './base-config.ts';

/** As image configs spell it. */
export interface HistoryItem {
  /** RFC 3339; undefined until a layer tells when. */
  readonly created?: string;
  readonly created_by?: string;
  readonly comment?: string;
  readonly author?: string;
  readonly empty_layer?: true;
}

/** The `config` of an image config, with docker's additions; in this order it is written. */
export interface ExecutionDocument {
  readonly User?: string;
  readonly ExposedPorts?: JsonObject;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Healthcheck?: JsonObject;
  readonly ArgsEscaped?: true;
  readonly Volumes?: JsonObject;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly OnBuild?: readonly string[];
  readonly StopSignal?: string;
  readonly StopTimeout?: number;
  readonly Shell?: readonly string[];
}

/** An ARG of the stage; `value` undefined: it has none. */
export interface DeclaredArg {
  readonly name: string;
  readonly value: string | undefined;
}

export interface StageState {
  readonly platform: Platform;
  readonly author?: string;
  readonly config: ExecutionDocument;
  readonly layers: readonly Descriptor[];
  readonly diffIDs: readonly Digest[];
  readonly history: readonly HistoryItem[];
  /** ENV and ARG alike, the later one wins: what instructions expand and RUN gets. */
  readonly env: ReadonlyMap<string, string>;
  /** In the order of their declarations, those of the stages below first. */
  readonly args: readonly DeclaredArg[];
  /** CMD was given in this very stage: then ENTRYPOINT leaves it alone. */
  readonly cmdIsSet: boolean;
  /** When the image was made that the first of the stages stands on. */
  readonly baseCreated?: string;
}

export const BUILD_COMMENT = 'buildkit.dockerfile.v0';
const PATH_NAME = 'PATH';
const IN_ORDER: readonly (keyof ExecutionDocument)[] = [
  'User',
  'ExposedPorts',
  'Env',
  'Entrypoint',
  'Cmd',
  'Healthcheck',
  'ArgsEscaped',
  'Volumes',
  'WorkingDir',
  'Labels',
  'OnBuild',
  'StopSignal',
  'StopTimeout',
  'Shell',
];

const MAPS: ReadonlySet<string> = new Set(['ExposedPorts', 'Volumes', 'Labels']);

export function scratchState(platform: Platform): StageState {
  return withPath({
    platform,
    config: { WorkingDir: '/' },
    layers: [],
    diffIDs: [],
    history: [],
    env: new Map(),
    args: [],
    cmdIsSet: false,
  });
}

export function imageState(image: ResolvedImage): StageState {
  const { raw, platform, diffIDs, author } = image.config;
  const config = knownExecution(raw['config']);
  return withPath({
    platform,
    ...(author !== undefined && { author }),
    config,
    layers: image.manifest.layers.map(asOciLayer),
    diffIDs,
    history: knownHistory(raw['history'], diffIDs.length),
    env: envMap(config.Env ?? []),
    args: [],
    cmdIsSet: false,
    ...(image.config.created !== undefined && { baseCreated: image.config.created }),
  });
}

/** A stage that stands on another one: its variables are seen as well. */
export function childState(parent: StageState): StageState {
  return { ...parent, cmdIsSet: false };
}

/** BuildKit adds it to every image that has none. */
function withPath(state: StageState): StageState {
  if (state.env.has(PATH_NAME)) return state;
  return withEnv(state, PATH_NAME, DEFAULT_PATH.slice(PATH_NAME.length + 1));
}

/** Absolute; images say so in different ways that they have none. */
export function workingDirOf({ config }: StageState): string {
  return config.WorkingDir || '/';
}

export function withEnv(state: StageState, name: string, value: string): StageState {
  const env = new Map(state.env).set(name, value);
  const variables = envMap(state.config.Env ?? []).set(name, value);
  return { ...state, env, config: { ...state.config, Env: envList(variables) } };
}

function envMap(env: readonly string[]): Map<string, string> {
  return new Map(
    env.map((variable) => {
      const equals = variable.indexOf('=');
      return equals < 0 ? [variable, ''] : [variable.slice(0, equals), variable.slice(equals + 1)];
    }),
  );
}

export function envList(env: ReadonlyMap<string, string>): string[] {
  return [...env].map(([name, value]) => `${name}=${value}`);
}

export interface NewLayer {
  readonly descriptor: Descriptor;
  readonly diffID: Digest;
  /** RFC 3339. */
  readonly created: string;
}

/** With one more row of history, and its layer where it made one. */
export function withHistory(state: StageState, createdBy: string, layer?: NewLayer): StageState {
  return withRow(state, { created_by: createdBy, comment: BUILD_COMMENT }, layer);
}

/** With a layer that no instruction made, and the row that BuildKit adds for such a one. */
export function withAddedLayer(state: StageState, createdBy: string, layer: NewLayer): StageState {
  return withRow(state, { created_by: createdBy, comment: ADDED_COMMENT }, layer);
}

function withRow(state: StageState, row: HistoryItem, layer: NewLayer | undefined): StageState {
  const item: HistoryItem = {
    ...(layer && { created: layer.created }),
    ...row,
    ...(layer === undefined && { empty_layer: true }),
  };
  return {
    ...state,
    history: [...state.history, item],
    ...(layer && {
      layers: [...state.layers, layer.descriptor],
      diffIDs: [...state.diffIDs, layer.diffID],
    }),
  };
}

/** The state as an image; the same state gives the same image, byte for byte. */
export function imageOf(state: StageState): ResolvedImage {
  const history = datedHistory(state.history);
  const created = history.at(-1)?.created;
  const { os, architecture, variant, osVersion } = state.platform;
  const document = {
    architecture,
    ...(state.author !== undefined && { author: state.author }),
    config: inOrder(state.config),
    ...(created !== undefined && { created }),
    history,
    os,
    ...(osVersion !== undefined && { 'os.version': osVersion }),
    rootfs: { type: 'layers', diff_ids: state.diffIDs },
    ...(variant !== undefined && { variant }),
  };
  return makeImage(Buffer.from(JSON.stringify(document)), state.layers);
}

/** As Go writes it: names of maps in their order, nothing that is empty. */
function inOrder(config: ExecutionDocument): object {
  return Object.fromEntries(
    IN_ORDER.map((name) => [name, MAPS.has(name) ? sorted(config[name]) : config[name]] as const).filter(
      ([, value]) => !isEmpty(value),
    ),
  );
}

function sorted(value: unknown): unknown {
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === '' || value === 0) return true;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/**
 * Rows without a time get that of the row before, as BuildKit has it; those before the first new layer get that layer's
 * time, not that of the base image.
 */
export function datedHistory(history: readonly HistoryItem[]): HistoryItem[] {
  const firstUndated = history.findIndex(({ created }) => created === undefined);
  if (firstUndated < 0) return [...history];
  const next = history.slice(firstUndated).find(({ created }) => created !== undefined);
  let last = next?.created ?? history.findLast(({ created }) => created !== undefined)?.created;
  return history.map((item, at) => {
    if (at > firstUndated) last = item.created ?? last;
    return item.created === undefined && last !== undefined ? { created: last, ...item } : item;
  });
}
