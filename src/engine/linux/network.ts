// A container's network: a namespace that is complete before its process starts, with a way out through pasta or
// slirp4netns where one works. Both live in the agent's PID namespace, and the namespace is held by a mount in the agent's
// mount namespace: nothing outlives the agent.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { PhylloError, toPhylloError } from '../../lib/errors.ts';
import { runProgram } from '../../lib/run-program.ts';
import { safeText } from '../../lib/text.ts';
import type { NetworkMode } from '../container.ts';
import { type NetworkFiles, networkFiles } from './network-files.ts';

/** A program that connects a network namespace with the machine's network, without a bridge or rules of a firewall. */
export interface OutboundTool {
  readonly name: 'pasta' | 'slirp4netns';
  /** Absolute path. */
  readonly program: string;
}

export interface NetworkOptions {
  readonly mode: NetworkMode;
  readonly hostname: string;
  /** The container's own; a file `netns` is made in it. */
  readonly folder: string;
  /** Those that the probe found usable, the best first; none: the container reaches nothing but itself. */
  readonly outbound: readonly OutboundTool[];
  /** The agent is root in a user namespace only. */
  readonly rootless: boolean;
}

export interface ContainerNetwork {
  /** For `PreparedContainer.netns`. */
  readonly netns: string | undefined;
  /** Text of the files, for `PreparedContainer.etc`. */
  readonly files: NetworkFiles;
  /** By which the container reaches others; undefined where it does not, or has the machine's network. */
  readonly outbound: OutboundTool['name'] | undefined;
  /** Ends what was started for it. */
  close(): Promise<void>;
}

/** Where the tools answer questions for names, by asking the machine's name servers. */
const NAMESERVERS = { pasta: '169.254.1.1', slirp4netns: '10.0.2.3' } as const;
const READY_TIMEOUT_MS = 10_000;

/**
 * Called by the agent. Takes some 25 ms with a way out, so it is best begun before the root is mounted. A tool that fails
 * is passed over: the container then starts without a way out rather than not at all.
 */
export async function openNetwork(options: NetworkOptions): Promise<ContainerNetwork> {
  const machine = { hosts: await read('/etc/hosts'), resolvConf: await read('/etc/resolv.conf') };
  const files = (nameserver?: string): NetworkFiles => networkFiles({ ...options, nameserver, machine });
  const tools = options.mode === 'private' ? options.outbound : [];
  for (const tool of tools) {
    const way = await openWay(tool, options).catch(() => undefined);
    if (way !== undefined) {
      return {
        netns: way.netns,
        files: files(NAMESERVERS[tool.name]),
        outbound: tool.name,
        close: () => way.close(),
      };
    }
  }
  return { netns: undefined, files: files(), outbound: undefined, close: () => Promise.resolve() };
}

interface Way {
  readonly netns: string;
  close(): Promise<void>;
}

async function openWay(tool: OutboundTool, { folder, rootless }: NetworkOptions): Promise<Way> {
  const netns = join(folder, 'netns');
  await writeFile(netns, '', { mode: 0o600 });
  try {
    await runProgram('unshare', [`--net=${netns}`, 'true']);
    const close = await (tool.name === 'pasta'
      ? startPasta(tool, netns, folder, rootless)
      : startSlirp(tool, netns));
    return { netns, close: () => close().then(() => dropNamespace(netns)) };
  } catch (error) {
    await dropNamespace(netns);
    throw toPhylloError(error, `connect network through ${tool.name}`);
  }
}

async function dropNamespace(netns: string): Promise<void> {
  // Lazily: pasta was told to end, and may still be about to.
  await runProgram('umount', ['--lazy', netns]).catch(() => undefined);
  await rm(netns, { force: true });
}

/**
 * It goes to the background when all is set up. No ports in either direction: the forwarder publishes, and a process
 * inside must not reach what listens on the machine's loopback (`--no-map-gw`).
 */
async function startPasta(
  { program }: OutboundTool,
  netns: string,
  folder: string,
  rootless: boolean,
): Promise<() => Promise<void>> {
  const pidFile = join(folder, 'pasta.pid');
  const closed = ['-t', 'none', '-u', 'none', '-T', 'none', '-U', 'none', '--no-map-gw'];
  // On the machine it would become `nobody`, who may not enter a namespace of root's.
  const user = rootless ? [] : ['--runas', '0'];
  const names = ['--dns-forward', NAMESERVERS.pasta];
  await runProgram(
    program,
    ['--config-net', '--quiet', ...user, ...closed, ...names, '--pid', pidFile, '--netns', netns],
    { timeout: READY_TIMEOUT_MS },
  );
  const pid = Number.parseInt(await read(pidFile), 10);
  return () => {
    if (pid > 1) endProcess(pid);
    return rm(pidFile, { force: true });
  };
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended with its namespace.
  }
}

async function startSlirp({ program }: OutboundTool, netns: string): Promise<() => Promise<void>> {
  const child = spawn(
    program,
    [
      '--configure',
      '--mtu=65520',
      '--disable-host-loopback',
      '--netns-type=path',
      '--ready-fd=3',
      netns,
      'tap0',
    ],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] },
  );
  await ready(child);
  return async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
}

async function ready(child: ChildProcess): Promise<void> {
  const signal = AbortSignal.timeout(READY_TIMEOUT_MS);
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new PhylloError(
      'network',
      `connect network: slirp4netns ended with code ${safeText(String(code))}`,
    );
  });
  const told = once(child.stdio[3] as Readable, 'data', { signal });
  ended.catch(() => undefined);
  told.catch(() => undefined);
  try {
    await Promise.race([told, ended]);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
