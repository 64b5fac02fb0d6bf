// How this user reaches the engine whose images are read and written: its address, and a folder for what is on its way.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DockerClient } from '../docker/client.ts';
import type { ImageStore } from '../store/store.ts';
import type { TemporaryFolder } from '../transport/docker-daemon-source.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export class EngineAccess {
  private readonly env: Environment;
  private readonly store: ImageStore;

  constructor(env: Environment, store: ImageStore) {
    this.env = env;
    this.store = store;
  }

  /** The caller closes it. Throws `invalid-argument` for an address that cannot be read. */
  async client(): Promise<DockerClient> {
    const [{ DockerClient: Client }, { findEndpoint }] = await Promise.all([
      import('../docker/client.ts'),
      import('../docker/find-endpoint.ts'),
    ]);
    return new Client({ endpoint: await findEndpoint(this.env), env: this.env });
  }

  /** In the store, where a killed process leaves nothing; elsewhere when the store may not be written to. */
  async openFolder(): Promise<TemporaryFolder> {
    if (!this.store.readOnly) return this.store.scratch('image of an engine');
    const directory = await mkdtemp(join(tmpdir(), 'phyllo-engine-'));
    return { directory, release: () => rm(directory, { recursive: true, force: true }) };
  }
}
