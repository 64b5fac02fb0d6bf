// `agent run`: holds one running container from its start to its end. The order and the first request come on the channel
// that its maker has; everybody else talks to the control socket. Small files are read and written at once: nobody else is
// served yet, and the way through the thread pool takes several times as long.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerConfig } from '../container.ts';
import type { FrameConnection } from '../frame-connection.ts';
import { LOG_FILE, LogWriter } from '../log-file.ts';
import { parseContainerConfig, parseContainerState } from '../record-json.ts';
import { RunningContainer } from './agent-container.ts';
import { mountStubs, writeEtc } from './agent-etc.ts';
import { AgentNetwork } from './agent-network.ts';
import { AgentRecord } from './agent-record.ts';
import { makeRuntime } from './agent-runtime.ts';
import { ContainerFiles } from './control-files.ts';
import { ControlSocket } from './control-socket.ts';
import { callWaiters } from './control-waiter.ts';
import type { AgentOrder } from './control-protocol.ts';
import { type ControlHost, type Frames, answerFirst, serveConnection } from './control-server.ts';
import { type AgentSystem, containerPaths, lockAndMount } from './mounted.ts';
import type { ContainerNetwork } from './network.ts';
import type { ContainerRuntime, PreparedContainer, ProcessIds } from './runtime.ts';
import { prepareMounts } from './volumes.ts';

export async function runAgent(
  connection: FrameConnection,
  frames: Frames,
  order: AgentOrder,
  system: AgentSystem,
): Promise<void> {
  const { directory } = order;
  const paths = containerPaths(directory);
  const config = parseContainerConfig(readFileSync(join(directory, 'config.json')));
  const isTaken = async (): Promise<boolean> =>
    parseContainerState(readFileSync(join(directory, 'state.json'))).status === 'running';
  const loading = makeRuntime(order.runtime!, {
    mounts: system.mounts,
    seccompFile: join(order.storeRoot, 'containers', '.seccomp'),
  });
  loading.catch(() => undefined);
  const release = await lockAndMount(order, system, isTaken, config.autoRemove ? 'nothing' : 'changes');
  empty(paths.runtime);
  const [runtime, writer] = await Promise.all([loading, LogWriter.open(join(directory, LOG_FILE))]);
  const network = AgentNetwork.open(order, config);
  network.catch(() => undefined);
  const record = new AgentRecord(order, config, runtime.title);
  const running = new RunningContainer({
    config,
    runtime,
    rootfs: paths.merged,
    directory,
    native: system.native,
    log: { write: (stream, data) => writer.write(stream, data) },
    prepare: async (ids) => prepareContainer(order, config, ids, (await network).network),
    recordStart: async (pid, over) => {
      await (await network).enter(pid);
      return record.start(pid, (await network).published, over);
    },
    recordEnd: async (exitCode, error) => {
      if (config.autoRemove) return;
      await writer.end();
      await record.end(exitCode, error);
    },
  });
  const files = new ContainerFiles({
    upper: paths.upper,
    rootfs: paths.merged,
    lowers: order.lowers,
    stubs: mountStubs(config),
  });
  const life = { connection, frames, order, system, config, runtime, network, record, release };
  await live(life, { files, running });
}

async function prepareContainer(
  order: AgentOrder,
  config: ContainerConfig,
  ids: ProcessIds,
  { netns, files }: ContainerNetwork,
): Promise<PreparedContainer> {
  const { merged, runtime } = containerPaths(order.directory);
  const volumes = { storeRoot: order.storeRoot, volumes: join(order.storeRoot, 'volumes') };
  const etc = writeEtc(order.directory, files, config);
  const mounts = await prepareMounts(volumes, config, merged);
  const rootless = order.idMap !== 'root';
  return {
    config,
    ids,
    rootfs: merged,
    work: runtime,
    etc,
    mounts,
    rootless,
    ...(netns === undefined ? {} : { netns }),
  };
}

interface Life {
  readonly connection: FrameConnection;
  readonly frames: Frames;
  readonly order: AgentOrder;
  readonly system: AgentSystem;
  readonly config: ContainerConfig;
  readonly runtime: ContainerRuntime;
  readonly network: Promise<AgentNetwork>;
  readonly record: AgentRecord;
  /** Lets go of the container's lock. */
  readonly release: () => void;
}

async function live(life: Life, host: ControlHost & { running: RunningContainer }): Promise<void> {
  const { connection, frames, order, system, config, runtime, network, record, release } = life;
  const { running } = host;
  const socket = await ControlSocket.listen(order.directory, host);
  for (const waiter of await callWaiters(order.directory)) socket.serve(waiter);
  const first = config.isStep
    ? answerFirst(connection, frames, host)
    : serveConnection(connection, frames, host);
  // Nobody wants the layer of one that lingers when whoever started it is gone.
  if (config.isStep) void connection.left.then(() => running.killIfRunning());
  // Whoever made us may go away before saying what for: then nothing is started.
  await Promise.race([first, running.ended]);
  if (running.isLaunched) await running.ended;
  if (config.isStep) await connection.left;
  const work = containerPaths(order.directory).runtime;
  await runtime.cleanUp({ work, config, rootless: order.idMap !== 'root' }).catch(() => undefined);
  await network.then(
    (open) => open.close(),
    () => undefined,
  );
  await system.mounts.unmount(containerPaths(order.directory).merged);
  socket.close();
  await running.recorded.catch(() => undefined);
  await record.finish();
  release();
  running.putAway();
  // Who reads slowly still gets all of it; the container is not held up by that.
  await Promise.all([first, socket.answered()]);
}

/** What an earlier run left there is of no use. */
function empty(path: string): void {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { mode: 0o700 });
}
