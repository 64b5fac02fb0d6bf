// FROM: names of stages, the variables of image and platform.
import { PhylloError } from '../../lib/errors.ts';
import { type Expansion, expandWord } from '../expand.ts';
import type { FromInstruction } from '../instruction.ts';
import { nearest } from '../../lib/nearest.ts';
import { quoted } from '../report.ts';
import type { Findings } from './findings.ts';
import { isImageName } from './image-name.ts';
import type { Stages } from './stages.ts';

const RESERVED = new Set(['context', 'scratch']);
const OWN_PLATFORM = 'TARGETPLATFORM';
/** Names that stand for a platform alone, and the architectures that have several names. */
const SYSTEMS = new Set(['linux', 'windows', 'darwin', 'freebsd']);
const ARCHITECTURES: ReadonlyMap<string, string> = new Map([
  ...['amd64', 'arm64', 'arm', '386', 'ppc64le', 's390x', 'riscv64', 'mips64le', 'loong64'].map(
    (name): [string, string] => [name, name],
  ),
  ['x86_64', 'amd64'],
  ['x86-64', 'amd64'],
  ['aarch64', 'arm64'],
  ['armhf', 'arm'],
  ['armel', 'arm'],
  ['i386', '386'],
]);

export function checkFrom(all: Stages, escape: '\\' | '`', findings: Findings): void {
  const seen = new Set<string>();
  for (const { from } of all.stages) {
    checkName(from, seen, findings);
    checkImage(from, expand(from.image, all, escape), all, findings);
    if (from.platform !== undefined) {
      checkPlatform(from, from.platform, expand(from.platform, all, escape), all, findings);
    }
  }
}

function checkName(from: FromInstruction, seen: Set<string>, findings: Findings): void {
  const name = from.stageName?.toLowerCase();
  if (name === undefined) return;
  if (RESERVED.has(name)) {
    const hint = 'it means something else in FROM or COPY --from';
    findings.add('ReservedStageName', from, `a stage cannot well be called ${name}`, { hint });
  }
  if (seen.has(name)) {
    const hint = 'only the last one can be named from below';
    findings.add('DuplicateStageName', from, `another stage is called ${quoted(name)} already`, { hint });
  }
  seen.add(name);
}

function checkImage(
  from: FromInstruction,
  image: Expansion | undefined,
  all: Stages,
  findings: Findings,
): void {
  if (image === undefined) return;
  reportUndeclared(from, image, all, findings);
  const hasVariables = image.used.size + image.unset.size > 0;
  if (!hasVariables || isImageName(image.text)) return;
  const message =
    image.text === ''
      ? `without build arguments ${quoted(from.image)} is empty`
      : `without build arguments ${quoted(from.image)} is ${quoted(image.text)}, which is no image name`;
  findings.add('InvalidDefaultArgInFrom', from, message, { hint: 'give the ARG a default' });
}

function checkPlatform(
  from: FromInstruction,
  written: string,
  platform: Expansion | undefined,
  all: Stages,
  findings: Findings,
): void {
  if (platform === undefined) return;
  reportUndeclared(from, platform, all, findings);
  const range = from.flags.find(({ name }) => name === 'platform')?.range;
  const { used, unset, text } = platform;
  if (
    used.size === 1 &&
    unset.size === 0 &&
    used.has(OWN_PLATFORM) &&
    text === all.values.get(OWN_PLATFORM)
  ) {
    const hint = 'leave --platform out';
    findings.add('RedundantTargetPlatform', from, `${quoted(written)} is the platform anyway`, {
      range,
      hint,
    });
  }
  if (used.size + unset.size > 0) return;
  const parts = parsePlatform(text);
  const stage = from.stageName?.toLowerCase() ?? '';
  if (parts === undefined || parts.some((part) => stage.includes(part))) return;
  const hint = 'use an ARG like BUILDPLATFORM, or say the platform in the name of the stage';
  const message = `the platform is always ${quoted(text)}`;
  findings.add('FromPlatformFlagConstDisallowed', from, message, { range, hint });
}

function reportUndeclared(
  from: FromInstruction,
  { unset }: Expansion,
  { names }: Stages,
  findings: Findings,
): void {
  for (const name of unset) {
    if (names.has(name)) continue;
    const near = nearest(name, names);
    const hint = near === undefined ? 'declare it with ARG above the first FROM' : `did you mean ${near}?`;
    findings.add('UndefinedArgInFrom', from, `no ARG above FROM declares ${quoted(name)}`, { hint });
  }
}

function expand(word: string, { values }: Stages, escape: '\\' | '`'): Expansion | undefined {
  try {
    return expandWord(word, (name) => values.get(name), { escape });
  } catch (error) {
    if (error instanceof PhylloError) return undefined;
    throw error;
  }
}

/** Operating system and architecture, as far as written; undefined for what is none. */
function parsePlatform(text: string): readonly string[] | undefined {
  const parts = text.toLowerCase().split('/');
  if (parts.length > 3 || !parts.every((part) => /^[a-z0-9_.-]+(?:\([a-z0-9_.-]*\))?$/.test(part)))
    return undefined;
  const [first = '', second] = parts;
  const system = first.replace(/\(.*/, '');
  if (second !== undefined) return [system, ARCHITECTURES.get(second) ?? second];
  if (SYSTEMS.has(system)) return [system];
  const architecture = ARCHITECTURES.get(first);
  return architecture === undefined ? undefined : [architecture];
}
