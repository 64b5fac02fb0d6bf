// Words of the bloat screen. Pure.
import type { AdviceKind } from '../../analysis/advice/advice.ts';
import { displaySize, formatCount } from '../../lib/units.ts';
import type { WhatIf } from '../screens/bloat/what-if-list.ts';
import type { CauseName } from '../screens/bloat/waste-list.ts';

export const CAUSE_WORDS: Readonly<Record<CauseName, string>> = {
  overwritten: 'overwritten',
  deleted: 'deleted',
  metadataOnly: 'metadata only',
  opaqueHidden: 'opaque-hidden',
};

export const CAUSE_SENTENCES: Readonly<Record<CauseName, string>> = {
  overwritten:
    'A later layer wrote these files again, with other content: the first ones are shipped all the same.',
  deleted: 'A later layer deleted these files: it only hides them, they are shipped all the same.',
  metadataOnly:
    'A later layer changed nothing but a mode, an owner or a time (chmod, chown, touch): for that it ships the whole file once more.',
  opaqueHidden: 'A later layer put a directory in the place of theirs, which hides all that was in it.',
};

export const ADVICE_WORDS: Readonly<Record<AdviceKind, string>> = {
  'late-clean-up': 'a clean-up that comes too late',
  move: 'moved in a layer of its own',
  'metadata-copy': 'shipped again for a mode or an owner',
  overwrite: 'written twice',
  'package-cache': 'a cache of packages',
  'version-control': 'a history of version control',
  'build-tools': 'tools of the build',
  'ignore-file': 'what the build context should leave out',
  logs: 'logs',
  'duplicate-tree': 'a directory that is there twice',
};

export function whatIfText(whatIf: WhatIf): string {
  switch (whatIf.kind) {
    case 'squash':
      return `layers ${whatIf.from} to ${whatIf.to} squashed into one`;
    case 'merge':
      return `layer ${whatIf.killer} done in the instruction of layer ${whatIf.maker}`;
    case 'without':
      return whatIf.nodes.length === 1
        ? 'without the marked path'
        : `without the ${formatCount(whatIf.nodes.length)} marked paths`;
  }
}

/** `44.6 %`; of nothing all is there. */
export function percentText(part: number, whole: number): string {
  const percent = whole === 0 ? 100 : (part / whole) * 100;
  // Neither all nor nothing is claimed of what is nearly so.
  const shown = part > 0 && part < whole ? Math.min(99.9, Math.max(0.1, percent)) : percent;
  return `${Number(shown.toFixed(1))} %`;
}

/** Compressed bytes are an estimate; undefined where nothing is compressed. */
export function compressedText(bytes: number, compressedBytes: number): string | undefined {
  return compressedBytes < bytes
    ? `about ${displaySize(compressedBytes)} compressed, an estimate`
    : undefined;
}

/** `7, 12` and `7, 12 …` where there are more. */
export function layersText(layers: readonly number[], most = 3): string {
  return layers.slice(0, most).join(', ') + (layers.length > most ? ' …' : '');
}
