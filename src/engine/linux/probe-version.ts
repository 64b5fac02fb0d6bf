// Versions of programs, as far as something depends on them.

/** `1.8.1`, `1.1.5+ds1`: is it older than `least`? What is no number counts as none. */
export function isOlder(version: string, least: readonly number[]): boolean {
  const parts = version.split(/[.+~-]/, 3).map(Number);
  for (const [at, wanted] of least.entries()) {
    const part = parts[at] ?? 0;
    if (part !== wanted) return part < wanted;
  }
  return false;
}
