// Image configs (OCI image spec config.md) and what docker adds to them. Unknown fields are kept in `raw`.
import { PhylloError } from '../lib/errors.ts';
import { type Digest, digestOf, parseDigest } from './digest.ts';
import { type JsonObject, isJsonObject, parseJsonObject, stringList, stringMap } from './json.ts';
import { type Platform, parsePlatformObject } from './platform.ts';

export interface HistoryEntry {
  readonly created?: string;
  readonly createdBy: string;
  readonly author?: string;
  readonly comment?: string;
  /** True for an instruction that made no layer. */
  readonly emptyLayer: boolean;
}

/** The execution parameters: what a container of this image starts with. */
export interface ExecutionConfig {
  readonly user?: string;
  readonly exposedPorts: readonly string[];
  readonly env: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly volumes: readonly string[];
  readonly workingDir?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly stopSignal?: string;
  readonly shell?: readonly string[];
  readonly onBuild: readonly string[];
  readonly healthcheck?: JsonObject;
}

export interface ImageConfig {
  readonly platform: Platform;
  readonly created?: string;
  readonly author?: string;
  readonly config: ExecutionConfig;
  readonly diffIDs: readonly Digest[];
  readonly history: readonly HistoryEntry[];
  /** The whole document as it was written. */
  readonly raw: JsonObject;
}

/** Throws `invalid-image`. */
export function parseConfig(data: Uint8Array, what = 'config'): ImageConfig {
  const raw = parseJsonObject(data, what);
  const rootfs = raw['rootfs'];
  const diffIDs = isJsonObject(rootfs) ? (rootfs['diff_ids'] ?? withoutLayers(rootfs)) : undefined;
  if (!Array.isArray(diffIDs)) {
    throw new PhylloError('invalid-image', `read ${what}: rootfs.diff_ids is missing`, {
      hint: 'This may be an artifact that is not an image.',
    });
  }
  return {
    platform: parsePlatformObject(raw),
    ...optional('created', raw['created']),
    ...optional('author', raw['author']),
    config: parseExecution(raw['config']),
    diffIDs: diffIDs.map((text: unknown, index) => diffID(text, `${what}.rootfs.diff_ids[${index}]`)),
    history: Array.isArray(raw['history']) ? raw['history'].map(parseHistory) : [],
    raw,
  };
}

/** docker leaves the list out where it is empty. */
function withoutLayers(rootfs: JsonObject): unknown[] | undefined {
  return rootfs['type'] === 'layers' ? [] : undefined;
}

function diffID(text: unknown, where: string): Digest {
  try {
    return parseDigest(text);
  } catch (error) {
    throw new PhylloError('invalid-image', `read ${where}: not a digest`, { cause: error });
  }
}

function parseHistory(value: unknown): HistoryEntry {
  const entry = isJsonObject(value) ? value : {};
  return {
    ...optional('created', entry['created']),
    createdBy: typeof entry['created_by'] === 'string' ? entry['created_by'] : '',
    ...optional('author', entry['author']),
    ...optional('comment', entry['comment']),
    emptyLayer: entry['empty_layer'] === true,
  };
}

function parseExecution(value: unknown): ExecutionConfig {
  const config = isJsonObject(value) ? value : {};
  return {
    ...optional('user', config['User']),
    exposedPorts: keys(config['ExposedPorts']),
    env: stringList(config['Env']),
    ...(Array.isArray(config['Entrypoint']) && { entrypoint: stringList(config['Entrypoint']) }),
    ...(Array.isArray(config['Cmd']) && { cmd: stringList(config['Cmd']) }),
    volumes: keys(config['Volumes']),
    ...optional('workingDir', config['WorkingDir']),
    labels: stringMap(config['Labels']),
    ...optional('stopSignal', config['StopSignal']),
    ...(Array.isArray(config['Shell']) && { shell: stringList(config['Shell']) }),
    onBuild: stringList(config['OnBuild']),
    ...(isJsonObject(config['Healthcheck']) && { healthcheck: config['Healthcheck'] }),
  };
}

function keys(value: unknown): string[] {
  return isJsonObject(value) ? Object.keys(value).sort() : [];
}

function optional<Key extends string>(key: Key, value: unknown): { [K in Key]?: string } {
  return (typeof value === 'string' && value !== '' ? { [key]: value } : {}) as { [K in Key]?: string };
}

/**
 * The chainID of each layer stack prefix (config.md, "Layer ChainID"): entry i identifies layers 0..i applied in order.
 */
export function chainIDs(diffIDs: readonly Digest[]): Digest[] {
  const chain: Digest[] = [];
  for (const id of diffIDs) {
    const parent = chain.at(-1);
    chain.push(parent === undefined ? id : digestOf(`${parent} ${id}`));
  }
  return chain;
}
