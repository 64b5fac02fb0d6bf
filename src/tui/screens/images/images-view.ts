// The images screen as panes of rows. Pure but for telling the list how many rows it has.
import { displaySize } from '../../../lib/units.ts';
import { imageDetails } from '../../present/image-details.ts';
import { headingRow, imageRow } from '../../present/image-rows.ts';
import type { ScreenView, Viewport } from '../../screen.ts';
import { type ListContent, emptyListRows, listPanes } from '../list/list-view.ts';
import type { ImageRow, ImagesScreen } from './images-screen.ts';

const ADVICE = [
  'These are the images of your store. There are none yet.',
  '',
  'M  makes the sample images: every effect that a layer can have, without network or engine',
  ',  pulls an image from a registry; @ looks at a registry without pulling',
  'B  builds an image of a Dockerfile, step by step',
  'L  loads an image from a file that docker save, podman save or skopeo wrote, or an OCI layout',
  '',
  'phyllo FILE on the command line opens such a file in place, without loading it.',
];

export function imagesView(screen: ImagesScreen, viewport: Viewport): ScreenView {
  const panes = listPanes(listContent(screen, viewport), viewport);
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

function listContent(screen: ImagesScreen, { theme }: Viewport): ListContent<ImageRow> {
  const { list, asTree, order, reversed, selected, withDetails, host } = screen;
  return {
    id: 'images',
    title: asTree ? 'Images, grown from scratch' : 'Images',
    list,
    heading: (width) => headingRow(screen, width, theme),
    row: (row, place) => imageRow(screen, row, place, theme),
    empty: (width) => emptyRows(screen, width, theme),
    order: asTree ? '' : `by ${order}${reversed ? ' reversed' : ''}`,
    details: (width) => (withDetails && selected ? imageDetails(selected, width, theme, host.now()) : []),
  };
}

function emptyRows(
  { problem, images, list }: ImagesScreen,
  width: number,
  theme: Viewport['theme'],
): string[] {
  const reading = images ? undefined : 'reading the store …';
  const { filterText } = list;
  return emptyListRows({ problem, reading, filterText, none: 'No image', advice: ADVICE }, width, theme);
}
