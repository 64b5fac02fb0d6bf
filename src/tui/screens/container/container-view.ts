// A container's screen as panes of rows. Pure but for telling the panes how large they are.
import { isPhylloError } from '../../../lib/errors.ts';
import { safeText } from '../../../lib/text.ts';
import { formatCount } from '../../../lib/units.ts';
import { bodyBox } from '../../layout.ts';
import { stateText } from '../../present/container-rows.ts';
import { countsText, eventLine, shortTotalsText, totalsText } from '../../present/live-text.ts';
import { innerHeight, innerWidth, paneView, tabTitle } from '../../present/pane.ts';
import { wrapText } from '../../present/wrap.ts';
import type { Box, PaneView, ScreenView, Viewport } from '../../screen.ts';
import { GUTTER, GUTTER_NONE } from '../../theme/glyphs.ts';
import type { Theme } from '../../theme/theme.ts';
import { fit, truncate } from '../../width.ts';
import { stackPane, stackTitle } from '../stack/stack-view.ts';
import { containerBoxes } from './container-layout.ts';
import type { ContainerFocus, ContainerScreen } from './container-screen.ts';

/** Columns that the totals in full need beside a name. */
const ROOM_FOR_TOTALS = 110;

export function containerView(screen: ContainerScreen, viewport: Viewport): ScreenView {
  return {
    crumbs: ['containers', safeText(screen.container.name)],
    summary: summaryText(screen, viewport),
    panes: panes(screen, viewport),
  };
}

function summaryText(
  { container, totals, removed, problem }: ContainerScreen,
  { theme, size }: Viewport,
): string {
  const state = removed ? theme.error('✗ removed') : stateText(container);
  if (problem !== undefined) {
    const why = isPhylloError(problem) ? problem.message : 'its layer cannot be watched';
    return `${state} · ${theme.error(safeText(why))}`;
  }
  if (!totals) return state;
  const sums = size.columns < ROOM_FOR_TOTALS ? shortTotalsText(totals) : totalsText(totals);
  return `${state} · ${sums}`;
}

function panes(screen: ContainerScreen, viewport: Viewport): PaneView[] {
  const { stack, focus } = screen;
  stack.hasKeys = focus !== 'terminal' && focus !== 'events';
  const boxes = screen.zoomed ? undefined : containerBoxes(viewport.size, stack.withDetails);
  stack.isOnePane = !boxes;
  if (!boxes) return [onePane(screen, viewport)];
  const { layers, files, details, terminal, events } = boxes;
  const shown = [stackPane(stack, 'layers', layers, viewport), stackPane(stack, 'files', files, viewport)];
  if (details) shown.push(stackPane(stack, 'details', details, viewport));
  shown.push(terminalPane(screen, terminal, viewport), eventsPane(screen, events, viewport));
  return shown;
}

/** One pane at a time; its title is the row of tabs, and the newest event stands at the bottom. */
function onePane(screen: ContainerScreen, viewport: Viewport): PaneView {
  const { stack, focus } = screen;
  const body = bodyBox(viewport.size);
  const ids: readonly ContainerFocus[] = ['layers', 'files', 'details', 'terminal', 'events'];
  const tabs = ids.map((id) => ({ title: shortTitle(screen, id), current: id === focus }));
  const title = tabTitle(tabs, viewport.theme);
  switch (focus) {
    case 'terminal':
      return terminalPane(screen, body, viewport, title);
    case 'events':
      return eventsPane(screen, body, viewport, title);
    default:
      return stackPane(stack, focus, body, viewport, title);
  }
}

function shortTitle(screen: ContainerScreen, id: ContainerFocus): string {
  if (id === 'terminal') return shellName(screen);
  if (id === 'events') return 'Events';
  return id === 'files' ? 'Changes' : stackTitle(screen.stack, id);
}

function shellName({ shell }: ContainerScreen): string {
  return { terminal: 'Terminal', logs: 'Log', shell: 'Shell' }[shell.kind];
}

// ------------------------------------------------------------------- terminal

export function terminalPane(
  screen: ContainerScreen,
  box: Box,
  viewport: Viewport,
  title = shellTitle(screen),
): PaneView {
  const { shell } = screen;
  const { theme } = viewport;
  const size = { columns: innerWidth(box), rows: innerHeight(box) };
  shell.resize(size);
  screen.shellCorner = { row: box.y + 1, column: box.x + 1 };
  const focused = screen.focus === 'terminal';
  const inside = screen.inside !== undefined;
  const note = inside ? theme.accent('all keys go to it') : '';
  const content = { id: 'terminal', box, title: inside ? theme.mark(title) : title, note, focused };
  return paneView(
    { ...content, rows: shellRows(screen, size), place: shellPlace(screen, box, theme) },
    theme,
  );
}

function shellTitle(screen: ContainerScreen): string {
  const name = safeText(screen.container.name);
  return `${shellName(screen)} of ${name}`;
}

/** A program's own screen, also after it ended; only before there was one, words. */
function shellRows(screen: ContainerScreen, size: { columns: number; rows: number }): string[] {
  const { shell, container } = screen;
  if (container.status === 'created' && !shell.isBusy) {
    return [
      '',
      ...wrapText(
        'it was never started; U starts it, and what it draws or prints is shown here',
        size.columns - 4,
      ),
    ].map((line) => `  ${line}`);
  }
  return shell.emulator?.rows(size) ?? [];
}

function shellPlace(screen: ContainerScreen, box: Box, theme: Theme): string {
  const { emulator } = screen.shell;
  if (emulator && emulator.scrolledBack > 0)
    return `${formatCount(emulator.scrolledBack)} rows back of ${formatCount(emulator.rowsAbove)}`;
  return newestEvent(screen, box, theme);
}

/** Where the events have no pane of their own. */
function newestEvent(screen: ContainerScreen, box: Box, theme: Theme): string {
  const { newest } = screen.events;
  if (!newest || containsEvents(screen, box)) return '';
  return truncate(eventLine(newest, theme), innerWidth(box) - 4);
}

function containsEvents(screen: ContainerScreen, box: Box): boolean {
  return box.y + box.height < screen.host.size.rows - 1;
}

// --------------------------------------------------------------------- events

export function eventsPane(
  screen: ContainerScreen,
  box: Box,
  { theme }: Viewport,
  title = 'Events',
): PaneView {
  const { events, totals } = screen;
  events.resize(innerHeight(box));
  const focused = screen.focus === 'events';
  const { top, cursor } = events.place;
  const width = innerWidth(box);
  const shown = events.events.slice(top, top + events.height);
  const rows =
    shown.length === 0
      ? wrapText('every change that it makes to its layer is told here', width - 2).map((line) => ` ${line}`)
      : shown.map((event, index) => {
          const line = eventLine(event, theme);
          if (!focused || top + index !== cursor) return GUTTER_NONE + line;
          return theme.selection(fit(GUTTER + line.replace(/\x1b\[[0-9;]*m/g, ''), width));
        });
  const place =
    events.total === 0 ? '' : `${formatCount(cursor + 1)} of ${formatCount(events.events.length)}`;
  const note = totals ? countsText(totals) : '';
  return paneView({ id: 'events', box, title, note, place, focused, rows }, theme);
}
