// `-p`, `-P` and EXPOSE, as docker reads them. EXPOSE opens nothing by itself.
import { isIP } from 'node:net';
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import type { PortPublication, Protocol } from './container.ts';

const ALL_ADDRESSES = '0.0.0.0';
const MAX_PORT = 65_535;
/** So many are opened at most; each one costs a listener. */
const MAX_PORTS = 1024;

export interface ExposedPort {
  readonly containerPort: number;
  readonly protocol: Protocol;
}

interface PortRange {
  readonly first: number;
  readonly last: number;
}

/**
 * `80`, `8080:80`, `127.0.0.1:8080:80/udp`, `[::1]:8080:80`, `127.0.0.1::80`, `8000-8005:80-85`. Without an address all
 * of IPv4's are meant. Throws `invalid-argument`, `unsupported`.
 */
export function parsePortSpec(text: string): PortPublication[] {
  const { rest, protocol } = splitProtocol(text);
  const match = /^(?:(?:\[([^\]]*)\]|([^:[\]]*)):)??(?:([^:]*):)?([^:]+)$/.exec(rest);
  if (!match) throw wrong(text, 'it is not [[address:]host port:]container port');
  const [, ip6, ip4, hostText = '', containerText = ''] = match;
  const container = parseRange(containerText, text);
  const host = hostText === '' || hostText === '0' ? undefined : parseRange(hostText, text);
  const count = container.last - container.first;
  if (host && host.last - host.first !== count) throw unlike(text, count);
  const hostIp = parseAddress(ip6 ?? ip4 ?? '', text);
  return Array.from({ length: count + 1 }, (_, index) => ({
    hostIp,
    hostPort: host && host.first + index,
    containerPort: container.first + index,
    protocol,
  }));
}

/** EXPOSE entries of an image (`80`, `53/udp`, `8000-8010/tcp`), each port once. Throws `invalid-argument`. */
export function parseExposedPorts(entries: readonly string[]): ExposedPort[] {
  const ports = new Map<string, ExposedPort>();
  for (const entry of entries) {
    const { rest, protocol } = splitProtocol(entry);
    const { first, last } = parseRange(rest, entry);
    for (let port = first; port <= last; port++) {
      ports.set(`${port}/${protocol}`, { containerPort: port, protocol });
    }
  }
  return [...ports.values()];
}

/** What `-p` asks for and, with `-P`, every exposed port that `-p` leaves out. Throws `limit-exceeded`. */
export function portsToPublish(
  asked: readonly PortPublication[],
  exposed: readonly ExposedPort[],
  publishAll: boolean,
): PortPublication[] {
  const given = new Set(asked.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`));
  const more = exposed.filter(({ containerPort, protocol }) => !given.has(`${containerPort}/${protocol}`));
  const ports = [
    ...asked,
    ...(publishAll ? more.map((port) => ({ hostIp: ALL_ADDRESSES, hostPort: undefined, ...port })) : []),
  ];
  if (ports.length > MAX_PORTS) {
    throw new PhylloError('limit-exceeded', `publish ports: ${ports.length} are more than ${MAX_PORTS}`);
  }
  return ports;
}

/** As docker prints one: `0.0.0.0:8080->80/tcp`, `[::]:8080->80/tcp`. */
export function formatPort({ hostIp, hostPort, containerPort, protocol }: PortPublication): string {
  const inside = `${containerPort}/${protocol}`;
  if (hostPort === undefined) return inside;
  return `${isIP(hostIp) === 6 ? `[${hostIp}]` : hostIp}:${hostPort}->${inside}`;
}

function splitProtocol(text: string): { rest: string; protocol: Protocol } {
  const slash = text.indexOf('/');
  const rest = slash < 0 ? text : text.slice(0, slash);
  const protocol = slash < 0 ? 'tcp' : text.slice(slash + 1).toLowerCase();
  if (protocol === 'tcp' || protocol === 'udp') return { rest, protocol };
  if (protocol === 'sctp') {
    throw new PhylloError('unsupported', `read port ${safeText(text)}: sctp cannot be forwarded`);
  }
  throw wrong(text, 'the protocol is neither tcp nor udp');
}

function parseRange(range: string, text: string): PortRange {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(range);
  const first = Number(match?.[1] ?? 0);
  const last = Number(match?.[2] ?? first);
  if (first < 1 || last > MAX_PORT) throw wrong(text, `ports are numbers from 1 to ${MAX_PORT}`);
  if (first > last) throw wrong(text, 'the range ends before it begins');
  return { first, last };
}

function parseAddress(address: string, text: string): string {
  if (address === '') return ALL_ADDRESSES;
  if (isIP(address) === 0) throw wrong(text, `${safeText(address)} is no IP address`);
  return address;
}

function unlike(text: string, count: number): PhylloError {
  return count === 0
    ? new PhylloError('unsupported', `read port ${safeText(text)}: a range for one port is not understood`, {
        hint: 'Give one host port, or none to take any that is free.',
      })
    : wrong(text, 'the ranges differ in length');
}

function wrong(text: string, reason: string): PhylloError {
  return new PhylloError('invalid-argument', `read port ${safeText(text)}: ${reason}`, {
    hint: 'Examples: 8080:80, 127.0.0.1:8080:80, 53:53/udp.',
  });
}
