// Platforms: os/architecture/variant, normalised as containerd does.
import { arch } from 'node:process';
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import { isJsonObject } from './json.ts';

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly osVersion?: string;
}

const ARCHITECTURES: Readonly<Record<string, readonly [string, string?]>> = {
  x86_64: ['amd64'],
  'x86-64': ['amd64'],
  x64: ['amd64'],
  aarch64: ['arm64'],
  armhf: ['arm', 'v7'],
  armel: ['arm', 'v6'],
  i386: ['386'],
  ia32: ['386'],
};

/** `linux/arm64/v8`, `linux/amd64`, `arm64` (linux is filled in). Throws `invalid-argument`. */
export function parsePlatform(text: string): Platform {
  const parts = text.toLowerCase().split('/');
  if (parts.length > 3 || parts.some((part) => !/^[a-z0-9_.-]+$/.test(part))) {
    throw new PhylloError(
      'invalid-argument',
      `read platform ${safeText(JSON.stringify(text))}: expected os/arch or os/arch/variant`,
    );
  }
  if (parts.length === 1) return normalise('linux', parts[0]!);
  return normalise(parts[0]!, parts[1]!, parts[2]);
}

export function parsePlatformObject(value: unknown): Platform {
  const { os, architecture, variant, 'os.version': osVersion } = isJsonObject(value) ? value : {};
  return {
    ...normalise(text(os) ?? 'unknown', text(architecture) ?? 'unknown', text(variant)),
    ...(text(osVersion) && { osVersion: text(osVersion) }),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function normalise(os: string, architecture: string, variant?: string): Platform {
  // Foreign text: `constructor` must not find what every object inherits.
  const known = Object.hasOwn(ARCHITECTURES, architecture) ? ARCHITECTURES[architecture] : undefined;
  const [name, implied] = known ?? [architecture];
  const chosen = name === 'arm64' && variant === 'v8' ? undefined : (variant ?? implied);
  return { os, architecture: name, ...(chosen && { variant: chosen }) };
}

export function hostPlatform(): Platform {
  return normalise('linux', arch);
}

export function formatPlatform(platform: Platform): string {
  return [platform.os, platform.architecture, platform.variant].filter(Boolean).join('/');
}

/** Does an image for `offered` serve a request for `wanted`? A wanted variant must match when both name one. */
export function platformMatches(wanted: Platform, offered: Platform): boolean {
  return (
    wanted.os === offered.os &&
    wanted.architecture === offered.architecture &&
    (wanted.variant === undefined || offered.variant === undefined || wanted.variant === offered.variant)
  );
}
