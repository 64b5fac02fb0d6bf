// Arguments of a build: those of the command line, the platforms that BuildKit tells by itself, and proxies, which may be
// used without being declared and leave no trace.
import { isSecretName } from '../dockerfile/lint/secret-name.ts';
import { type Platform, formatPlatform } from '../oci/platform.ts';

export type BuildArgs = ReadonlyMap<string, string>;

const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'];
const PROXY_NAMES: ReadonlySet<string> = new Set(PROXIES.flatMap((name) => [name, name.toLowerCase()]));
const MASK = '***';

/** Values of the command line that RUN gets although nothing declares them. */
export function proxyEnv(args: BuildArgs): string[] {
  return [...args].filter(([name]) => PROXY_NAMES.has(name)).map(([name, value]) => `${name}=${value}`);
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
