// phyllo ps: docker's list of containers.
import type { Container } from '../../engine/container.ts';
import { formatSize, humanAgo } from '../../lib/units.ts';
import { containerFilter } from '../container-filter.ts';
import { commandText, portsText, statusText } from '../container-facts.ts';
import type { Context } from '../context.ts';
import { imageSize } from '../image-sizes.ts';
import { type ListRow, printListing } from '../listing.ts';
import { goTime } from '../times.ts';

interface PsOptions {
  readonly all?: boolean;
  readonly quiet?: boolean;
  readonly size?: boolean;
  readonly last?: number;
  readonly latest?: boolean;
  readonly trunc: boolean;
  readonly filter?: readonly string[];
  readonly format?: string;
}

const FIELDS = [
  'Command',
  'CreatedAt',
  'Engine',
  'ID',
  'Image',
  'Labels',
  'LocalVolumes',
  'Mounts',
  'Names',
  'Networks',
  'Ports',
  'RunningFor',
  'Size',
  'State',
  'Status',
] as const;

export async function run(context: Context, _: readonly string[], options: PsOptions): Promise<void> {
  const { containers } = await context.services();
  const shown = chosen(await containers.list(), options);
  const needsSize = options.size || /\.Size\b/.test(options.format ?? '');
  const rows: ListRow[] = [];
  for (const container of shown) {
    const size = needsSize ? await sizeText(context, container) : '0B';
    rows.push(row(container, size, options));
  }
  const columns = [
    ['CONTAINER ID', 'ID'],
    ['IMAGE', 'Image'],
    ['COMMAND', 'Command'],
    ['CREATED', 'RunningFor'],
    ['STATUS', 'Status'],
    ['PORTS', 'Ports'],
    ['NAMES', 'Names'],
    ...(options.size ? ([['SIZE', 'Size']] as const) : []),
  ] as const;
  const titles = {
    CreatedAt: 'CREATED AT',
    Engine: 'ENGINE',
    Labels: 'LABELS',
    LocalVolumes: 'LOCAL VOLUMES',
    Mounts: 'MOUNTS',
    Networks: 'NETWORKS',
    Size: 'SIZE',
    State: 'STATE',
  };
  const quiet = options.quiet ? 'ID' : undefined;
  await printListing(context.out, { columns, titles, rows, fields: FIELDS, quiet }, options.format);
}

function chosen(all: readonly Container[], { all: any, last, latest, filter = [] }: PsOptions): Container[] {
  const count = latest ? 1 : last;
  const asksForState = filter.some((text) => /^(?:status|exited)=/.test(text));
  const matches = containerFilter(filter);
  const found = all.filter(matches);
  if (count !== undefined) return found.slice(0, count);
  return any || asksForState ? found : found.filter(({ status }) => status === 'running');
}

/** What it wrote, and with its image where that is known: what it would be alone. */
async function sizeText(context: Context, { id, image }: Container): Promise<string> {
  const { containers, images } = await context.services();
  const ownBytes = await containers.diskUsage(id).catch((error: unknown) => {
    if (context.signal.aborted) throw error;
    return undefined;
  });
  if (ownBytes === undefined) return 'N/A';
  const stored = (await images.list()).find((one) => one.id === image.id);
  const imageBytes = stored && (await imageSize(context, stored));
  const own = formatSize(ownBytes, 3);
  return imageBytes === undefined ? own : `${own} (virtual ${formatSize(ownBytes + imageBytes, 3)})`;
}

function row(container: Container, size: string, { trunc, format }: PsOptions): ListRow {
  const hasFormat = format !== undefined && format !== 'table';
  const { id, image, created, engine, labels, mounts, name, network } = container;
  const volumes = mounts.filter(({ type }) => type === 'volume');
  const facts: Readonly<Record<(typeof FIELDS)[number], string>> = {
    Command: commandText(container, trunc),
    CreatedAt: hasFormat ? goTime(created) : '',
    Engine: engine,
    ID: trunc ? id.slice(0, 12) : id,
    Image: image.name,
    Labels: Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
    LocalVolumes: String(volumes.length),
    Mounts: mounts.map((mount) => ('source' in mount ? mount.source : mount.target)).join(','),
    Names: name,
    Networks: network,
    Ports: portsText(container),
    RunningFor: humanAgo(created, Date.now()),
    Size: size,
    State: container.status,
    Status: statusText(container, Date.now()),
  };
  return facts;
}
