// The containers screen as panes of rows. Pure but for telling the list how many rows it has.
import { bodyBox } from '../../layout.ts';
import { containerDetails } from '../../present/container-details.ts';
import { containerHeading, containerRow } from '../../present/container-rows.ts';
import { innerHeight, innerWidth, paneView } from '../../present/pane.ts';
import { wrapText } from '../../present/wrap.ts';
import { safeText } from '../../../lib/text.ts';
import type { Box, PaneView, ScreenView, Viewport } from '../../screen.ts';
import type { Theme } from '../../theme/theme.ts';
import { errorRows } from '../stack/stack-view.ts';
import type { ContainersScreen } from './containers-screen.ts';

const LEAST_LIST_ROWS = 7;
/** The names of the columns. */
export const HEADING_ROWS = 1;

export function containersView(screen: ContainersScreen, viewport: Viewport): ScreenView {
  const body = bodyBox(viewport.size);
  const lines = detailLines(screen, body, viewport);
  const height = lines.length === 0 ? 0 : Math.min(lines.length + 2, body.height - LEAST_LIST_ROWS);
  const panes = [listPane(screen, { ...body, height: body.height - height }, viewport)];
  if (height > 0)
    panes.push(detailsPane(lines, { ...body, y: body.y + body.height - height, height }, viewport));
  return { crumbs: ['images', 'containers'], summary: summaryText(screen), panes };
}

function summaryText({ containers }: ContainersScreen): string {
  if (!containers || containers.length === 0) return '';
  const running = containers.filter(({ status }) => status === 'running').length;
  return `${containers.length} container${containers.length === 1 ? '' : 's'} · ${running} running`;
}

function listPane(screen: ContainersScreen, box: Box, { theme }: Viewport): PaneView {
  const width = innerWidth(box);
  screen.resize(innerHeight(box) - HEADING_ROWS);
  const { top, cursor } = screen.place;
  const shown = screen.rows.slice(top, top + screen.height);
  const rows = shown.map((container, index) => {
    const place = { width, isCurrent: top + index === cursor };
    return containerRow(rowFacts(screen, container), place, theme);
  });
  const body =
    rows.length === 0 ? emptyRows(screen, width, theme) : [containerHeading(width, theme), ...rows];
  const filter = screen.filterText === undefined ? '' : theme.match(`/${safeText(screen.filterText)}`);
  const place = rows.length === 0 ? '' : `${cursor + 1} of ${screen.rows.length}`;
  const content = { id: 'containers', box, title: 'Containers', note: filter, place, focused: true };
  return paneView({ ...content, rows: body }, theme);
}

function rowFacts(screen: ContainersScreen, container: ContainersScreen['rows'][number]) {
  const { id, status, startedAt, finishedAt } = container;
  return {
    container,
    isMarked: screen.marked.has(id),
    nowMs: screen.host.now(),
    sizeBytes: screen.sizes.get(id, `${status} ${startedAt} ${finishedAt}`),
  };
}

function emptyRows(screen: ContainersScreen, width: number, theme: Theme): string[] {
  if (screen.problem !== undefined)
    return errorRows(screen.problem, width - 2, theme).map((row) => ` ${row}`);
  if (!screen.containers) return [' reading the containers …'];
  const text =
    screen.filterText === undefined
      ? [
          'These are your containers, running or not. There are none yet.',
          '',
          'A container is an image with one more layer on top, which is its own: whatever it writes is copied up there first, and the image stays as it is. Here you can watch that.',
          '',
          'I  goes to the images, and R there runs a container of one',
        ]
      : [`No container is called ${safeText(screen.filterText)}; esc ends the filter.`];
  return ['', ...text.flatMap((line) => wrapText(line, width - 4)).map((line) => `  ${line}`)];
}

function detailLines(screen: ContainersScreen, box: Box, { theme }: Viewport): string[] {
  if (!screen.withDetails || !screen.selected) return [];
  return containerDetails(screen.selected, innerWidth(box) - 1, theme, screen.host.now());
}

function detailsPane(lines: readonly string[], box: Box, { theme }: Viewport): PaneView {
  const rows = lines.map((row) => ` ${row}`);
  const height = innerHeight(box);
  const place = rows.length > height ? `${height} of ${rows.length} rows` : '';
  return paneView({ id: 'details', box, title: 'Details', place, focused: false, rows }, theme);
}
