// A request for a container and the image's configuration, put together.
import type { ContainerSpec, RunImage } from '../engine/engine.ts';
import { processConfig } from '../engine/process-spec.ts';
import { allMounts } from '../engine/mount-spec.ts';
import { parseExposedPorts, portsToPublish } from '../engine/port-spec.ts';
import { signalName } from '../engine/signal-names.ts';
import type { RunRequest } from './container-services.ts';

const STOP_SIGNAL = 'SIGTERM';
const STOP_TIMEOUT_SECONDS = 10;

/** Throws `invalid-argument` for what cannot be. */
export function containerSpec(request: RunRequest, source: RunImage): ContainerSpec {
  const { image } = source;
  const { config } = image.config;
  const { ports = [], publishAll = false } = request;
  return {
    ...(request.name !== undefined && { name: request.name }),
    ...(request.hostname !== undefined && { hostname: request.hostname }),
    image: {
      name: request.image,
      id: image.id,
      digest: image.descriptor.digest,
      diffIDs: image.config.diffIDs,
    },
    ...processConfig(config, request),
    network: request.network ?? 'private',
    ports: portsToPublish(ports, parseExposedPorts(config.exposedPorts), publishAll),
    mounts: allMounts(request.mounts ?? [], config.volumes),
    readOnly: request.readOnly ?? false,
    autoRemove: request.autoRemove ?? false,
    labels: { ...config.labels, ...request.labels },
    stopSignal: signalOf(request.stopSignal) ?? signalOf(config.stopSignal) ?? STOP_SIGNAL,
    stopTimeoutSeconds: request.stopTimeoutSeconds ?? STOP_TIMEOUT_SECONDS,
    source,
  };
}

function signalOf(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : signalName(text);
}
