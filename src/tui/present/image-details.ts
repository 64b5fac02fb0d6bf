// The detail pane for an image of the store. Pure.
import type { ImageSummary } from '../../app/services.ts';
import { safeText } from '../../lib/text.ts';
import { humanAgo } from '../../lib/units.ts';
import { formatPlatform } from '../../oci/platform.ts';
import type { Theme } from '../theme/theme.ts';
import { exactSize } from './layer-details.ts';
import { type Field, fieldLines } from './wrap.ts';

export function imageDetails(image: ImageSummary, width: number, theme: Theme, nowMs: number): string[] {
  return fields(image, nowMs).flatMap((field) => fieldLines(field, width, theme.muted));
}

function fields(image: ImageSummary, nowMs: number): Field[] {
  const { names, id, digest, created, platform, layers, sizeBytes, sizeKnown, compressedBytes, sharedBytes } =
    image;
  const size = sizeKnown ? exactSize(sizeBytes) : 'not known until it was opened once';
  return [
    { label: 'names', value: names.length === 0 ? 'none: it is dangling' : names.map(safeText).join(', ') },
    { label: 'image ID', value: id },
    { label: 'manifest', value: digest },
    {
      label: 'created',
      value: created === undefined ? 'not said' : `${safeText(created)} (${humanAgo(created, nowMs)})`,
    },
    { label: 'platform', value: safeText(formatPlatform(platform)) },
    { label: 'layers', value: String(layers.length) },
    { label: 'size', value: size },
    { label: 'stored', value: exactSize(compressedBytes) },
    { label: 'shared', value: `${exactSize(sharedBytes)} are in other images too` },
    ...Object.entries(image.labels).map(([name, value]) => ({
      label: 'label',
      value: safeText(`${name}=${value}`),
    })),
  ];
}
