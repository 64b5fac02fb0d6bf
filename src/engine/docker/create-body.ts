// A container's specification as the Engine API takes it.
import { PhylloError } from '../../lib/errors.ts';
import { safeText } from '../../lib/text.ts';
import type { Mount, PortPublication } from '../container.ts';
import type { ContainerSpec } from '../engine.ts';

/** Labels by which we know our own; they are not told as labels of the container. */
export const OUR_LABELS = 'dev.phyllo.';
export const IMAGE_NAME_LABEL = `${OUR_LABELS}image.name`;
export const IMAGE_DIGEST_LABEL = `${OUR_LABELS}image.digest`;
export const NETWORK_LABEL = `${OUR_LABELS}network`;

/** Docker grants these by default; programs of images have no need of them. */
const DROPPED_CAPABILITIES = ['MKNOD', 'NET_RAW', 'AUDIT_WRITE'];
const MAX_PIDS = 4096;

export interface CreateOptions {
  /** As the engine knows it. */
  readonly imageID: string;
  /** It can give a container a network of its own. */
  readonly hasBridge: boolean;
}

/** Throws `unsupported` for published ports where there is no network to publish from. */
export function createBody(
  spec: ContainerSpec,
  { imageID, hasBridge }: CreateOptions,
): Record<string, unknown> {
  const { process, mounts, image } = spec;
  return {
    Image: imageID,
    ...(spec.hostname !== undefined && spec.network !== 'host' && { Hostname: spec.hostname }),
    ...programOf(spec),
    // The engine adds what every process is given.
    Env: spec.env,
    WorkingDir: process.workingDir,
    // An empty one would mean that of the image.
    User: process.user || '0',
    Tty: process.tty,
    OpenStdin: process.stdin,
    StdinOnce: process.stdin,
    AttachStdin: process.stdin,
    AttachStdout: true,
    AttachStderr: true,
    StopSignal: spec.stopSignal,
    StopTimeout: spec.stopTimeoutSeconds,
    ExposedPorts: Object.fromEntries(spec.ports.map((port) => [portKey(port), {}])),
    Labels: {
      ...spec.labels,
      [IMAGE_NAME_LABEL]: image.name,
      [IMAGE_DIGEST_LABEL]: image.digest,
      [NETWORK_LABEL]: spec.network,
    },
    HostConfig: {
      NetworkMode: networkMode(spec, hasBridge),
      PortBindings: portBindings(spec.ports),
      AutoRemove: spec.autoRemove,
      ReadonlyRootfs: spec.readOnly,
      PidsLimit: MAX_PIDS,
      SecurityOpt: ['no-new-privileges'],
      CapDrop: DROPPED_CAPABILITIES,
      Mounts: mounts.filter(({ type }) => type !== 'tmpfs').map(mountBody),
      Tmpfs: Object.fromEntries(
        mounts.flatMap((mount) => (mount.type === 'tmpfs' ? [[mount.target, mount.options.join(',')]] : [])),
      ),
    },
  };
}

/** Where there is no entry point, an engine would take the image's. */
function programOf({ entrypoint, command, process, source }: ContainerSpec): {
  Entrypoint: readonly string[] | null;
  Cmd: readonly string[] | null;
} {
  const isInTheWay = entrypoint.length === 0 && (source.image.config.config.entrypoint?.length ?? 0) > 0;
  const [first, rest] = isInTheWay
    ? [process.argv.slice(0, 1), process.argv.slice(1)]
    : [entrypoint, command];
  return { Entrypoint: first.length === 0 ? null : first, Cmd: rest.length === 0 ? null : rest };
}

function networkMode({ network, ports }: ContainerSpec, hasBridge: boolean): string {
  if (network !== 'private') return network;
  if (hasBridge) return 'default';
  if (ports.length === 0) return 'none';
  throw new PhylloError('unsupported', 'publish ports: the engine has no bridge network', {
    hint: 'Start the engine with its bridge, or use --network host.',
  });
}

function mountBody(mount: Mount): Record<string, unknown> {
  if (mount.type === 'bind') {
    return { Type: 'bind', Source: mount.source, Target: mount.target, ReadOnly: mount.readOnly };
  }
  if (mount.type === 'volume') {
    return {
      Type: 'volume',
      ...(mount.name !== undefined && { Source: mount.name }),
      Target: mount.target,
      ReadOnly: mount.readOnly,
      ...(mount.noCopy && { VolumeOptions: { NoCopy: true } }),
    };
  }
  throw new PhylloError('invalid-argument', `mount ${safeText(mount.target)}: not a bind or volume`);
}

function portKey({ containerPort, protocol }: PortPublication): string {
  return `${containerPort}/${protocol}`;
}

function portBindings(
  ports: readonly PortPublication[],
): Record<string, { HostIp: string; HostPort: string }[]> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of ports) {
    const binding = { HostIp: port.hostIp, HostPort: String(port.hostPort ?? '') };
    (bindings[portKey(port)] ??= []).push(binding);
  }
  return bindings;
}
