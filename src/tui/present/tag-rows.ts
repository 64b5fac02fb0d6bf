// Rows and details of the tags of a repository. Pure.
import type { TagSummary, TaggedImage } from '../../app/registry-services.ts';
import type { ImageSummary } from '../../app/services.ts';
import { safeText } from '../../lib/text.ts';
import { displaySize, humanAgo } from '../../lib/units.ts';
import { shortDigest } from '../../oci/digest.ts';
import { type Platform, formatPlatform } from '../../oci/platform.ts';
import type { TagFact } from '../screens/registry/tag-facts.ts';
import { GUTTER, GUTTER_NONE, MARKED } from '../theme/glyphs.ts';
import type { Theme } from '../theme/theme.ts';
import { fit } from '../width.ts';
import { exactSize } from './layer-details.ts';
import { type Field, fieldLines } from './wrap.ts';

export interface TagRowFacts {
  readonly tag: string;
  readonly fact: TagFact;
  /** Of the store: the image that has this name. */
  readonly owner: ImageSummary | undefined;
  readonly isMarked: boolean;
  readonly nowMs: number;
}

interface Columns {
  readonly tag: number;
  readonly digest: number;
  readonly platforms: number;
  readonly layers: number;
  readonly size: number;
  readonly created: number;
  readonly here: number;
}

const GAP = '  ';

/** What there is room for: the age goes first, then the number of layers. */
function columnsFor(width: number): Columns {
  const fixed = {
    digest: 12,
    platforms: width >= 120 ? 32 : 16,
    layers: width >= 96 ? 6 : 0,
    size: 9,
    created: width >= 110 ? 14 : 0,
    here: 8,
  };
  const columns = Object.values(fixed).filter((one) => one > 0);
  const used = columns.reduce((sum, one) => sum + one + GAP.length, 2);
  return { tag: Math.max(12, width - used), ...fixed };
}

type Cells = Readonly<Record<keyof Columns, string>>;

function join(cells: Cells, columns: Columns): string {
  const list = [
    fit(cells.tag, columns.tag),
    fit(cells.digest, columns.digest),
    fit(cells.platforms, columns.platforms),
  ];
  if (columns.layers > 0) list.push(fit(cells.layers, columns.layers, { align: 'right' }));
  list.push(fit(cells.size, columns.size, { align: 'right' }));
  if (columns.created > 0) list.push(fit(cells.created, columns.created));
  list.push(fit(cells.here, columns.here));
  return list.join(GAP);
}

const HEADING: Cells = {
  tag: 'TAG',
  digest: 'DIGEST',
  platforms: 'PLATFORMS',
  layers: 'LAYERS',
  size: 'SIZE',
  created: 'CREATED',
  here: 'IN STORE',
};

export function tagHeading(width: number, theme: Theme): string {
  return theme.muted(fit(`  ${join(HEADING, columnsFor(width))}`, width));
}

export function tagRow(
  facts: TagRowFacts,
  { width, isCurrent }: { readonly width: number; readonly isCurrent: boolean },
  theme: Theme,
): string {
  const columns = columnsFor(width);
  const mark = facts.isMarked ? MARKED : ' ';
  const text = join(cellsOf(facts), columns);
  if (isCurrent) return theme.selection(fit(GUTTER + mark + text, width));
  const painted = facts.fact.kind === 'failed' ? theme.error(text) : text;
  return fit(GUTTER_NONE + theme.mark(mark) + painted, width);
}

function cellsOf({ tag, fact, owner, nowMs }: TagRowFacts): Cells {
  const empty = {
    tag: safeText(tag),
    digest: '',
    platforms: '',
    layers: '',
    size: '',
    created: '',
    here: '',
  };
  if (fact.kind === 'waiting') return { ...empty, digest: '…' };
  if (fact.kind === 'failed') return { ...empty, digest: '✗', platforms: problemOf(fact.error) };
  const { digest, platforms, image } = fact.summary;
  const row = {
    ...empty,
    digest: shortDigest(digest),
    platforms: platformText(platforms),
    here: hereText(owner, image),
  };
  if (!image) return { ...row, size: '-' };
  return {
    ...row,
    layers: String(image.layers.length),
    size: displaySize(wireBytes(image)),
    created: humanAgo(image.created, nowMs).replace(/^About (an?) /, '$1 '),
  };
}

function problemOf(error: unknown): string {
  return safeText(error instanceof Error ? error.message : String(error));
}

/** `linux/amd64 +3` */
function platformText(platforms: readonly Platform[]): string {
  const [first, ...more] = platforms;
  if (!first) return 'no image';
  return `${safeText(formatPlatform(first))}${more.length === 0 ? '' : ` +${more.length}`}`;
}

/** Whether the store has what the name means there. */
function hereText(owner: ImageSummary | undefined, image: TaggedImage | undefined): string {
  if (!owner) return '';
  return owner.id === image?.id ? 'same' : 'other';
}

function wireBytes({ layers }: TaggedImage): number {
  return layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

// ------------------------------------------------------------------ details

export function tagDetails(
  facts: TagRowFacts,
  images: readonly ImageSummary[],
  width: number,
  theme: Theme,
): string[] {
  const { fact } = facts;
  const fields = fact.kind === 'known' ? known(fact.summary, facts, images) : unknown(fact);
  return fields.flatMap((field) => fieldLines(field, width, theme.muted));
}

function unknown(fact: Exclude<TagFact, { kind: 'known' }>): Field[] {
  if (fact.kind === 'waiting') return [{ label: 'digest', value: 'asked for …' }];
  return [{ label: 'problem', value: problemOf(fact.error) }];
}

function known(
  { name, digest, platforms, image }: TagSummary,
  { owner, nowMs }: TagRowFacts,
  images: readonly ImageSummary[],
): Field[] {
  const fields: Field[] = [
    { label: 'name', value: safeText(name) },
    { label: 'digest', value: digest },
    { label: 'platforms', value: platforms.map((one) => safeText(formatPlatform(one))).join(', ') || 'none' },
  ];
  if (!image)
    return [...fields, { label: 'image', value: 'none for this machine; a pull can ask for a platform' }];
  const stored = new Set<string>(images.flatMap(({ layers }) => layers.map(({ digest: blob }) => blob)));
  const missing = image.layers.filter(({ digest: blob }) => !stored.has(blob));
  const missingBytes = missing.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const created =
    image.created === undefined
      ? 'not said'
      : `${safeText(image.created)} (${humanAgo(image.created, nowMs)})`;
  return [
    ...fields,
    { label: 'image ID', value: image.id },
    { label: 'shown for', value: safeText(formatPlatform(image.platform)) },
    { label: 'created', value: created },
    { label: 'size', value: `${exactSize(wireBytes(image))}, as it is sent` },
    {
      label: 'layers',
      value: `${image.layers.length}, ${image.layers.length - missing.length} of them in the store`,
    },
    { label: 'to fetch', value: exactSize(missingBytes) },
    { label: 'in store', value: storeText(owner, image) },
  ];
}

function storeText(owner: ImageSummary | undefined, image: TaggedImage): string {
  if (!owner) return 'nothing has this name';
  if (owner.id === image.id) return 'the same image has this name';
  return `${shortDigest(owner.id)} has this name; a pull would move it`;
}
