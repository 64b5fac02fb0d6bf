// phyllo images: docker's list of images.
import type { ImageSummary } from '../../app/services.ts';
import { humanAgo, formatSize } from '../../lib/units.ts';
import { shortDigest } from '../../oci/digest.ts';
import { familiarName, parseReference } from '../../oci/reference.ts';
import type { Context } from '../context.ts';
import { type ImageFilter, parseFilters } from '../image-filter.ts';
import { imageSize } from '../image-sizes.ts';
import { type ListRow, printListing } from '../listing.ts';
import { goTime } from '../times.ts';

interface ImagesOptions {
  readonly quiet?: boolean;
  readonly digests?: boolean;
  readonly trunc: boolean;
  readonly shared?: boolean;
  readonly filter?: readonly string[];
  readonly format?: string;
}

const NONE = '<none>';
const FIELDS = [
  'Containers',
  'CreatedAt',
  'CreatedSince',
  'Digest',
  'ID',
  'Repository',
  'SharedSize',
  'Size',
  'Tag',
  'UniqueSize',
  'VirtualSize',
] as const;

export async function run(context: Context, args: readonly string[], options: ImagesOptions): Promise<void> {
  const { images } = await context.services();
  const all = await images.list();
  const filter = await parseFilters(options.filter ?? [], args[0], images);
  const rows: ListRow[] = [];
  for (const image of all) {
    const names = filter(image);
    if (names === undefined) continue;
    const sizeBytes = await imageSize(context, image);
    const sized = { ...image, sizeBytes: sizeBytes ?? 0, sizeKnown: sizeBytes !== undefined };
    rows.push(...imageRows(sized, names, options));
  }
  const columns = [
    ['REPOSITORY', 'Repository'],
    ['TAG', 'Tag'],
    ...(options.digests ? ([['DIGEST', 'Digest']] as const) : []),
    ['IMAGE ID', 'ID'],
    ['CREATED', 'CreatedSince'],
    ['SIZE', 'Size'],
    ...(options.shared ? ([['SHARED', 'SharedSize']] as const) : []),
  ] as const;
  const titles = {
    Digest: 'DIGEST',
    CreatedAt: 'CREATED AT',
    SharedSize: 'SHARED',
    UniqueSize: 'UNIQUE SIZE',
  };
  const quiet = options.quiet && options.format === undefined ? 'ID' : undefined;
  await printListing(
    context.out,
    { columns, titles, rows: quiet ? distinct(rows) : rows, fields: FIELDS, quiet },
    options.format,
  );
}

/** An image without a name is one row too. */
function imageRows(
  image: ImageSummary,
  names: ReturnType<ImageFilter>,
  { trunc, format }: ImagesOptions,
): ListRow[] {
  const hasFormat = format !== undefined && format !== 'table';
  const size = (bytes: number): string => (image.sizeKnown ? formatSize(bytes, 3) : 'N/A');
  const facts: Readonly<Record<(typeof FIELDS)[number], string>> = {
    Containers: 'N/A',
    // Only formats show it, and to load the names of time zones takes longer than all the rest.
    CreatedAt: hasFormat ? goTime(image.created) : '',
    CreatedSince: humanAgo(image.created, Date.now()),
    Digest: image.digest,
    ID: trunc ? shortDigest(image.id) : image.id,
    Repository: NONE,
    SharedSize: formatSize(image.sharedBytes, 3),
    Size: size(image.sizeBytes),
    Tag: NONE,
    UniqueSize: size(Math.max(0, image.sizeBytes - image.sharedBytes)),
    VirtualSize: size(image.sizeBytes),
  };
  if (!names || names.length === 0) return [facts];
  return names.map((name) => {
    const reference = parseReference(name);
    return { ...facts, Repository: familiarName(reference), Tag: reference.tag ?? NONE };
  });
}

/** `-q` names an image once, whatever names it has. */
function distinct(rows: readonly ListRow[]): ListRow[] {
  return [...new Map(rows.map((row) => [row['ID'], row])).values()];
}
