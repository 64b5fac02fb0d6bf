// phyllo history: docker's history, newest first.
import type { ExploredImage } from '../../app/services.ts';
import { formatSize, humanAgo } from '../../lib/units.ts';
import { shortDigest } from '../../oci/digest.ts';
import type { StackRow } from '../../oci/history.ts';
import type { Context } from '../context.ts';
import { tagsOf } from '../explored.ts';
import { layerSizes } from '../image-sizes.ts';
import { printListing } from '../listing.ts';
import { shortened } from '../shortened.ts';
import { rfc3339 } from '../times.ts';

interface HistoryOptions {
  readonly quiet?: boolean;
  readonly trunc: boolean;
  readonly human?: boolean;
  readonly format?: string;
}

const CREATED_BY_LENGTH = 45;
const MISSING = '<missing>';
const FIELDS = ['Comment', 'CreatedAt', 'CreatedBy', 'CreatedSince', 'ID', 'Size', 'Tags'] as const;

export async function run(context: Context, args: readonly string[], options: HistoryOptions): Promise<void> {
  const image = await context.open(args[0]!);
  const sizes = await layerSizes(context, image);
  const rows = image.rows.toReversed().map((row, at) => historyRow(image, row, at === 0, sizes, options));
  const isHuman = options.human ?? true;
  const columns = [
    ['IMAGE', 'ID'],
    ['CREATED', isHuman ? 'CreatedSince' : 'CreatedAt'],
    ['CREATED BY', 'CreatedBy'],
    ['SIZE', 'Size'],
    ['COMMENT', 'Comment'],
  ] as const;
  const titles = { CreatedAt: 'CREATED AT', CreatedSince: 'CREATED', Tags: 'TAGS' };
  const quiet = options.quiet && options.format === undefined ? 'ID' : undefined;
  await printListing(context.out, { columns, titles, rows, fields: FIELDS, quiet }, options.format);
}

function historyRow(
  { image }: ExploredImage,
  row: StackRow,
  isNewest: boolean,
  sizes: readonly number[],
  { trunc, human = true }: HistoryOptions,
): Readonly<Record<(typeof FIELDS)[number], string>> {
  const sizeBytes = row.layer === undefined ? 0 : sizes[row.layer]!;
  const createdBy = row.createdBy.replaceAll('\t', ' ');
  const seconds = Date.parse(row.created ?? '') / 1000;
  return {
    Comment: row.comment ?? '',
    CreatedAt: (Number.isNaN(seconds) ? undefined : rfc3339(Math.trunc(seconds), 0)) ?? 'N/A',
    CreatedBy: trunc ? shortened(createdBy, CREATED_BY_LENGTH) : createdBy,
    CreatedSince: humanAgo(row.created, Date.now()),
    ID: isNewest ? (trunc ? shortDigest(image.id) : image.id) : MISSING,
    Size: human ? formatSize(sizeBytes, 3) : String(sizeBytes),
    Tags: isNewest ? tagsOf(image.names).join(', ') : '',
  };
}
