// `agent serve`: one piece of work on the files of a container that does not run.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FrameConnection } from '../frame-connection.ts';
import { jsonOf } from '../frame-connection.ts';
import { parseContainerConfig } from '../record-json.ts';
import { mountStubs } from './agent-etc.ts';
import { ContainerFiles } from './control-files.ts';
import type { AgentOrder, Request } from './control-protocol.ts';
import { type Frames, answerRequest } from './control-server.ts';
import { type AgentSystem, containerPaths, lockAndMount, mountReadOnly } from './mounted.ts';

const READS_ROOT: ReadonlySet<Request['op']> = new Set(['export', 'stat', 'get']);

/** Only what changes something needs the container for itself; the R/W layer alone is read without a mount. */
export async function serveAgent(
  connection: FrameConnection,
  frames: Frames,
  order: AgentOrder,
  system: AgentSystem,
): Promise<void> {
  const paths = containerPaths(order.directory);
  const config = parseContainerConfig(await readFile(join(order.directory, 'config.json')));
  const first = await frames.next();
  if (first.done) return;
  const request = jsonOf(first.value) as unknown as Request;
  if (request.op === 'put') await lockAndMount(order, system, async () => false);
  else if (READS_ROOT.has(request.op)) await mountReadOnly(order, system);
  const files = new ContainerFiles({
    upper: paths.upper,
    rootfs: paths.merged,
    lowers: order.lowers,
    stubs: mountStubs(config),
  });
  await answerRequest({ connection, frames, host: { files } }, request);
  await system.mounts.unmount(paths.merged);
}
