// What an installed package is, whoever installed it.

export type PackageKind = 'deb' | 'apk' | 'rpm' | 'npm' | 'python';

/** Foreign text, bounded, not yet safe to show. */
export interface Package {
  readonly kind: PackageKind;
  readonly name: string;
  readonly version: string;
}

const MAX_TEXT = 256;

/** Undefined for what cannot be a package: nameless, or with a name that nobody would give one. */
export function packageOf(
  kind: PackageKind,
  name: string | undefined,
  version: string | undefined,
): Package | undefined {
  if (!name || !version || name.length > MAX_TEXT || version.length > MAX_TEXT) return undefined;
  return { kind, name, version };
}
