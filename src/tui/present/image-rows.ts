// Rows of the images screen. Pure.
import type { ImageSummary } from '../../app/services.ts';
import { safeText } from '../../lib/text.ts';
import { displaySize, humanAgo } from '../../lib/units.ts';
import { shortDigest } from '../../oci/digest.ts';
import type { ImageRow, ImagesScreen } from '../screens/images/images-screen.ts';
import { imagesAbove, type TreeLine } from '../screens/images/image-tree.ts';
import { COLLAPSED, EXPANDED, GUTTER, GUTTER_NONE, MARKED, sizeBar } from '../theme/glyphs.ts';
import type { Theme } from '../theme/theme.ts';
import { fit, truncate } from '../width.ts';

interface Columns {
  readonly name: number;
  readonly id: number;
  readonly created: number;
  readonly layers: number;
  readonly size: number;
  readonly bar: number;
}

const GAP = '  ';

/** What there is room for: the bar goes first, then the number of layers. */
function columnsFor(width: number): Columns {
  const fixed = { id: 12, created: 14, layers: 6, size: 9, bar: width >= 110 ? 22 : width >= 96 ? 12 : 0 };
  const gaps = (fixed.bar === 0 ? 4 : 5) * GAP.length;
  const used = fixed.id + fixed.created + fixed.layers + fixed.size + fixed.bar + gaps + 2;
  return { name: Math.max(16, width - used), ...fixed };
}

function join(columns: Columns, cells: readonly [string, string, string, string, string, string]): string {
  const [name, id, created, layers, size, bar] = cells;
  const list = [
    fit(name, columns.name),
    fit(id, columns.id),
    fit(created, columns.created),
    fit(layers, columns.layers, { align: 'right' }),
    fit(size, columns.size, { align: 'right' }),
  ];
  if (columns.bar > 0) list.push(fit(bar, columns.bar));
  return list.join(GAP);
}

export function headingRow(screen: ImagesScreen, width: number, theme: Theme): string {
  const columns = columnsFor(width);
  const heading = ['NAME', 'IMAGE ID', 'CREATED', 'LAYERS', 'SIZE', 'SHARED'] as const;
  return theme.muted(
    fit(`  ${join(columns, screen.asTree ? ['LAYERS AND IMAGES', ...TREE_HEADING] : heading)}`, width),
  );
}

const TREE_HEADING = ['IMAGE ID', 'CREATED', 'LAYERS', 'SIZE', 'IMAGES ABOVE'] as const;

export function imageRow(
  screen: ImagesScreen,
  row: ImageRow,
  { width, isCurrent }: { width: number; isCurrent: boolean },
  theme: Theme,
): string {
  const columns = columnsFor(width);
  const cells = 'node' in row ? treeCells(row, screen) : listCells(row, screen, columns);
  const mark = row.image && screen.list.marked.has(row.image.digest) ? MARKED : ' ';
  const text = `${mark}${join(columns, cells)}`;
  if (isCurrent) return theme.selection(fit(GUTTER + text, width));
  const isQuiet = 'node' in row ? row.image === undefined : row.again;
  const painted = isQuiet
    ? theme.muted(text)
    : theme.mark(mark) + paintCells(join(columns, cells), columns, theme);
  return fit(GUTTER_NONE + painted, width);
}

/** The bar has a colour of its own. */
function paintCells(text: string, columns: Columns, theme: Theme): string {
  if (columns.bar === 0) return text;
  const at = text.length - columns.bar;
  return text.slice(0, at) + theme.barShared(text.slice(at));
}

type Cells = readonly [string, string, string, string, string, string];

function listCells(row: Exclude<ImageRow, TreeLine>, screen: ImagesScreen, columns: Columns): Cells {
  const { image, name, again } = row;
  // Of a long name the tag is what tells it from the others.
  const room = columns.name - (again ? 2 : 0);
  const shown = name === undefined ? '<none>' : truncate(safeText(name), room, { cut: 'middle' });
  if (again) return [`  ${shown}`, '″', '″', '', '', ''];
  const share = image.sizeBytes === 0 ? 0 : image.sharedBytes / image.sizeBytes;
  const percent = `${Math.round(share * 100)}%`.padStart(4);
  const barRoom = Math.max(0, columns.bar - percent.length - 1);
  const bar = `${sizeBar(share, 1, barRoom)} ${percent}`;
  return [
    shown,
    shortDigest(image.id),
    ageOf(image, screen),
    String(image.layers.length),
    imageSize(image),
    bar,
  ];
}

function ageOf({ created }: ImageSummary, screen: ImagesScreen): string {
  return humanAgo(created, screen.host.now()).replace(/^About (an?) /, '$1 ');
}

/** Sizes of layers that were never read are not known: then what is stored. */
function imageSize({ sizeKnown, sizeBytes, compressedBytes }: ImageSummary): string {
  return sizeKnown ? displaySize(sizeBytes) : `~${displaySize(compressedBytes)}`;
}

function treeCells({ branch, node, image, collapsed }: TreeLine, screen: ImagesScreen): Cells {
  if (image) {
    const names = image.names.length === 0 ? '<none>' : image.names.map(safeText).join('  ');
    return [`${branch}${names}`, shortDigest(image.id), ageOf(image, screen), '', imageSize(image), ''];
  }
  const top = node.layers.at(-1);
  const hasMore = node.children.length > 0 || node.images.length > 0;
  const mark = hasMore ? `${collapsed ? COLLAPSED : EXPANDED} ` : '';
  if (top === undefined && node.children.length > 0)
    return ['scratch', '', '', '', '', String(imagesAbove(node))];
  const made = top === undefined ? 'no layers' : safeText(top.instruction.replace(/\s+/g, ' ')) || top.diffID;
  const known = node.layers.every(({ sizeBytes }) => sizeBytes !== undefined);
  const bytes = node.layers.reduce((sum, layer) => sum + (layer.sizeBytes ?? layer.compressedBytes), 0);
  const size = (known ? '' : '~') + displaySize(bytes);
  return [`${branch}${mark}${made}`, '', '', String(node.layers.length), size, String(imagesAbove(node))];
}
