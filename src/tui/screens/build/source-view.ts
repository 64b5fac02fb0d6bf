// The pane of the Dockerfile: which marks stand beside which line. Pure but for telling the pane how large it is.
import type { BuildSession, BuildStep } from '../../../build/build.ts';
import type { Diagnostic } from '../../../dockerfile/instruction.ts';
import { safeText } from '../../../lib/text.ts';
import { type LineMarks, NO_MARKS, sourceRow } from '../../present/build-source.ts';
import { spinner } from '../../present/build-text.ts';
import { innerHeight, innerWidth, paneView } from '../../present/pane.ts';
import type { Box, PaneView, Viewport } from '../../screen.ts';
import { truncate } from '../../width.ts';
import { isOn, pathsText } from './breakpoints.ts';
import type { BuildScreen } from './build-screen.ts';
import { type Lines, placeOf } from './build-steps.ts';

export function sourcePane(screen: BuildScreen, box: Box, { theme }: Viewport, title?: string): PaneView {
  const { source, session, focus } = screen;
  source.resize(innerHeight(box));
  const width = innerWidth(box);
  const options = { width, focused: focus === 'source', digits: String(source.lines.length).length };
  const { top, cursor } = source.place;
  const placed = session ? placedSteps(session) : [];
  const rows = source.lines.slice(top, top + source.height).map((line, index) => {
    const at = top + index;
    const marks = session ? marksOf(screen, session, placed, at + 1) : NO_MARKS;
    return sourceRow(
      { line, number: at + 1, kind: source.kinds[at]!, marks, isCurrent: at === cursor },
      options,
      theme,
    );
  });
  const warnings = screen.build?.diagnostics ?? [];
  const note =
    warnings.length === 0
      ? ''
      : theme.warning(`${warnings.length} warning${warnings.length === 1 ? '' : 's'}`);
  // Of a path the end says most.
  const name = title ?? truncate(safeText(session?.dockerfile.name ?? ''), width - 20, { cut: 'start' });
  const content = { id: 'source', box, title: name, note, focused: options.focused, rows };
  return paneView({ ...content, place: placeText(screen, warnings, width) }, theme);
}

interface PlacedSteps {
  readonly place: Lines;
  /** Several where a base image brought some. */
  readonly steps: readonly BuildStep[];
}

function placedSteps({ steps }: BuildSession): PlacedSteps[] {
  const byLine = new Map<number, { place: Lines; steps: BuildStep[] }>();
  for (const step of steps) {
    const place = placeOf(steps, step);
    const known = byLine.get(place.first);
    if (known) known.steps.push(step);
    else byLine.set(place.first, { place, steps: [step] });
  }
  return [...byLine.values()];
}

function marksOf(
  { shown, marked, host }: BuildScreen,
  session: BuildSession,
  placed: readonly PlacedSteps[],
  line: number,
): LineMarks {
  const found = placed.find(({ place }) => place.first <= line && line <= place.last);
  if (!found) return NO_MARKS;
  const { place, steps } = found;
  const lit = shown !== undefined && steps.some(({ id }) => id === shown.id);
  if (line > place.first) return { ...NO_MARKS, lit };
  return {
    breakpoint: session.breakpoints.some((breakpoint) => isOn(breakpoint, place)),
    marked: steps.some(({ id }) => id === marked),
    ...stateMark(session, steps, host.now()),
    lit,
  };
}

/** Of several steps on a line the one that tells most. */
function stateMark(
  { steps: all, position }: BuildSession,
  steps: readonly BuildStep[],
  nowMs: number,
): Pick<LineMarks, 'state' | 'token'> {
  const has = (status: BuildStep['status']): boolean => steps.some((step) => step.status === status);
  if (has('running')) return { state: spinner(nowMs), token: 'accent' };
  if (has('failed')) return { state: '✗', token: 'error' };
  const next = all[position];
  if (next?.status === 'pending' && steps.includes(next)) return { state: '▶', token: 'accent' };
  if (has('pending')) return { state: '', token: 'muted' };
  // What has run already, but lies ahead of whoever has gone back, is not lit.
  const token = all.indexOf(steps[0]!) < position ? 'success' : 'muted';
  return { state: steps.every(({ status }) => status === 'cached') ? '⚡' : '✓', token };
}

function placeText(screen: BuildScreen, warnings: readonly Diagnostic[], width: number): string {
  const { source, session } = screen;
  const warning = warnings.find(
    ({ range: { start, end } }) => start.line <= source.line && source.line <= end.line,
  );
  if (warning) return truncate(`! ${safeText(warning.message)}`, width - 4);
  const paths = pathsText(session?.breakpoints ?? []);
  const where = source.lines.length > source.height ? `${source.line} of ${source.lines.length}` : '';
  return truncate([paths, where].filter((part) => part !== '').join(', '), width - 4);
}
