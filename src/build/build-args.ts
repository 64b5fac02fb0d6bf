// Arguments of a build: those of the command line, the platforms that BuildKit tells by itself, and proxies, which may be
// used without being declared and leave no trace.
import { isSecretName } from '../dockerfile/lint/secret-name.ts';
import { type Platform, formatPlatform } from '../oci/platform.ts';

export type BuildArgs = ReadonlyMap<string, string>;

const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'];
const MASK = '***';

/** Values of the command line that RUN gets although nothing declares them: in capital and in small letters. */
export function proxyEnv(args: BuildArgs): string[] {
  // Of several spellings the last one in the order of the alphabet counts: small letters.
  const given = new Map([...args].sort(byName).map(([name, value]) => [name.toUpperCase(), value]));
  return PROXIES.flatMap((name) => {
    const value = given.get(name);
    return value ? [`${name}=${value}`, `${name.toLowerCase()}=${value}`] : [];
  });
}

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}

/** What FROM can use, and a stage that declares it without a value. */
export function platformArgs(build: Platform, target: Platform, targetStage: string): Map<string, string> {
  return new Map([
    ...platformEntries('BUILD', build),
    ...platformEntries('TARGET', target),
    ['TARGETSTAGE', targetStage],
  ]);
}

function platformEntries(prefix: string, platform: Platform): [string, string][] {
  return [
    [`${prefix}PLATFORM`, formatPlatform(platform)],
    [`${prefix}OS`, platform.os],
    [`${prefix}OSVERSION`, platform.osVersion ?? ''],
    [`${prefix}ARCH`, platform.architecture],
    [`${prefix}VARIANT`, platform.variant ?? ''],
  ];
}

/** For what is written down or shown: the value of a secret never is. */
export function maskedValue(name: string, value: string): string {
  return isSecretName(name) ? MASK : value;
}

/** Was it masked, maybe with a mark behind by which it can be told apart? */
export function isMasked(text: string): boolean {
  return text === MASK || text.startsWith(`${MASK} `);
}
