// Whether this machine runs containers by itself, how, and what it lacks. What was tried out is kept in a file and holds
// until a program, the kernel or a setting changes: to run a container costs a handful of stat calls then.
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { platform } from 'node:process';
import process from 'node:process';
import { writeAtomically } from '../../lib/files.ts';
import { runProgram } from '../../lib/run-program.ts';
import { safeText } from '../../lib/text.ts';
import type { EngineStatus } from '../engine.ts';
import type { RuntimeChoice } from './agent-runtime.ts';
import type { IdMap } from './launch.ts';
import type { LinuxAbilities } from './linux-abilities.ts';
import type { OutboundTool } from './network.ts';
import { type ProbeFacts, probeFacts } from './probe-facts.ts';
import { WHOLE_TERMINALS, describe } from './probe-report.ts';
import type { ProbeTrial, Verdict } from './probe-trial.ts';
import { isOlder } from './probe-version.ts';

export interface LinuxProbe {
  readonly status: EngineStatus;
  /** What the engine is made with; undefined when it does not work. */
  readonly abilities: LinuxAbilities | undefined;
}

export interface ProbeOptions {
  /** The user's environment; PATH is looked at. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where answers are kept; its folder is made. On the file system that containers will be on. */
  readonly cacheFile: string;
}

/** Everything that was tried; kept as JSON. */
export interface ProbeFindings {
  readonly fingerprint: string;
  /** Why none can be made; then nothing else was tried. */
  readonly refused: string | undefined;
  readonly idMap: IdMap;
  readonly overlay: string | undefined;
  readonly runtimes: readonly RuntimeFinding[];
}

export interface RuntimeFinding {
  readonly name: 'crun' | 'runc';
  readonly program: string;
  readonly version: string;
  readonly refused: string | undefined;
}

export async function probeLinux({ env, cacheFile }: ProbeOptions): Promise<LinuxProbe> {
  if (platform !== 'linux') {
    const status: EngineStatus = { name: 'linux', works: false, summary: 'not on this system', missing: [] };
    return { status, abilities: undefined };
  }
  const facts = probeFacts(env['PATH'] ?? '', process.geteuid?.() ?? -1);
  const known = await loadFindings(cacheFile, facts.fingerprint);
  const findings = known ?? (await tryOut(facts, dirname(cacheFile)));
  if (known === undefined) await saveFindings(cacheFile, findings);
  const abilities = abilitiesOf(facts, findings);
  return { status: describe(facts, findings, abilities), abilities };
}

/** undefined when there are none, or they are not of this machine as it is now. */
export async function loadFindings(path: string, fingerprint: string): Promise<ProbeFindings | undefined> {
  try {
    const findings = JSON.parse(await readFile(path, 'utf8')) as ProbeFindings;
    return findings.fingerprint === fingerprint ? findings : undefined;
  } catch {
    return undefined;
  }
}

/** A store that cannot be written to is no reason not to run: it is then tried again the next time. */
export async function saveFindings(path: string, findings: ProbeFindings): Promise<void> {
  await writeAtomically(path, JSON.stringify(findings)).catch(() => undefined);
}

async function tryOut(facts: ProbeFacts, place: string): Promise<ProbeFindings> {
  const nothing = {
    fingerprint: facts.fingerprint,
    idMap: 'root',
    overlay: undefined,
    runtimes: [],
  } as const;
  const { unshare } = facts.tools;
  if (unshare === undefined) return { ...nothing, refused: 'unshare is not installed (package util-linux)' };
  await mkdir(place, { recursive: true, mode: 0o700 });
  const { ProbeTrial } = await import('./probe-trial.ts');
  const trial = await ProbeTrial.open(unshare, place);
  try {
    const { idMap, refused } = await chooseIdMap(facts, trial);
    if (refused !== undefined) return { ...nothing, refused };
    const overlay = await trial.overlay(idMap);
    return { ...nothing, refused, idMap, overlay, runtimes: await tryRuntimes(facts, trial, idMap) };
  } finally {
    await trial.close();
  }
}

async function chooseIdMap(
  { uid, tools }: ProbeFacts,
  trial: ProbeTrial,
): Promise<{ idMap: IdMap; refused: Verdict }> {
  const candidates: IdMap[] = [];
  if (uid === 0) candidates.push('root');
  else if (tools.newuidmap !== undefined && tools.newgidmap !== undefined) candidates.push('subordinate');
  candidates.push('one');
  let refused: Verdict;
  for (const idMap of candidates) {
    const verdict = await trial.namespaces(idMap);
    if (verdict === undefined) return { idMap, refused: undefined };
    refused ??= verdict;
  }
  return { idMap: 'one', refused };
}

async function tryRuntimes(facts: ProbeFacts, trial: ProbeTrial, idMap: IdMap): Promise<RuntimeFinding[]> {
  const findings: RuntimeFinding[] = [];
  for (const name of ['crun', 'runc'] as const) {
    const program = facts.tools[name];
    if (program === undefined) continue;
    const refused = await trial.runtime(idMap, name, program);
    findings.push({ name, program, version: await versionOf(program), refused });
  }
  return findings;
}

async function versionOf(program: string): Promise<string> {
  const { stdout } = await runProgram(program, ['--version'], { timeout: 5000 }).catch(() => ({
    stdout: '',
  }));
  return safeText(/version (\S+)/.exec(stdout)?.[1] ?? 'of unknown version').slice(0, 50);
}

function abilitiesOf(facts: ProbeFacts, findings: ProbeFindings): LinuxAbilities | undefined {
  if (findings.refused !== undefined || findings.overlay !== undefined) return undefined;
  const runtime = chooseRuntime(facts, findings);
  if (runtime === undefined) return undefined;
  const terminalRuntime = chooseForTerminals(runtime, findings);
  return {
    idMap: findings.idMap,
    runtime,
    outbound: outboundTools(facts),
    ...(terminalRuntime && { terminalRuntime }),
  };
}

/** crun starts twice as fast as runc; both are better than nothing between the container and the kernel. */
function chooseRuntime({ tools }: ProbeFacts, { runtimes }: ProbeFindings): RuntimeChoice | undefined {
  const willing = runtimes.find(({ refused }) => refused === undefined);
  if (willing !== undefined) return { kind: willing.name, program: willing.program };
  return tools.nsenter !== undefined && tools.setpriv !== undefined ? { kind: 'util-linux' } : undefined;
}

/** When its process ends at once, an old crun may end before it has passed on what that wrote to its terminal. */
function chooseForTerminals({ kind }: RuntimeChoice, { runtimes }: ProbeFindings): RuntimeChoice | undefined {
  const crun = runtimes.find(({ name }) => name === 'crun');
  const runc = runtimes.find(({ name, refused }) => name === 'runc' && refused === undefined);
  if (kind !== 'crun' || crun === undefined || runc === undefined) return undefined;
  return isOlder(crun.version, WHOLE_TERMINALS) ? { kind: 'runc', program: runc.program } : undefined;
}

function outboundTools({ tools, tun }: ProbeFacts): OutboundTool[] {
  if (!tun) return [];
  return (['pasta', 'slirp4netns'] as const).flatMap((name) => {
    const program = tools[name];
    return program === undefined ? [] : [{ name, program }];
  });
}
