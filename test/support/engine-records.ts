// Records of containers that were never run, for tests of what is written down.
import { randomBytes } from 'node:crypto';
import type { ContainerConfig } from '../../src/engine/container.ts';
import { digestOf } from '../../src/oci/digest.ts';

export function containerConfig(changes: Partial<ContainerConfig> = {}): ContainerConfig {
  const digest = digestOf('image');
  return {
    id: randomBytes(32).toString('hex'),
    engine: 'linux',
    created: new Date().toISOString(),
    image: { name: 'app:1', id: digest, digest, diffIDs: [digest] },
    process: { argv: ['sh'], env: ['PATH=/bin'], workingDir: '/', user: '', tty: false, stdin: false },
    entrypoint: [],
    command: ['sh'],
    env: ['PATH=/bin'],
    hostname: 'box',
    network: 'none',
    ports: [{ hostIp: '0.0.0.0', hostPort: undefined, containerPort: 80, protocol: 'tcp' }],
    mounts: [
      { type: 'bind', source: '/a', target: '/b', readOnly: true },
      { type: 'volume', name: undefined, target: '/c', readOnly: false },
      { type: 'tmpfs', target: '/d', options: ['ro'] },
    ],
    readOnly: false,
    autoRemove: false,
    labels: { a: 'b' },
    stopSignal: 'SIGTERM',
    stopTimeoutSeconds: 10,
    ...changes,
  };
}
