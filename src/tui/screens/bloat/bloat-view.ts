// The bloat screen as panes of rows. Pure but for telling the lists how many rows they have.
import { safeText } from '../../../lib/text.ts';
import { displaySize, formatCount } from '../../../lib/units.ts';
import { bodyBox, isWide, splitBody } from '../../layout.ts';
import { bloatDetails } from '../../present/bloat-details.ts';
import {
  type BloatPlace,
  adviceRow,
  deadFileRow,
  duplicateRow,
  summaryRows,
  wasteRow,
} from '../../present/bloat-rows.ts';
import { CAUSE_WORDS } from '../../present/bloat-text.ts';
import { innerHeight, innerWidth, paneView } from '../../present/pane.ts';
import { wrapText } from '../../present/wrap.ts';
import type { Box, PaneView, ScreenView, Viewport } from '../../screen.ts';
import type { Theme } from '../../theme/theme.ts';
import type { ListPart } from '../list/list-part.ts';
import { listWindow } from '../list/list-window.ts';
import { errorRows } from '../stack/stack-view.ts';
import type { BloatFigures, BloatFocus, BloatSubject } from './bloat-phase.ts';
import type { BloatScreen } from './bloat-screen.ts';
import { MOST_ROWS } from './dead-files.ts';
import { wasteKey } from './waste-list.ts';

/** Borders included. */
const SUMMARY_ROWS = 7;
const LEAST_PANE_ROWS = 4;

export function bloatView(screen: BloatScreen, viewport: Viewport): ScreenView {
  const { figures, source } = screen;
  const crumbs = [source.crumb ?? 'images', `${source.title} · bloat`];
  if (!figures) return { crumbs, summary: '', panes: [messagePane(screen, viewport)] };
  return { crumbs, summary: summaryText(figures), panes: panes(screen, figures, viewport) };
}

function summaryText({ stack, analysis }: BloatFigures): string {
  const { layerCount } = stack;
  const parts = [displaySize(analysis.sizeBytes), `${layerCount} layer${layerCount === 1 ? '' : 's'}`];
  const { total } = analysis.report;
  return [...parts, total === 0 ? 'nothing dead' : `${displaySize(total)} dead`].join(' · ');
}

function messagePane({ phase }: BloatScreen, { size, theme }: Viewport): PaneView {
  const box = bodyBox(size);
  const rows =
    phase.kind === 'failed' ? errorRows(phase.error, innerWidth(box) - 2, theme) : [waitingText(phase)];
  return paneView(
    { id: 'message', box, title: 'Bloat', focused: true, rows: rows.map((line) => ` ${line}`) },
    theme,
  );
}

function waitingText(phase: BloatScreen['phase']): string {
  if (phase.kind === 'analyzing') return 'counting what is dead …';
  if (phase.kind !== 'reading') return 'opening …';
  const { progress } = phase;
  return progress ? `reading the layers, ${progressText(progress)} …` : 'reading the layers …';
}

function progressText({ doneBytes, totalBytes }: { doneBytes: number; totalBytes: number }): string {
  const percent = totalBytes === 0 ? 0 : Math.floor((doneBytes / totalBytes) * 100);
  return `${percent} % of ${displaySize(totalBytes)}`;
}

// -------------------------------------------------------------------- layout

function panes(screen: BloatScreen, figures: BloatFigures, viewport: Viewport): PaneView[] {
  const body = bodyBox(viewport.size);
  if (!isWide(viewport.size) || screen.zoomed) return onePane(screen, figures, body, viewport);
  const boxes = boxesOf(screen, body);
  return [
    summaryPane(screen, figures, boxes.summary, viewport),
    ...screen.panes.map((id) => pane(screen, figures, id, boxes[id], viewport)),
  ];
}

/** One pane at a time under its row of tabs; the summary stays with what it sums up. */
function onePane(screen: BloatScreen, figures: BloatFigures, body: Box, viewport: Viewport): PaneView[] {
  const tabs = tabTexts(screen, viewport.theme);
  const { focus } = screen;
  if (focus !== 'layers' || screen.zoomed || body.height < SUMMARY_ROWS + LEAST_PANE_ROWS)
    return [pane(screen, figures, focus, body, viewport, tabs)];
  const height = body.height - SUMMARY_ROWS;
  return [
    pane(screen, figures, focus, { ...body, height }, viewport, tabs),
    summaryPane(screen, figures, { ...body, y: body.y + height, height: SUMMARY_ROWS }, viewport),
  ];
}

/** The summary above what there is to choose, at the left; files, advice, duplicates and details at the right. */
function boxesOf(screen: BloatScreen, body: Box): Readonly<Record<BloatFocus | 'summary', Box>> {
  const { left, right } = splitBody(body, false);
  const details = screen.withDetails ? Math.floor(right.height * 0.4) : 0;
  const rest = right.height - details;
  const most = Math.floor(rest / (screen.withDetails ? 4 : 3));
  const fitted = (rows: number): number => Math.max(LEAST_PANE_ROWS, Math.min(most, Math.max(1, rows) + 2));
  const advice = fitted(screen.advice.rows.length);
  const duplicates = fitted(screen.duplicates.rows.length);
  const files = rest - advice - duplicates;
  const below = (y: number, height: number): Box => ({ ...right, y: right.y + y, height });
  return {
    summary: { ...left, height: SUMMARY_ROWS },
    layers: { ...left, y: left.y + SUMMARY_ROWS, height: left.height - SUMMARY_ROWS },
    files: below(0, files),
    advice: below(files, advice),
    duplicates: below(files + advice, duplicates),
    details: below(rest, details),
  };
}

/** With the keys that lead there. */
const TABS = {
  layers: '1 Dead',
  files: '2 Paths',
  advice: '8 Advice',
  duplicates: '9 Duplicates',
  details: '3 Details',
} as const;

function tabTexts(screen: BloatScreen, theme: Theme): string {
  return screen.panes
    .map((id) => (id === screen.focus ? theme.accent(TABS[id]) : theme.muted(TABS[id])))
    .join('  ');
}

// --------------------------------------------------------------------- panes

function summaryPane(screen: BloatScreen, figures: BloatFigures, box: Box, { theme }: Viewport): PaneView {
  const rows = summaryRows(figures, screen.exactness, innerWidth(box) - 1, theme).map((line) => ` ${line}`);
  const note = exactnessText(screen, theme);
  return paneView({ id: 'summary', box, title: 'Summary', note, focused: false, rows }, theme);
}

/** Until contents were compared, duplicates are not known, and a copy counts as another content. */
function exactnessText({ exactness }: BloatScreen, theme: Theme): string {
  switch (exactness.kind) {
    case 'exact':
      return '';
    case 'comparing': {
      const { progress } = exactness;
      return theme.warning(
        progress ? `comparing contents, ${progressText(progress)}` : 'comparing contents …',
      );
    }
    case 'failed':
      return theme.error('contents cannot be compared');
  }
}

function pane(
  screen: BloatScreen,
  figures: BloatFigures,
  id: BloatFocus,
  box: Box,
  viewport: Viewport,
  title = titleOf(screen, id),
): PaneView {
  const rows =
    id === 'details'
      ? detailRows(screen, figures, box, viewport)
      : listRows(screen, figures, id, box, viewport);
  return paneView({ id, box, title, focused: screen.focus === id, ...rows }, viewport.theme);
}

function titleOf({ layers }: BloatScreen, id: BloatFocus): string {
  switch (id) {
    case 'layers':
      return 'Dead';
    case 'files': {
      const line = layers.current;
      if (line?.kind === 'cause') return `Dead paths: ${CAUSE_WORDS[line.cause]}`;
      if (line?.kind !== 'layer') return 'Dead paths';
      return line.isKiller
        ? `Dead paths that layer ${line.layer} killed`
        : `Dead paths of layer ${line.layer}`;
    }
    case 'advice':
      return 'Advice, and what if';
    case 'duplicates':
      return 'Duplicates';
    case 'details':
      return 'Details';
  }
}

interface PaneRows {
  readonly rows: readonly string[];
  readonly note?: string;
  readonly place?: string;
}

function detailRows(screen: BloatScreen, figures: BloatFigures, box: Box, { theme }: Viewport): PaneRows {
  const problem =
    screen.exactness.kind === 'failed' ? errorRows(screen.exactness.error, innerWidth(box) - 2, theme) : [];
  const lines = [...bloatDetails(screen, figures, innerWidth(box) - 2, theme), ...problem];
  return screen.details.window(lines, innerHeight(box));
}

function listRows(
  screen: BloatScreen,
  figures: BloatFigures,
  id: BloatSubject,
  box: Box,
  { theme }: Viewport,
): PaneRows {
  const width = innerWidth(box);
  const focused = screen.focus === id || (screen.focus === 'details' && screen.subject === id);
  const { rows, place } = listWindow(screen[id] as ListPart<unknown>, box, focused, (at, row) =>
    rowOf(screen, figures, id, at, { ...row, isMarked: false }, theme),
  );
  return {
    rows: rows.length > 0 ? rows : emptyText(screen, figures, id).flatMap((line) => paragraph(line, width)),
    note: noteOf(screen, figures, id, theme),
    place,
  };
}

function paragraph(text: string, width: number): string[] {
  return wrapText(text, width - 2).map((line) => ` ${line}`);
}

function rowOf(
  screen: BloatScreen,
  figures: BloatFigures,
  id: BloatSubject,
  at: number,
  place: BloatPlace,
  theme: Theme,
): string {
  switch (id) {
    case 'layers': {
      const line = screen.layers.rows[at]!;
      return wasteRow(line, figures, { ...place, isMarked: screen.layers.marked.has(wasteKey(line)) }, theme);
    }
    case 'files': {
      const line = screen.files.rows[at]!;
      const isMarked = screen.files.marked.has(String(line.node));
      return deadFileRow(figures, screen.dead!, line, { ...place, isMarked }, theme);
    }
    case 'advice':
      return adviceRow(screen.advice.rows[at]!, place, theme);
    case 'duplicates':
      return duplicateRow(screen.duplicates.rows[at]!, figures, place, theme);
  }
}

function noteOf(screen: BloatScreen, { analysis }: BloatFigures, id: BloatSubject, theme: Theme): string {
  const { search, flat, fileOrder, files } = screen;
  const shown = analysis.duplicates.length;
  if (id === 'duplicates' && shown < analysis.duplicateCount) return `the heaviest ${formatCount(shown)}`;
  if (id !== 'files') return '';
  if (search.problem !== undefined) return theme.error(safeText(search.problem));
  const isList = flat || search.matches !== undefined;
  const most =
    files.rows.length < MOST_ROWS ? '' : `the ${isList ? 'heaviest' : 'first'} ${formatCount(MOST_ROWS)}`;
  if (search.text !== undefined)
    return [theme.match(`/${safeText(search.text)}`), most].filter(Boolean).join(' ');
  return [flat ? 'files by size' : `by ${fileOrder}`, most].filter(Boolean).join(', ');
}

const NOTHING = 'Nothing is wasted: every byte that the layers ship can be seen in the final file system.';

function emptyText(
  { search, exactness }: BloatScreen,
  { analysis }: BloatFigures,
  id: BloatSubject,
): string[] {
  switch (id) {
    case 'layers':
      return [NOTHING];
    case 'files':
      if (analysis.report.total === 0) return ['No dead file.'];
      return search.text === undefined
        ? ['Nothing of it is dead.']
        : ['No dead path matches; esc ends the filter.'];
    case 'advice':
      return [
        'There is nothing to advise: no instruction ships what nobody needs, as far as layers can tell.',
      ];
    case 'duplicates':
      return exactness.kind === 'comparing'
        ? ['Contents are still being compared.']
        : ['No file is there twice.'];
  }
}
