// What the linux engine is on this machine in words: one line of summary, and a line for each ability that is missing
// with what would bring it.
import type { EngineStatus } from '../engine.ts';
import type { LinuxAbilities } from './linux-abilities.ts';
import type { ProbeFacts } from './probe-facts.ts';
import { isOlder } from './probe-version.ts';
import type { ProbeFindings, RuntimeFinding } from './probe.ts';

/** The first runc without CVE-2024-21626, by which a working directory could lead out of a container. */
/** The first crun that reads a terminal to its end. */
export const WHOLE_TERMINALS = [1, 23, 1] as const;
const SAFE_RUNC = [1, 1, 12] as const;

export function describe(
  facts: ProbeFacts,
  findings: ProbeFindings,
  abilities: LinuxAbilities | undefined,
): EngineStatus {
  const works = abilities !== undefined;
  const summary = works ? summaryOf(findings, abilities) : whyNot(facts, findings);
  return { name: 'linux', works, summary, missing: missing(facts, findings, abilities) };
}

function summaryOf({ runtimes }: ProbeFindings, { idMap, runtime, outbound }: LinuxAbilities): string {
  const who = idMap === 'root' ? 'as root' : idMap === 'one' ? 'rootless, one user' : 'rootless';
  const chosen = runtimes.find(({ name }) => name === runtime.kind);
  const how = chosen === undefined ? 'util-linux without seccomp' : `${chosen.name} ${chosen.version}`;
  const [way] = outbound;
  return `overlayfs ${who}, ${how}, ${way === undefined ? 'no way out of a private network' : `outbound through ${way.name}`}`;
}

function whyNot({ tools }: ProbeFacts, { refused, overlay }: ProbeFindings): string {
  if (refused !== undefined) return `namespaces cannot be made: ${refused}`;
  if (overlay !== undefined) return `overlayfs cannot be mounted: ${overlay}`;
  const absent = (['nsenter', 'setpriv'] as const).filter((name) => tools[name] === undefined);
  return `${absent.join(' and ')} not installed (package util-linux), and neither crun nor runc works`;
}

function missing(
  facts: ProbeFacts,
  findings: ProbeFindings,
  abilities: LinuxAbilities | undefined,
): readonly string[] {
  if (findings.refused !== undefined) return [];
  return [
    ...findings.runtimes.flatMap(({ name, refused }) =>
      refused === undefined ? [] : [`${name}: it does not work here: ${refused}`],
    ),
    ...(abilities?.runtime.kind === 'util-linux' ? ['filter of system calls: install crun or runc'] : []),
    ...oldRunc(findings.runtimes, abilities),
    ...oldCrun(findings.runtimes, abilities),
    ...outboundMissing(facts),
    ...idsMissing(facts, findings),
    ...(findings.idMap === 'root' ? [] : ['limit on the number of processes: it takes root']),
    ...(facts.tools.ip === undefined && abilities?.runtime.kind === 'util-linux'
      ? ['loopback in private networks: install ip (package iproute2)']
      : []),
  ];
}

function outboundMissing({ tools, tun }: ProbeFacts): string[] {
  if (tools.pasta === undefined && tools.slirp4netns === undefined) {
    return ['outbound network: install pasta (package passt) or slirp4netns'];
  }
  return tun ? [] : ['outbound network: this user may not open /dev/net/tun'];
}

function idsMissing({ tools }: ProbeFacts, { idMap }: ProbeFindings): string[] {
  if (idMap !== 'one') return [];
  return tools.newuidmap === undefined || tools.newgidmap === undefined
    ? ['other users than root in containers: install newuidmap (package uidmap)']
    : ['other users than root in containers: give this user a range in /etc/subuid and /etc/subgid'];
}

function oldCrun(runtimes: readonly RuntimeFinding[], abilities: LinuxAbilities | undefined): string[] {
  const crun = runtimes.find(({ name }) => name === 'crun');
  if (crun === undefined || abilities?.runtime.kind !== 'crun' || !isOlder(crun.version, WHOLE_TERMINALS))
    return [];
  const help = abilities.terminalRuntime === undefined ? 'install runc, or a newer crun' : 'runc runs those';
  return [
    `crun ${crun.version}: before 1.23.1 it may lose the last words of a container with a terminal; ${help}`,
  ];
}

function oldRunc(runtimes: readonly RuntimeFinding[], abilities: LinuxAbilities | undefined): string[] {
  const runc = runtimes.find(({ name }) => name === 'runc');
  if (runc === undefined || abilities?.runtime.kind !== 'runc' || !isOlder(runc.version, SAFE_RUNC))
    return [];
  return [
    `runc ${runc.version}: CVE-2024-21626 is fixed in 1.1.12; older ones of a distribution (Debian's 1.1.5) may have the fix too`,
  ];
}
