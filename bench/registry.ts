// A registry of the bench's own: Debian's docker-registry on a free port, with nothing in it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { env } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { PhylloError } from '../src/lib/errors.ts';

const PATIENCE_MS = 10_000;
const LOOK_AGAIN_MS = 10;

/** Runs `work` with the registry's `host:port`; it goes with all that was put into it. */
export async function withRegistry<Result>(
  scratch: string,
  work: (host: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(scratch, 'registry-'));
  const port = await freePort();
  const file = join(folder, 'config.json');
  const storage = { filesystem: { rootdirectory: join(folder, 'data') } };
  const log = { level: 'error', accesslog: { disabled: true } };
  // JSON is YAML too.
  const http = { addr: `127.0.0.1:${port}` };
  await writeFile(file, JSON.stringify({ version: 0.1, log, storage, http }));
  // Any REGISTRY_… of the environment would win over the file.
  const variables = { PATH: env['PATH'] ?? '' };
  const registry = spawn('docker-registry', ['serve', file], { stdio: 'ignore', env: variables });
  const ended = once(registry, 'exit').catch(() => undefined);
  try {
    await untilItListens(port);
    return await work(`127.0.0.1:${port}`);
  } finally {
    registry.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function untilItListens(port: number): Promise<void> {
  for (const start = performance.now(); performance.now() - start < PATIENCE_MS; await sleep(LOOK_AGAIN_MS)) {
    const socket = connect(port, '127.0.0.1');
    const isThere = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isThere) return;
  }
  throw new PhylloError('io', 'start docker-registry: it does not listen');
}
