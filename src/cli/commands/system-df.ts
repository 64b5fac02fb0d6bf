// phyllo system df: what the store takes on disk, in docker's columns.
import type { DiskUsage, ImageSummary } from '../../app/services.ts';
import { formatSize, humanAgo } from '../../lib/units.ts';
import { shortDigest } from '../../oci/digest.ts';
import { familiarName, parseReference } from '../../oci/reference.ts';
import type { Context } from '../context.ts';
import { imageSize } from '../image-sizes.ts';
import { type ListRow, printListing } from '../listing.ts';
import { tableLines } from '../table.ts';

interface UsageOptions {
  readonly verbose?: boolean;
  readonly format?: string;
}

export async function run(context: Context, _: readonly string[], options: UsageOptions): Promise<void> {
  const { system, images } = await context.services();
  if (options.verbose && options.format === undefined) return printImages(context, await images.list());
  const [usage, list] = await Promise.all([system.diskUsage(), images.list()]);
  const columns = [
    ['TYPE', 'Type'],
    ['TOTAL', 'TotalCount'],
    ['ACTIVE', 'Active'],
    ['SIZE', 'Size'],
    ['RECLAIMABLE', 'Reclaimable'],
  ] as const;
  const active = list.filter(({ names }) => names.length > 0).length;
  const rows = [
    usageRow('Images', usage.images, active),
    usageRow('Containers', usage.containers, usage.containers.running),
    usageRow('Blobs', usage.blobs, undefined),
    usageRow('Layers', usage.layers, undefined),
    usageRow('Build Cache', usage.builds, undefined),
    usageRow('Caches', usage.caches, undefined),
  ];
  await printListing(
    context.out,
    { columns, rows, fields: columns.map(([, field]) => field) },
    options.format,
  );
}

function usageRow(type: string, usage: DiskUsage['images'], active: number | undefined): ListRow {
  const { count, sizeBytes, reclaimableBytes } = usage;
  const percent = sizeBytes > 0 ? ` (${Math.trunc((reclaimableBytes / sizeBytes) * 100)}%)` : '';
  return {
    Type: type,
    TotalCount: String(count),
    Active: active === undefined ? '-' : String(active),
    Size: formatSize(sizeBytes),
    Reclaimable: `${formatSize(reclaimableBytes)}${percent}`,
  };
}

async function printImages(context: Context, images: readonly ImageSummary[]): Promise<void> {
  const titles = [
    'REPOSITORY',
    'TAG',
    'IMAGE ID',
    'CREATED',
    'SIZE',
    'SHARED SIZE',
    'UNIQUE SIZE',
    'COMPRESSED',
  ];
  const rows: string[][] = [];
  for (const image of images) {
    const sizeBytes = await imageSize(context, image);
    const sizes = [sizeBytes, image.sharedBytes, sizeBytes && Math.max(0, sizeBytes - image.sharedBytes)];
    const facts = [
      shortDigest(image.id),
      humanAgo(image.created, Date.now()),
      ...sizes.map((bytes) => (bytes === undefined ? 'N/A' : formatSize(bytes, 3))),
      formatSize(image.compressedBytes, 3),
    ];
    for (const name of image.names.length > 0 ? image.names : [undefined])
      rows.push([...nameCells(name), ...facts]);
  }
  await context.out.lines(['Images space usage:', '']);
  await context.out.lines(
    tableLines(
      titles.map((title) => ({ title })),
      rows,
    ),
  );
}

function nameCells(name: string | undefined): [repository: string, tag: string] {
  if (name === undefined) return ['<none>', '<none>'];
  const reference = parseReference(name);
  return [familiarName(reference), reference.tag ?? '<none>'];
}
