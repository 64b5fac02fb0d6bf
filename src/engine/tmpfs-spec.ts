// `--tmpfs /target[:options]`: options reach mount(2), so only those that are known pass.
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import type { Mount } from './container.ts';
import { mountTarget } from './mount-spec.ts';

/** What docker adds; the last of two that contradict each other counts. */
const DEFAULTS = ['noexec', 'nosuid', 'nodev'] as const;
const FLAGS: ReadonlySet<string> = new Set(
  'ro rw exec noexec suid nosuid dev nodev sync async atime noatime diratime nodiratime relatime norelatime strictatime'.split(
    ' ',
  ),
);
const VALUES: Readonly<Record<string, RegExp>> = {
  size: /^\d{1,15}[kmg%]?$/i,
  nr_blocks: /^\d{1,15}[kmg]?$/i,
  nr_inodes: /^\d{1,15}[kmg]?$/i,
  mode: /^[0-7]{3,4}$/,
  uid: /^\d{1,10}$/,
  gid: /^\d{1,10}$/,
};

/** Throws `invalid-argument`. */
export function parseTmpfsSpec(text: string): Mount {
  const colon = text.indexOf(':');
  const target = mountTarget(colon < 0 ? text : text.slice(0, colon), text);
  const given = colon < 0 ? [] : text.slice(colon + 1).split(',');
  for (const option of given) checkOption(option, text);
  const positive = new Set(given);
  const defaults = DEFAULTS.filter((option) => !positive.has(option) && !positive.has(option.slice(2)));
  return { type: 'tmpfs', target, options: [...defaults, ...given] };
}

function checkOption(option: string, text: string): void {
  const [name = '', value] = option.split(/=(.*)/s);
  const known =
    value === undefined ? FLAGS.has(name) : Object.hasOwn(VALUES, name) && VALUES[name]!.test(value);
  if (known) return;
  throw new PhylloError(
    'invalid-argument',
    `read tmpfs ${safeText(text)}: ${safeText(option)} is no option that it takes`,
    { hint: 'Example: /run:size=64m,mode=755,exec.' },
  );
}
