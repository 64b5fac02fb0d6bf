// The images screen as panes of rows. Pure but for telling the list how many rows it has.
import { displaySize } from '../../../lib/units.ts';
import { bodyBox } from '../../layout.ts';
import { imageDetails } from '../../present/image-details.ts';
import { headingRow, imageRow } from '../../present/image-rows.ts';
import { innerHeight, innerWidth, paneView } from '../../present/pane.ts';
import { wrapText } from '../../present/wrap.ts';
import type { Box, PaneView, ScreenView, Viewport } from '../../screen.ts';
import { errorRows } from '../stack/stack-view.ts';
import type { ImagesScreen } from './images-screen.ts';

/** Details take what they need but for this much of the list, borders and heading included. */
const LEAST_LIST_ROWS = 7;
/** The names of the columns. */
export const HEADING_ROWS = 1;

export function imagesView(screen: ImagesScreen, viewport: Viewport): ScreenView {
  const body = bodyBox(viewport.size);
  const lines = detailLines(screen, body, viewport);
  const height = lines.length === 0 ? 0 : Math.min(lines.length + 2, body.height - LEAST_LIST_ROWS);
  const panes = [listPane(screen, { ...body, height: body.height - height }, viewport)];
  if (height > 0)
    panes.push(detailsPane(lines, { ...body, y: body.y + body.height - height, height }, viewport));
  return { crumbs: ['images'], summary: summaryText(screen), panes };
}

function summaryText({ images, host }: ImagesScreen): string {
  if (!images || images.length === 0) return host.services.system.readOnly ? 'read-only' : '';
  const layers = new Map(
    images.flatMap((image) => image.layers.map((layer) => [layer.diffID, layer] as const)),
  );
  const unique = [...layers.values()].reduce((sum, { compressedBytes }) => sum + compressedBytes, 0);
  const parts = [`${images.length} image${images.length === 1 ? '' : 's'}`, `${displaySize(unique)} stored`];
  if (host.services.system.readOnly) parts.push('read-only');
  return parts.join(' · ');
}

function listPane(screen: ImagesScreen, box: Box, { theme }: Viewport): PaneView {
  const width = innerWidth(box);
  screen.resize(innerHeight(box) - HEADING_ROWS);
  const { top, cursor } = screen.place;
  const shown = screen.rows.slice(top, top + screen.height);
  const rows = shown.map((row, index) =>
    imageRow(screen, row, { width, isCurrent: top + index === cursor }, theme),
  );
  const body =
    rows.length === 0 ? emptyRows(screen, width, theme) : [headingRow(screen, width, theme), ...rows];
  const filter = screen.filterText === undefined ? '' : theme.match(`/${screen.filterText}`);
  const order = screen.asTree ? '' : `by ${screen.order}${screen.reversed ? ' reversed' : ''}`;
  const place = rows.length === 0 ? order : `${order}${order && ', '}${cursor + 1} of ${screen.rows.length}`;
  const title = screen.asTree ? 'Images, grown from scratch' : 'Images';
  return paneView({ id: 'images', box, title, note: filter, place, focused: true, rows: body }, theme);
}

function emptyRows(screen: ImagesScreen, width: number, theme: Viewport['theme']): string[] {
  if (screen.problem !== undefined)
    return errorRows(screen.problem, width - 2, theme).map((row) => ` ${row}`);
  if (!screen.images) return [' reading the store …'];
  const text =
    screen.filterText === undefined
      ? [
          'These are the images of your store. There are none yet.',
          '',
          'M  makes the sample images: every effect that a layer can have, without network or engine',
          'L  loads an image from a file that docker save, podman save or skopeo wrote, or an OCI layout',
          '',
          'phyllo FILE on the command line opens such a file in place, without loading it.',
        ]
      : [`No image is called ${screen.filterText}; esc ends the filter.`];
  return ['', ...text.flatMap((line) => wrapText(line, width - 4)).map((line) => `  ${line}`)];
}

function detailLines(screen: ImagesScreen, box: Box, { theme }: Viewport): string[] {
  if (!screen.withDetails || !screen.selected) return [];
  return imageDetails(screen.selected, innerWidth(box) - 1, theme, screen.host.now());
}

function detailsPane(lines: readonly string[], box: Box, { theme }: Viewport): PaneView {
  const rows = lines.map((row) => ` ${row}`);
  const height = innerHeight(box);
  const place = rows.length > height ? `${height} of ${rows.length} rows` : '';
  return paneView({ id: 'details', box, title: 'Details', place, focused: false, rows }, theme);
}
