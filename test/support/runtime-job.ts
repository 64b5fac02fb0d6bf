// One container run by a runtime as the agent does it: started by `runtime-harness.ts` in namespaces of its own, told by
// a JSON file, answering with one line of JSON.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process, { argv, stdout } from 'node:process';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { isPhylloError } from '../../src/lib/errors.ts';
import type { ContainerConfig, ProcessSpec } from '../../src/engine/container.ts';
import { type ContainerNetwork, openNetwork } from '../../src/engine/linux/network.ts';
import { MountCalls } from '../../src/engine/linux/mount-calls.ts';
import { OciRuntime } from '../../src/engine/linux/oci-runtime.ts';
import { UtilLinuxRuntime } from '../../src/engine/linux/util-linux.ts';
import type { Command, ContainerRuntime, PreparedContainer } from '../../src/engine/linux/runtime.ts';
import type { RuntimeAnswer, RuntimeJob, RuntimeResult } from './runtime-harness.ts';

const job = JSON.parse(readFileSync(argv[2]!, 'utf8')) as RuntimeJob;
const ids = { uid: 0, gid: 0, additionalGids: [], home: '/root', ...job.ids };

closeInherited();
execFileSync('mount', ['-t', 'proc', 'proc', '/proc']);
const runtime = runtimeOf(job.runtime);
const network = await openNetwork({
  mode: job.network ?? 'none',
  hostname: 'box',
  folder: job.folder,
  outbound: job.outbound ?? [],
  rootless: job.rootless,
});
const container = prepared(network);
const answer = await work();
await runtime.cleanUp(container);
await network.close();
stdout.write(`${JSON.stringify(answer)}\n`);

/** As the agent does, see agent.ts: what the tests' own parent left open is not to be found in containers. */
function closeInherited(): void {
  for (const name of readdirSync('/proc/self/fd').filter((fd) => Number(fd) > 2)) {
    const info = `/proc/self/fdinfo/${name}`;
    if (existsSync(info) && !/^flags:\s*\d*2\d{6}$/m.test(readFileSync(info, 'utf8')))
      closeSync(Number(name));
  }
}

function runtimeOf(name: RuntimeJob['runtime']): ContainerRuntime {
  if (name === 'util-linux') return new UtilLinuxRuntime();
  const path = execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
  const { seccompFile } = job;
  return new OciRuntime(name, path, {
    mounts: new MountCalls(undefined),
    ...(seccompFile && { seccompFile }),
  });
}

function prepared({ netns, files }: ContainerNetwork): PreparedContainer {
  const folder = (name: string): string => join(job.folder, name);
  mkdirSync(folder('work'));
  if (job.cutOff) leaveTraces(folder('work'));
  writeFileSync(folder('hostname'), files.hostname);
  writeFileSync(folder('hosts'), files.hosts);
  writeFileSync(folder('resolv.conf'), files.resolvConf);
  return {
    config: {
      id: job.id,
      process: processSpec(job.argv),
      hostname: 'box',
      network: job.network ?? 'none',
      readOnly: job.readOnly ?? false,
    } as ContainerConfig,
    ids,
    rootfs: job.rootfs,
    work: folder('work'),
    etc: { hostname: folder('hostname'), hosts: folder('hosts'), resolvConf: folder('resolv.conf') },
    mounts: job.mounts ?? [],
    rootless: job.rootless,
    ...(netns === undefined ? {} : { netns }),
  };
}

/** Of a run that ended with the machine. */
function leaveTraces(folder: string): void {
  mkdirSync(join(folder, 'state', job.id), { recursive: true });
  writeFileSync(join(folder, 'state', job.id, 'status'), '{"pid":1}');
  writeFileSync(join(folder, 'pid'), '1');
  writeFileSync(
    join(folder, 'run.log'),
    `${JSON.stringify({ level: 'error', msg: 'executable: not found in' })}\n`,
  );
}

function processSpec(args: readonly string[]): ProcessSpec {
  const { workingDir = '/', env = [] } = job;
  return { argv: args, env: ['PATH=/bin', ...env], workingDir, user: '', tty: false, stdin: false };
}

async function work(): Promise<RuntimeAnswer> {
  if (job.exec === undefined)
    return { main: await attempt(() => runtime.prepare(container)), exec: undefined };
  const main = start(await runtime.prepare(container));
  const pid = await running();
  const { exec } = job;
  const inner = await attempt(() => runtime.exec(container, processSpec(exec), ids));
  process.kill(pid, 'SIGKILL');
  return { main: await main, exec: inner };
}

async function running(): Promise<number> {
  for (;;) {
    const pid = await runtime.pid(container);
    if (pid !== undefined && readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'sleep') return pid;
    await sleep(5);
  }
}

async function attempt(prepare: () => Promise<Command>): Promise<RuntimeResult> {
  try {
    return await start(await prepare());
  } catch (error) {
    if (!isPhylloError(error)) throw error;
    return { exitCode: -1, stdout: '', stderr: '', ms: 0, error: { code: error.code, data: error.data } };
  }
}

async function start(command: Command): Promise<RuntimeResult> {
  const began = performance.now();
  const [program, ...args] = command.argv;
  const child = spawn(program!, args, {
    env: command.env,
    cwd: command.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), ended(child)]);
  const ms = performance.now() - began;
  const failure = await runtime.explain(command, exitCode);
  const error = failure && { code: failure.code, data: failure.data, message: failure.message };
  return { exitCode, stdout: out, stderr: err, ms, error };
}

function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? (signal ? -2 : -3))));
}
