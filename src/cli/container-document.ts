// A container as docker's inspect shows it: the fields that mean something here.
import type { Container, Mount } from '../engine/container.ts';

const NEVER = '0001-01-01T00:00:00Z';

export function containerDocument(container: Container): object {
  const { process, image, labels, mounts } = container;
  const [path = '', ...args] = process.argv;
  return {
    Id: container.id,
    Created: container.created,
    Path: path,
    Args: args,
    State: stateOf(container),
    Image: image.id,
    Name: `/${container.name}`,
    RestartCount: 0,
    Driver: container.engine,
    Platform: 'linux',
    Engine: container.engine,
    Isolation: container.isolation ?? '',
    HostConfig: {
      Binds: mounts.filter(({ type }) => type !== 'tmpfs').map(bindText),
      NetworkMode: container.network,
      PortBindings: byPort(container, ({ hostIp, hostPort }) => ({
        HostIp: hostIp,
        HostPort: hostPort === undefined ? '' : String(hostPort),
      })),
      AutoRemove: container.autoRemove,
      ReadonlyRootfs: container.readOnly,
      Tmpfs: Object.fromEntries(
        mounts.flatMap((mount) => (mount.type === 'tmpfs' ? [[mount.target, mount.options.join(',')]] : [])),
      ),
    },
    Mounts: mounts.map(mountOf),
    Config: {
      Hostname: container.hostname,
      User: process.user,
      Tty: process.tty,
      OpenStdin: process.stdin,
      Env: process.env,
      Cmd: container.command,
      Image: image.name,
      WorkingDir: process.workingDir,
      Entrypoint: container.entrypoint.length === 0 ? null : container.entrypoint,
      Labels: labels,
      StopSignal: container.stopSignal,
      StopTimeout: container.stopTimeoutSeconds,
    },
    NetworkSettings: { Ports: publishedPorts(container) },
  };
}

function stateOf({ status, pid, exitCode, error, startedAt, finishedAt }: Container): object {
  return {
    Status: status,
    Running: status === 'running',
    Paused: false,
    Restarting: false,
    OOMKilled: false,
    Dead: status === 'dead',
    Pid: pid,
    ExitCode: exitCode ?? 0,
    Error: error ?? '',
    StartedAt: startedAt ?? NEVER,
    FinishedAt: finishedAt ?? NEVER,
  };
}

type Binding = Readonly<Record<string, string>>;

function byPort(
  { ports }: Container,
  binding: (port: Container['ports'][number]) => Binding,
): Record<string, Binding[]> {
  const bindings: Record<string, Binding[]> = {};
  for (const port of ports) {
    const key = `${port.containerPort}/${port.protocol}`;
    bindings[key] = [...(bindings[key] ?? []), binding(port)];
  }
  return bindings;
}

function publishedPorts({ published }: Container): Record<string, Binding[]> {
  const ports: Record<string, Binding[]> = {};
  for (const { hostIp, hostPort, containerPort, protocol } of published) {
    const key = `${containerPort}/${protocol}`;
    ports[key] = [...(ports[key] ?? []), { HostIp: hostIp, HostPort: String(hostPort) }];
  }
  return ports;
}

function bindText(mount: Mount): string {
  const source = mount.type === 'bind' ? mount.source : mount.type === 'volume' ? (mount.name ?? '') : '';
  const mode = mount.type !== 'tmpfs' && mount.readOnly ? ':ro' : '';
  return `${source}:${mount.target}${mode}`;
}

function mountOf(mount: Mount): object {
  if (mount.type === 'tmpfs') return { Type: 'tmpfs', Destination: mount.target, RW: true };
  const source = mount.type === 'bind' ? { Source: mount.source } : { Name: mount.name ?? '' };
  return { Type: mount.type, ...source, Destination: mount.target, RW: !mount.readOnly };
}
