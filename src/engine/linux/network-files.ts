// What /etc/hostname, /etc/hosts and /etc/resolv.conf are in a container.
import type { NetworkMode } from '../container.ts';

export interface NetworkFiles {
  readonly hostname: string;
  readonly hosts: string;
  readonly resolvConf: string;
}

export interface NetworkFacts {
  readonly hostname: string;
  readonly mode: NetworkMode;
  /** Where names are asked for inside, when a way out brings a name server of its own. */
  readonly nameserver: string | undefined;
  /** Text of the machine's own files. */
  readonly machine: { readonly hosts: string; readonly resolvConf: string };
}

const LOCALHOST = [
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::0\tip6-localnet',
  'ff00::0\tip6-mcastprefix',
  'ff02::1\tip6-allnodes',
  'ff02::2\tip6-allrouters',
];

/** The address by which a machine without a fixed one knows its own name. */
const OWN_ADDRESS = '127.0.1.1';

export function networkFiles({ hostname, mode, nameserver, machine }: NetworkFacts): NetworkFiles {
  const own = `${OWN_ADDRESS}\t${hostname}`;
  if (mode === 'host') {
    return {
      hostname: `${hostname}\n`,
      hosts: `${machine.hosts.trimEnd()}\n${own}\n`,
      resolvConf: machine.resolvConf,
    };
  }
  return {
    hostname: `${hostname}\n`,
    hosts: `${[...LOCALHOST, own].join('\n')}\n`,
    resolvConf: resolvConf(machine.resolvConf, nameserver),
  };
}

/**
 * The machine's with another name server, or else without those on its loopback: they are not in the container's. The
 * ways out that bring their own ask the machine's, those on loopback as well.
 */
function resolvConf(machine: string, nameserver: string | undefined): string {
  const lines = machine.split('\n').filter((line) => /^\s*(search|domain|options|nameserver)\s/.test(line));
  const others = lines.filter((line) => !/^\s*nameserver\s/.test(line));
  const servers =
    nameserver === undefined
      ? lines.filter((line) => /^\s*nameserver\s/.test(line) && !/\s(127\.|::1\s*$)/.test(line))
      : [`nameserver ${nameserver}`];
  return [...servers, ...others].map((line) => `${line.trim()}\n`).join('');
}
