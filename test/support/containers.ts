// Containers as data, for tests that need no engine.
import type { Container } from '../../src/engine/container.ts';
import { digestOf } from '../../src/oci/digest.ts';

/** One of the image app:1; anything can be set otherwise. */
export function aContainer(changes: Partial<Container> = {}): Container {
  return {
    id: 'a'.repeat(64),
    engine: 'linux',
    created: '2024-05-01T10:00:00Z',
    image: { name: 'app:1', id: digestOf('config'), digest: digestOf('manifest'), diffIDs: [] },
    process: {
      argv: ['sh', '-c', 'echo hello'],
      env: ['PATH=/bin', 'HOSTNAME=aaaaaaaaaaaa'],
      workingDir: '/',
      user: '',
      tty: false,
      stdin: false,
    },
    entrypoint: [],
    command: ['sh', '-c', 'echo hello'],
    env: ['PATH=/bin'],
    hostname: 'aaaaaaaaaaaa',
    network: 'private',
    ports: [],
    mounts: [],
    readOnly: false,
    autoRemove: false,
    labels: {},
    stopSignal: 'SIGTERM',
    stopTimeoutSeconds: 10,
    name: 'web',
    status: 'created',
    pid: 0,
    published: [],
    ...changes,
  };
}
