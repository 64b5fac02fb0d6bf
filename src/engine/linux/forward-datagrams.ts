// UDP of a published port: a socket to the container for each client, so that answers find their way back.
import { type RemoteInfo, type Socket, createSocket } from 'node:dgram';

/** As long as conntrack of Linux remembers a stream of datagrams. */
const IDLE_MS = 120_000;
/** A client's address is easily forged: the oldest flow makes room. */
const MAX_FLOWS = 1024;
const INSIDE = '127.0.0.1';

interface Flow {
  readonly socket: Socket;
  lastUsedMs: number;
}

/** `outside` is bound on the machine; runs until the process ends. */
export function forwardDatagrams(outside: Socket, port: number): void {
  const flows = new Map<string, Flow>();
  outside.on('error', () => undefined);
  outside.on('message', (data, client) => {
    const key = `${client.address} ${client.port}`;
    const flow = flows.get(key) ?? open(outside, client);
    flow.lastUsedMs = Date.now();
    // Put in again, the map has the one used longest ago first.
    flows.delete(key);
    flows.set(key, flow);
    if (flows.size > MAX_FLOWS) closeFirst(flows);
    flow.socket.send(data, port, INSIDE);
  });
  setInterval(() => closeIdle(flows), IDLE_MS / 4).unref();
}

function open(outside: Socket, client: RemoteInfo): Flow {
  const socket = createSocket('udp4');
  const flow: Flow = { socket, lastUsedMs: Date.now() };
  // Nobody listens (yet): datagrams are lost then, as anywhere.
  socket.on('error', () => undefined);
  socket.on('message', (answer) => {
    flow.lastUsedMs = Date.now();
    outside.send(answer, client.port, client.address);
  });
  return flow;
}

function closeIdle(flows: Map<string, Flow>): void {
  const before = Date.now() - IDLE_MS;
  for (const [key, flow] of flows) {
    if (flow.lastUsedMs > before) return;
    flows.delete(key);
    flow.socket.close();
  }
}

function closeFirst(flows: Map<string, Flow>): void {
  for (const [key, flow] of flows) {
    flows.delete(key);
    flow.socket.close();
    return;
  }
}
