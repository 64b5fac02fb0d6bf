// Words of EXPOSE as the ports that the image's configuration lists: `80/tcp`. What belongs to `-p` (an address, a port of the
// host) is checked and left out, as BuildKit does.
import { isIP } from 'node:net';
import type { Range } from '../dockerfile/instruction.ts';
import { dockerfileError } from './dockerfile-error.ts';

const PROTOCOLS: ReadonlySet<string> = new Set(['tcp', 'udp', 'sctp']);
const MAX_PORT = 65_535;
/** All there are, of every protocol: more comes from nobody who means well. */
const MAX_PORTS = 3 * (MAX_PORT + 1);

/** `8000-8002/udp` gives three; in their order, those twice that are there twice. Throws `invalid-dockerfile`, `limit-exceeded`. */
export function exposedPorts(words: readonly string[], range: Range): string[] {
  const spans = words.map((word) => spanOf(word, range));
  if (spans.reduce((sum, { first, last }) => sum + last - first + 1, 0) > MAX_PORTS) {
    throw dockerfileError(range, `EXPOSE has more than ${MAX_PORTS} ports`, { code: 'limit-exceeded' });
  }
  return spans.flatMap(({ first, last, protocol }) =>
    Array.from({ length: last - first + 1 }, (_, at) => `${first + at}/${protocol}`),
  );
}

interface PortSpan {
  readonly first: number;
  readonly last: number;
}

/** `[address:][host port:]port[/protocol]`. */
function spanOf(word: string, range: Range): PortSpan & { readonly protocol: string } {
  const parts = word.split(':');
  const own = parts.pop()!;
  const host = parts.pop() ?? '';
  const address = parts.join(':');
  const slash = own.indexOf('/');
  const protocol = (slash < 0 ? '' : own.slice(slash + 1).toLowerCase()) || 'tcp';
  if (!PROTOCOLS.has(protocol))
    throw dockerfileError(range, `${JSON.stringify(protocol)} is no protocol of a port`);
  if (address !== '' && isIP(address.replace(/^\[(.*)\]$/, '$1')) === 0)
    throw dockerfileError(range, `${JSON.stringify(address)} is no address`);
  const ports = portsOf(slash < 0 ? own : own.slice(0, slash));
  const there = host === '' ? ports : portsOf(host);
  if (ports === undefined || there === undefined || !fits(ports, there)) {
    throw dockerfileError(range, `${JSON.stringify(word)} is no port`, {
      hint: 'Write 80, 53/udp or 8000-8010.',
    });
  }
  return { ...ports, protocol };
}

function portsOf(text: string): PortSpan | undefined {
  const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(text);
  const first = Number(match?.[1] ?? Number.NaN);
  const last = Number(match?.[2] ?? first);
  return first <= last && last <= MAX_PORT ? { first, last } : undefined;
}

/** One port may be any of a range of the host. */
function fits(own: PortSpan, host: PortSpan): boolean {
  return own.first === own.last || own.last - own.first === host.last - host.first;
}
