// What the engine tells of a container, as a Container. Containers that others made are told as well.
import type { Fields } from '../../docker/fields.ts';
import { PhylloError, isPhylloError } from '../../lib/errors.ts';
import { safeText } from '../../lib/text.ts';
import { type Digest, isDigest } from '../../oci/digest.ts';
import type {
  Container,
  ContainerStatus,
  Mount,
  NetworkMode,
  PortPublication,
  PublishedPort,
} from '../container.ts';
import { signalName } from '../signal-names.ts';
import { IMAGE_DIGEST_LABEL, IMAGE_NAME_LABEL, NETWORK_LABEL, OUR_LABELS } from './create-body.ts';

export interface RecordOptions {
  /** Of the container's image; empty where the engine has it no more. */
  readonly diffIDs: readonly Digest[];
  readonly isPodman: boolean;
}

const STATUSES: Readonly<Record<string, ContainerStatus>> = {
  created: 'created',
  // Podman's words for one that has not been started yet.
  configured: 'created',
  initialized: 'created',
  running: 'running',
  paused: 'running',
  restarting: 'running',
  exited: 'exited',
  stopped: 'exited',
  removing: 'dead',
  dead: 'dead',
};
/** Go's zero time: it has not happened. */
const NEVER = '0001-01-01';
const DEFAULT_STOP_SECONDS = 10;

/** `inspected` is what GET /containers/ID/json gave. Throws `network` for what cannot be a container. */
export function containerRecord(inspected: Fields, { diffIDs, isPodman }: RecordOptions): Container {
  const config = inspected.fields('Config');
  const host = inspected.fields('HostConfig');
  const labels = config.textMap('Labels');
  const id = idOf(inspected);
  const network = networkOf(host.text('NetworkMode'), labels[NETWORK_LABEL]);
  return {
    id,
    engine: 'docker',
    created: inspected.text('Created'),
    image: { ...imageOf(inspected, config, labels), diffIDs },
    process: {
      argv: argvOf(inspected, config),
      env: config.texts('Env'),
      workingDir: config.text('WorkingDir') || '/',
      user: config.text('User'),
      tty: config.flag('Tty'),
      stdin: config.flag('OpenStdin'),
    },
    entrypoint: config.texts('Entrypoint'),
    command: config.texts('Cmd'),
    env: config.texts('Env'),
    hostname: config.text('Hostname') || id.slice(0, 12),
    network,
    ports: publications(host.fields('PortBindings')),
    mounts: [...mountsOf(inspected), ...tmpfsOf(host)],
    readOnly: host.flag('ReadonlyRootfs'),
    autoRemove: host.flag('AutoRemove'),
    labels: Object.fromEntries(Object.entries(labels).filter(([name]) => !name.startsWith(OUR_LABELS))),
    stopSignal: stopSignalOf(config.text('StopSignal')),
    stopTimeoutSeconds: config.integer('StopTimeout') || DEFAULT_STOP_SECONDS,
    ...stateOf(inspected),
    isolation: isolationOf(host, { network, isPodman }),
  };
}

function stateOf(
  inspected: Fields,
): Pick<
  Container,
  'name' | 'status' | 'pid' | 'published' | 'startedAt' | 'finishedAt' | 'exitCode' | 'error'
> {
  const state = inspected.fields('State');
  const status = statusOf(state);
  const startedAt = timeOf(state.text('StartedAt'));
  const finishedAt = status === 'running' ? undefined : timeOf(state.text('FinishedAt'));
  const error = safeText(state.text('Error'));
  return {
    name: inspected.text('Name').replace(/^\//, ''),
    status,
    pid: status === 'running' ? state.integer('Pid') : 0,
    published: status === 'running' ? published(inspected.fields('NetworkSettings').fields('Ports')) : [],
    ...(startedAt !== undefined && { startedAt }),
    ...(finishedAt !== undefined && { finishedAt }),
    ...((status === 'exited' || status === 'dead') && { exitCode: state.integer('ExitCode') }),
    ...(error !== '' && { error }),
  };
}

/** One that is being removed counts as dead. */
export function statusOf(state: Fields): ContainerStatus {
  return STATUSES[state.text('Status').toLowerCase()] ?? (state.flag('Running') ? 'running' : 'exited');
}

function idOf(inspected: Fields): string {
  const id = inspected.text('Id');
  if (!/^[0-9a-f]{64}$/.test(id)) throw new PhylloError('network', 'read container: the engine gave no ID');
  return id;
}

function imageOf(
  inspected: Fields,
  config: Fields,
  labels: Readonly<Record<string, string>>,
): { name: string; id: Digest; digest: Digest } {
  const text = inspected.text('Image');
  const id = isDigest(text) ? text : `sha256:${text}`;
  if (!isDigest(id)) throw new PhylloError('network', 'read container: the engine gave no image ID');
  const digest = labels[IMAGE_DIGEST_LABEL];
  return {
    name: labels[IMAGE_NAME_LABEL] ?? config.text('Image'),
    id,
    // Engines do not tell the manifest's digest of an image that was loaded.
    digest: isDigest(digest) ? digest : id,
  };
}

/** Podman tells the program twice in Path and Args before the first start. */
function argvOf(inspected: Fields, config: Fields): string[] {
  const argv = [...config.texts('Entrypoint'), ...config.texts('Cmd')];
  return argv.length > 0 ? argv : [inspected.text('Path'), ...inspected.texts('Args')];
}

function networkOf(mode: string, asked: string | undefined): NetworkMode {
  if (asked === 'private' || asked === 'none' || asked === 'host') return asked;
  return mode === 'none' || mode === 'host' ? mode : 'private';
}

function stopSignalOf(text: string): string {
  try {
    return signalName(text || 'TERM');
  } catch (error) {
    if (isPhylloError(error, 'invalid-argument')) return 'SIGTERM';
    throw error;
  }
}

function timeOf(text: string): string | undefined {
  return text === '' || text.startsWith(NEVER) ? undefined : text;
}

function parsePort(key: string): Pick<PortPublication, 'containerPort' | 'protocol'> | undefined {
  const [, port, protocol] = /^(\d{1,5})\/(tcp|udp)$/.exec(key) ?? [];
  if (port === undefined) return undefined;
  return { containerPort: Number(port), protocol: protocol === 'udp' ? 'udp' : 'tcp' };
}

function publications(bindings: Fields): PortPublication[] {
  return Object.keys(bindings.raw).flatMap((key) => {
    const port = parsePort(key);
    if (port === undefined) return [];
    return bindings.list(key).map((binding) => ({
      hostIp: binding.text('HostIp'),
      hostPort: Number(binding.text('HostPort')) || undefined,
      ...port,
    }));
  });
}

function published(bindings: Fields): PublishedPort[] {
  return publications(bindings).flatMap((port) =>
    port.hostPort === undefined ? [] : [{ ...port, hostPort: port.hostPort }],
  );
}

function mountsOf(inspected: Fields): Mount[] {
  return inspected.list('Mounts').flatMap((mount): Mount[] => {
    const target = mount.text('Destination');
    const readOnly = !mount.flag('RW');
    if (mount.text('Type') === 'bind')
      return [{ type: 'bind', source: mount.text('Source'), target, readOnly }];
    if (mount.text('Type') !== 'volume') return [];
    const name = mount.text('Name');
    // One without a name was given 64 random digits.
    return [{ type: 'volume', name: /^[0-9a-f]{64}$/.test(name) ? undefined : name, target, readOnly }];
  });
}

function tmpfsOf(host: Fields): Mount[] {
  return Object.entries(host.textMap('Tmpfs')).map(([target, options]) => ({
    type: 'tmpfs',
    target,
    options: options === '' ? [] : options.split(','),
  }));
}

function isolationOf(
  host: Fields,
  { network, isPodman }: { network: NetworkMode; isPodman: boolean },
): string {
  const parts = [isPodman ? 'podman' : 'docker'];
  if (network === 'private' && host.text('NetworkMode') === 'none')
    parts.push('no network: the engine has no bridge');
  if (host.flag('Privileged')) parts.push('privileged: not isolated');
  return parts.join(', ');
}
