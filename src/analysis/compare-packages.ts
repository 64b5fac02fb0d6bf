// The packages that two lists do not have in common. Pure.
import type { Package, PackageKind } from './package.ts';

/** Foreign text, not yet safe to show. */
export interface PackageDifference {
  readonly kind: PackageKind;
  readonly name: string;
  /** The versions; undefined where that side does not have it. */
  readonly a: string | undefined;
  readonly b: string | undefined;
}

/**
 * By kind, then by name. Of a package that is there in several versions, those that both sides have are left out, and
 * the others stand against each other.
 */
export function comparePackages(a: readonly Package[], b: readonly Package[]): PackageDifference[] {
  const left = versions(a);
  const right = versions(b);
  const keys = [...new Set([...left.keys(), ...right.keys()])].sort();
  return keys.flatMap((key) => {
    const [kind, name] = key.split('\0') as [PackageKind, string];
    const [onlyA, onlyB] = withoutCommon(left.get(key) ?? [], right.get(key) ?? []);
    const count = Math.max(onlyA.length, onlyB.length);
    return Array.from({ length: count }, (_, at) => ({ kind, name, a: onlyA[at], b: onlyB[at] }));
  });
}

function versions(packages: readonly Package[]): Map<string, string[]> {
  const byKey = new Map<string, string[]>();
  for (const { kind, name, version } of packages) {
    const key = `${kind}\0${name}`;
    const known = byKey.get(key);
    if (known) known.push(version);
    else byKey.set(key, [version]);
  }
  return byKey;
}

function withoutCommon(a: readonly string[], b: readonly string[]): [string[], string[]] {
  const counts = new Map<string, number>();
  for (const version of b) counts.set(version, (counts.get(version) ?? 0) + 1);
  const onlyA = a.filter((version) => {
    const count = counts.get(version) ?? 0;
    if (count > 0) counts.set(version, count - 1);
    return count === 0;
  });
  const onlyB = [...counts].flatMap(([version, count]) => Array.from({ length: count }, () => version));
  return [onlyA.sort(), onlyB.sort()];
}
