// Options of an overlay mount. The kernel takes one page of them, so paths are written relative to one folder that the
// mounting process has to be in.
import { relative } from 'node:path';
import { PhylloError } from '../lib/errors.ts';
import type { UnpackForm } from './unpack.ts';

export interface OverlayMount {
  /** The working directory of the mounting process, absolute. */
  readonly from: string;
  readonly form: UnpackForm;
  /** Absolute paths, the base first, as `UnpackedLayers` gives them. */
  readonly lowers: readonly string[];
  /** Absolute paths on one file system. Without them the mount is read-only. */
  readonly upper?: string;
  readonly work?: string;
  /** The upperdir need not outlive the machine: nothing is written to the disk for its sake, not even at the unmount. */
  readonly volatile?: boolean;
}

/** What the kernel takes is one page, with the zero byte at its end. */
const MAX_OPTION_BYTES = 4095;

/**
 * Everything that would leave stubs in the upperdir, or follow such as an image brought along, is off whatever the
 * module's defaults are; `nofollow` is the one value of its option that goes with `userxattr`.
 */
const FIXED = ['redirect_dir=nofollow', 'metacopy=off', 'index=off', 'xino=off'];

/** For `mount -t overlay -o`. Throws `limit-exceeded` when they do not fit, `invalid-argument` for paths that cannot be told. */
export function overlayOptions({ from, form, lowers, upper, work, volatile }: OverlayMount): string {
  const place = (path: string): string => escaped(relative(from, path));
  // The kernel refuses a layer that is there twice, as two that are empty are. What the upper one says holds anyway.
  const stack = lowers
    .filter((path, at) => !lowers.includes(path, at + 1))
    .map((path) => place(path).replaceAll(':', '\\:'))
    .toReversed()
    .join(':');
  const options = [`lowerdir=${stack}`];
  if (upper !== undefined && work !== undefined)
    options.push(`upperdir=${place(upper)}`, `workdir=${place(work)}`);
  options.push(...FIXED);
  if (form === 'user') options.push('userxattr');
  if (volatile) options.push('volatile');
  const text = options.join(',');
  if (Buffer.byteLength(text) <= MAX_OPTION_BYTES) return text;
  throw new PhylloError(
    'limit-exceeded',
    `mount ${lowers.length} layers: their names do not fit into the options of one mount`,
    { hint: 'Squash some of the layers of this image.' },
  );
}

/** mount(8) knows quotes but no way to escape them, and takes a comma at an end for an option without a text. */
function escaped(path: string): string {
  if (/["\n\0]|,$/.test(path)) {
    throw new PhylloError(
      'invalid-argument',
      'mount overlay: the path has marks that cannot be told to mount',
      {
        hint: 'Choose a folder without quotes, line breaks and commas with PHYLLO_ROOT.',
      },
    );
  }
  return path.replaceAll('\\', '\\\\').replaceAll(',', '\\,');
}
