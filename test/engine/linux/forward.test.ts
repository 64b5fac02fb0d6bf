// Published ports: from the machine's network into a network namespace where nothing but loopback is.
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { execPath, getuid } from 'node:process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import type { PortPublication } from '../../../src/engine/container.ts';
import { PortPublisher } from '../../../src/engine/linux/forward-host.ts';
import { needTool } from '../../support/tools.ts';

const isRoot = getuid?.() === 0 && needTool('unshare', 'nsenter', 'ip');
const INNER = [execPath, fileURLToPath(import.meta.resolve('../../support/forward-program.ts'))];

/** What runs in the container: answers a connection when its other side has ended. */
const SERVER = `
const net = require('node:net'), dgram = require('node:dgram');
require('node:child_process').execFileSync('ip', ['link', 'set', 'lo', 'up']);
const echo = (host, port) => net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.write('hello ');
  socket.pipe(socket);
}).listen({ host, port }, tell);
let left = 3;
const tell = () => { if (--left === 0) process.stdout.write('ready'); };
echo('127.0.0.1', 80);
echo('::1', 81);
const udp = dgram.createSocket('udp4');
udp.on('message', (data, from) => udp.send('got ' + data, from.port, from.address));
udp.bind(53, '127.0.0.1', tell);
`;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function container(): Promise<string> {
  const child = spawn('unshare', ['--net', '--kill-child', '--fork', execPath, '-e', SERVER], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  closing.push(() => end(child));
  await once(child.stdout, 'data');
  return `/proc/${child.pid}/ns/net`;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

function tcp(containerPort: number, more: Partial<PortPublication> = {}): PortPublication {
  return { hostIp: '127.0.0.1', hostPort: undefined, containerPort, protocol: 'tcp', ...more };
}

async function publish(...ports: PortPublication[]): Promise<PortPublisher> {
  const publisher = await PortPublisher.open(ports);
  closing.push(() => publisher.close());
  return publisher;
}

async function exchange(port: number, send: string | Uint8Array): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  socket.end(send);
  return text(socket);
}

describe.runIf(isRoot)('published ports', () => {
  test('reach a server that listens inside, and end one way while the other goes on', async () => {
    const publisher = await publish(tcp(80));
    await publisher.enter(await container(), INNER);
    expect(await exchange(publisher.published[0]!.hostPort, 'world')).toBe('hello world');
  });

  test('reach a server that listens on IPv6 loopback alone', async () => {
    const publisher = await publish(tcp(81));
    await publisher.enter(await container(), INNER);
    expect(await exchange(publisher.published[0]!.hostPort, 'six')).toBe('hello six');
  });

  test('serve a connection that came before the container ran', async () => {
    const publisher = await publish(tcp(80));
    const early = exchange(publisher.published[0]!.hostPort, 'early bird');
    await publisher.enter(await container(), INNER);
    expect(await early).toBe('hello early bird');
  });

  test('serve many connections and large bodies at the same time', async () => {
    const publisher = await publish(tcp(80));
    await publisher.enter(await container(), INNER);
    const body = 'x'.repeat(1024 * 1024);
    const { hostPort } = publisher.published[0]!;
    const answers = await Promise.all(Array.from({ length: 40 }, () => exchange(hostPort, body)));
    expect(answers.every((answer) => answer === `hello ${body}`)).toBe(true);
  });

  test('refuse a client when nobody listens inside', async () => {
    const publisher = await publish(tcp(9999));
    await publisher.enter(await container(), INNER);
    const socket = connect(publisher.published[0]!.hostPort, '127.0.0.1');
    const [error] = (await once(socket, 'error').catch((reason: unknown) => [reason])) as [{ code: string }];
    expect(error.code).toBe('ECONNRESET');
  });

  test('carry datagrams there and back', async () => {
    const publisher = await publish(tcp(53, { protocol: 'udp' }));
    await publisher.enter(await container(), INNER);
    const client = createSocket('udp4');
    closing.push(() => client.close());
    const answered = once(client, 'message');
    // Datagrams may be lost until the inner process runs: they are sent until one is answered.
    const timer = setInterval(() => client.send('ping', publisher.published[0]!.hostPort, '127.0.0.1'), 20);
    const [answer] = (await answered) as [Uint8Array];
    clearInterval(timer);
    expect(Buffer.from(answer).toString()).toBe('got ping');
  });

  test('are free again after close', async () => {
    const publisher = await publish(tcp(80));
    await publisher.enter(await container(), INNER);
    const { hostPort } = publisher.published[0]!;
    await publisher.close();
    const again = await publish(tcp(80, { hostPort }));
    expect(again.published[0]!.hostPort).toBe(hostPort);
  });
});

describe('a port in use', () => {
  test('is told by its name, and the other ports are free again', async () => {
    const taken = createServer((socket: Socket) => socket.destroy());
    taken.listen(0, '127.0.0.1');
    await once(taken, 'listening');
    closing.push(() => taken.close());
    const { port } = taken.address() as AddressInfo;
    const free = await publish(tcp(80));
    const { hostPort } = free.published[0]!;
    await free.close();
    const opening = PortPublisher.open([tcp(80, { hostPort }), tcp(81, { hostPort: port })]);
    await expect(opening).rejects.toMatchObject({
      code: 'already-exists',
      message: `publish 127.0.0.1:${port}/tcp: port is already allocated`,
    });
    const again = await publish(tcp(80, { hostPort }));
    expect(again.published[0]!.hostPort).toBe(hostPort);
  });
});
