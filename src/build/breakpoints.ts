// Where a build stands still. Pure but for asking what a layer changed.
import type { Breakpoint, BuildStep } from './build.ts';

export function breaksBefore(
  breakpoints: readonly Breakpoint[],
  { instruction, isTrigger }: BuildStep,
): boolean {
  const { start, end } = instruction.range;
  const isHit = (point: Breakpoint): boolean =>
    point.kind === 'line' && point.line >= start.line && point.line <= end.line;
  return !isTrigger && breakpoints.some(isHit);
}

/** `changedPaths` tells raw paths that the step's layer added, changed or removed. A directory stands for all below it. */
export async function breaksAfter(
  breakpoints: readonly Breakpoint[],
  { hasLayer }: BuildStep,
  changedPaths: () => Promise<readonly string[]>,
): Promise<boolean> {
  const wanted = breakpoints.flatMap((point) => (point.kind === 'path' ? [rawPath(point.path)] : []));
  if (wanted.length === 0 || !hasLayer) return false;
  const isWithin = (changed: string, path: string): boolean =>
    path === '' || changed === path || changed.startsWith(`${path}/`);
  return (await changedPaths()).some((changed) => wanted.some((path) => isWithin(changed, path)));
}

function rawPath(path: string): string {
  return Buffer.from(path)
    .toString('latin1')
    .replace(/^\/+|\/+$/g, '');
}
