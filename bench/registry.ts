// A registry of the bench's own, with nothing in it.
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startDockerRegistry } from '../test/support/docker-registry.ts';

/** Runs `work` with the registry's `host:port`; it goes with all that was put into it. */
export async function withRegistry<Result>(
  scratch: string,
  work: (host: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(scratch, 'registry-'));
  try {
    const registry = await startDockerRegistry(folder);
    try {
      return await work(registry.host);
    } finally {
      await registry.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
