// Where a build stops by itself: before a step, or after the first one that touches a path.
import type { Breakpoint } from '../../../build/build.ts';
import { safeText } from '../../../lib/text.ts';
import type { BuildScreen } from './build-screen.ts';
import { type Lines, placeOf } from './build-steps.ts';

export function isOn(breakpoint: Breakpoint, { first, last }: Lines): boolean {
  return breakpoint.kind === 'line' && breakpoint.line >= first && breakpoint.line <= last;
}

export function toggleHere({ session, here }: BuildScreen): void {
  if (!session || !here) return;
  const place = placeOf(session.steps, here);
  const others = session.breakpoints.filter((breakpoint) => !isOn(breakpoint, place));
  const wasOn = others.length < session.breakpoints.length;
  session.setBreakpoints(wasOn ? others : [...others, { kind: 'line', line: place.first }]);
}

/** The same path once more takes it away. */
export function askForPath({ session, stack, focus, host }: BuildScreen): void {
  if (!session) return;
  const known = session.breakpoints.find((breakpoint) => breakpoint.kind === 'path');
  const path =
    (focus === 'files' ? stack.selectedPath() : undefined) ?? (known?.kind === 'path' ? known.path : '/');
  host.prompt({
    title: 'stop when this path changes (again: not any more)',
    text: path,
    onAccept: (text) => {
      const wanted = text.startsWith('/') ? text : `/${text}`;
      const others = session.breakpoints.filter(
        (breakpoint) => breakpoint.kind !== 'path' || breakpoint.path !== wanted,
      );
      const wasOn = others.length < session.breakpoints.length;
      session.setBreakpoints(wasOn ? others : [...others, { kind: 'path', path: wanted }]);
      host.say(wasOn ? `does not stop at ${wanted} any more` : `stops when ${wanted} changes`);
    },
  });
}

/** `stops when /etc/nginx, /usr change`; empty without such. */
export function pathsText(breakpoints: readonly Breakpoint[]): string {
  const paths = breakpoints.flatMap((breakpoint) =>
    breakpoint.kind === 'path' ? [safeText(breakpoint.path)] : [],
  );
  return paths.length === 0 ? '' : `stops when ${paths.join(', ')} change${paths.length === 1 ? 's' : ''}`;
}
