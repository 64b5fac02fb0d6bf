// Published ports, on the container's side: the program of a process that is in its network namespace and otherwise
// outside of it. It accepts from the machine's listening sockets, which it got over the channel to the agent, and
// connects to whoever listens in the container.
import type { Socket as Datagrams } from 'node:dgram';
import { type Server, type Socket, connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import process from 'node:process';
import { isSystemError } from '../../lib/errors.ts';
import { forwardDatagrams } from './forward-datagrams.ts';
import type { InnerMessage } from './forward-host.ts';

/** Runs until the agent closes the channel, or ends. */
export function runInnerForwarder(): void {
  process.on('message', ({ kind, port }: InnerMessage, handle: unknown) => {
    if (kind === 'datagrams') forwardDatagrams(handle as Datagrams, port);
    else if (kind === 'connection') serve(handle as Socket, port);
    else accept(handle as Server, port);
  });
  process.on('disconnect', () => process.exit(0));
}

function accept(server: Server, port: number): void {
  server.on('connection', (client: Socket) => serve(client, port));
  // Too many open files: the client that could not be accepted tries again or is told by its own timeout.
  server.on('error', () => undefined);
}

function serve(client: Socket, port: number): void {
  client.allowHalfOpen = true;
  client.pause();
  client.once('error', () => client.destroy());
  tryNext(client, port, addresses());
}

/** Loopback reaches those that listen everywhere as well; the others are for servers bound to one address only. */
function addresses(): string[] {
  const others = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  return ['127.0.0.1', '::1', ...others.filter(({ internal }) => !internal).map(({ address }) => address)];
}

function tryNext(client: Socket, port: number, [host, ...others]: readonly string[]): void {
  if (host === undefined || client.destroyed) {
    client.resetAndDestroy();
    return;
  }
  const target = connect({ host, port, allowHalfOpen: true });
  const failed = (error: unknown): void => {
    target.destroy();
    const refused = ['ECONNREFUSED', 'EADDRNOTAVAIL', 'ENETUNREACH', 'EAFNOSUPPORT', 'EINVAL'];
    tryNext(client, port, refused.some((code) => isSystemError(error, code)) ? others : []);
  };
  target.once('error', failed);
  target.once('connect', () => {
    target.off('error', failed);
    join(client, target);
  });
}

/** `pipe` carries ends and back-pressure on; what breaks breaks both. */
function join(client: Socket, target: Socket): void {
  for (const [one, other] of [
    [client, target],
    [target, client],
  ] as const) {
    one.on('error', () => other.destroy());
    one.on('close', (hadError) => hadError && other.destroy());
  }
  client.pipe(target);
  target.pipe(client);
}
