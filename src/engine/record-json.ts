// The files of a container's record, read back: every field is checked, so that a damaged record is known as one.
import { PhylloError } from '../lib/errors.ts';
import { type Digest, digestOf, parseDigest } from '../oci/digest.ts';
import { type JsonObject, isJsonObject, parseJsonObject } from '../oci/json.ts';
import {
  CONTAINER_STATUSES,
  type Container,
  type ContainerConfig,
  type ContainerId,
  type ContainerState,
  type Mount,
  NETWORK_MODES,
  type PortPublication,
  type ProcessSpec,
  type PublishedPort,
} from './container.ts';

const ENGINES = ['linux', 'docker', 'virtual'] as const;
const PROTOCOLS = ['tcp', 'udp'] as const;
const MAX_PORT = 65_535;

/** Throws `invalid-image` or `invalid-argument` for anything that is not what `JSON.stringify` of a ContainerConfig gives. */
export function parseContainerConfig(data: Uint8Array): ContainerConfig {
  const json = parseJsonObject(data, 'container config');
  const image = object(json, 'image');
  return {
    id: text(json, 'id'),
    engine: oneOf(json, 'engine', ENGINES),
    created: text(json, 'created'),
    image: {
      name: text(image, 'name'),
      id: parseDigest(image['id']),
      digest: parseDigest(image['digest']),
      diffIDs: list(image, 'diffIDs').map(parseDigest),
    },
    process: parseProcess(object(json, 'process')),
    entrypoint: texts(json, 'entrypoint'),
    command: texts(json, 'command'),
    env: texts(json, 'env'),
    hostname: text(json, 'hostname'),
    network: oneOf(json, 'network', NETWORK_MODES),
    ports: list(json, 'ports').map(parsePort),
    mounts: list(json, 'mounts').map(parseMount),
    readOnly: flag(json, 'readOnly'),
    autoRemove: flag(json, 'autoRemove'),
    ...(json['isStep'] === true && { isStep: true }),
    labels: textMap(json, 'labels'),
    stopSignal: text(json, 'stopSignal'),
    stopTimeoutSeconds: count(json, 'stopTimeoutSeconds'),
  };
}

/** Throws `invalid-image` or `invalid-argument`. */
export function parseContainerState(data: Uint8Array): ContainerState {
  const json = parseJsonObject(data, 'container state');
  return {
    name: text(json, 'name'),
    status: oneOf(json, 'status', CONTAINER_STATUSES),
    pid: count(json, 'pid'),
    ...optionalText(json, 'startedAt'),
    ...optionalText(json, 'finishedAt'),
    ...(json['exitCode'] !== undefined && { exitCode: count(json, 'exitCode') }),
    ...optionalText(json, 'error'),
    published: list(json, 'published').map(parsePublished),
    ...optionalText(json, 'isolation'),
  };
}

/** What is shown of a container whose record cannot be read. */
export function deadContainer(id: ContainerId, error: string, known: Partial<Container> = {}): Container {
  const nothing: Digest = digestOf('');
  return {
    id,
    engine: 'linux',
    created: '',
    image: { name: '', id: nothing, digest: nothing, diffIDs: [] },
    process: { argv: [''], env: [], workingDir: '/', user: '', tty: false, stdin: false },
    entrypoint: [],
    command: [],
    env: [],
    hostname: '',
    network: 'none',
    ports: [],
    mounts: [],
    readOnly: false,
    autoRemove: false,
    labels: {},
    stopSignal: 'SIGTERM',
    stopTimeoutSeconds: 10,
    name: id.slice(0, 12),
    pid: 0,
    published: [],
    ...known,
    status: 'dead',
    error,
  };
}

function parseProcess(json: JsonObject): ProcessSpec {
  const argv = texts(json, 'argv');
  if (argv.length === 0) throw damaged('argv');
  return {
    argv,
    env: texts(json, 'env'),
    workingDir: text(json, 'workingDir'),
    user: text(json, 'user'),
    tty: flag(json, 'tty'),
    stdin: flag(json, 'stdin'),
  };
}

function parsePort(value: unknown): PortPublication {
  const json = asObject(value, 'ports');
  return {
    hostIp: text(json, 'hostIp'),
    hostPort: json['hostPort'] === undefined ? undefined : port(json, 'hostPort'),
    containerPort: port(json, 'containerPort'),
    protocol: oneOf(json, 'protocol', PROTOCOLS),
  };
}

function parsePublished(value: unknown): PublishedPort {
  return { ...parsePort(value), hostPort: port(asObject(value, 'published'), 'hostPort') };
}

function parseMount(value: unknown): Mount {
  const json = asObject(value, 'mounts');
  const target = text(json, 'target');
  switch (json['type']) {
    case 'bind':
      return { type: 'bind', source: text(json, 'source'), target, readOnly: flag(json, 'readOnly') };
    case 'volume': {
      const name = json['name'] === undefined ? undefined : text(json, 'name');
      const noCopy = json['noCopy'] === true;
      return { type: 'volume', name, target, readOnly: flag(json, 'readOnly'), ...(noCopy && { noCopy }) };
    }
    case 'tmpfs':
      return { type: 'tmpfs', target, options: texts(json, 'options') };
    default:
      throw damaged('mounts');
  }
}

function object(json: JsonObject, key: string): JsonObject {
  return asObject(json[key], key);
}

function asObject(value: unknown, key: string): JsonObject {
  if (!isJsonObject(value)) throw damaged(key);
  return value;
}

function list(json: JsonObject, key: string): unknown[] {
  const value = json[key];
  if (!Array.isArray(value)) throw damaged(key);
  return value;
}

function texts(json: JsonObject, key: string): string[] {
  return list(json, key).map((value) => {
    if (typeof value !== 'string') throw damaged(key);
    return value;
  });
}

function textMap(json: JsonObject, key: string): Record<string, string> {
  const entries = Object.entries(object(json, key));
  // Not by assignment: a label may be called `__proto__`.
  return Object.fromEntries(
    entries.map(([name, value]) => {
      if (typeof value !== 'string') throw damaged(key);
      return [name, value];
    }),
  );
}

function text(json: JsonObject, key: string): string {
  const value = json[key];
  if (typeof value !== 'string') throw damaged(key);
  return value;
}

function optionalText<Key extends string>(json: JsonObject, key: Key): { [K in Key]?: string } {
  return (json[key] === undefined ? {} : { [key]: text(json, key) }) as { [K in Key]?: string };
}

function flag(json: JsonObject, key: string): boolean {
  const value = json[key];
  if (typeof value !== 'boolean') throw damaged(key);
  return value;
}

function count(json: JsonObject, key: string): number {
  const value = json[key];
  if (!Number.isSafeInteger(value) || Number(value) < 0) throw damaged(key);
  return Number(value);
}

function port(json: JsonObject, key: string): number {
  const value = count(json, key);
  if (value === 0 || value > MAX_PORT) throw damaged(key);
  return value;
}

function oneOf<Value extends string>(json: JsonObject, key: string, values: readonly Value[]): Value {
  const value = values.find((known) => known === json[key]);
  if (value === undefined) throw damaged(key);
  return value;
}

function damaged(key: string): PhylloError {
  return new PhylloError('invalid-argument', `read container record: ${key} is missing or wrong`);
}
