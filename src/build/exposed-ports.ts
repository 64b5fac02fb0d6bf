// A word of EXPOSE as the ports that the image's configuration lists: `80/tcp`. What belongs to `-p` (an address, a port of
// the host) is left out, as BuildKit does.
import type { Range } from '../dockerfile/instruction.ts';
import { dockerfileError } from './dockerfile-error.ts';

const PROTOCOLS: ReadonlySet<string> = new Set(['tcp', 'udp', 'sctp']);
const MAX_PORT = 65_535;

/** `8000-8002/udp` gives three. Throws `invalid-dockerfile`. */
export function exposedPorts(word: string, range: Range): string[] {
  const slash = word.indexOf('/');
  const protocol = slash < 0 ? 'tcp' : word.slice(slash + 1).toLowerCase();
  const address = slash < 0 ? word : word.slice(0, slash);
  const ports = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(address.slice(address.lastIndexOf(':') + 1));
  if (!PROTOCOLS.has(protocol))
    throw dockerfileError(range, `${JSON.stringify(protocol)} is no protocol of a port`);
  const first = Number(ports?.[1] ?? Number.NaN);
  const last = Number(ports?.[2] ?? first);
  if (!(first <= last && last <= MAX_PORT)) {
    throw dockerfileError(range, `${JSON.stringify(word)} is no port`, {
      hint: 'Write 80, 53/udp or 8000-8010.',
    });
  }
  return Array.from({ length: last - first + 1 }, (_, at) => `${first + at}/${protocol}`);
}
