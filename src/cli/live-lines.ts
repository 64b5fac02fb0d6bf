// What the R/W layer holds and what happens in it, as lines and as JSON.
import type { LiveChange, LiveEvent, LiveTotals } from '../snapshot/live-change.ts';
import { NodeType } from '../tree/layer-tree.ts';
import { safeBytes } from '../lib/text.ts';
import { displaySize } from '../lib/units.ts';
import { bytesField } from './json.ts';
import { TYPES } from './tree-entries.ts';

export function changeJson(change: LiveChange): object {
  const { path, kind, type, sizeBytes, changedBytes, fromLayer, because, from, hiddenBytes } = change;
  return {
    ...bytesField('path', absolute(path)),
    kind,
    ...(type !== NodeType.whiteout && { type: TYPES[type] }),
    size: sizeBytes,
    changed: changedBytes,
    ...(fromLayer !== undefined && { fromLayer }),
    ...(because !== undefined && { because }),
    ...(hiddenBytes !== undefined && { hidden: hiddenBytes }),
    ...(from !== undefined && bytesField('from', absolute(from))),
  };
}

export function totalsJson(totals: LiveTotals): object {
  const { added, copiedUp, whiteouts, sizeBytes, changedBytes, unchangedBytes } = totals;
  return { added, copiedUp, whiteouts, size: sizeBytes, changed: changedBytes, unchanged: unchangedBytes };
}

export function eventJson({ time, action, change }: LiveEvent): object {
  return { schema: 'phyllo.diff-event/1', time, action, ...changeJson(change) };
}

/** `copy-up  /etc/nginx/nginx.conf  2.2 kB from layer 5 (write)` */
export function eventText({ action, change }: LiveEvent): string {
  const { path, sizeBytes, fromLayer, because, from } = change;
  const origin = fromLayer === undefined ? '' : ` from layer ${fromLayer}`;
  const reason = because === undefined ? '' : ` (${because})`;
  const moved = from === undefined ? '' : ` was /${safeBytes(from)}`;
  return `${action.padEnd(8)} /${safeBytes(path)}  ${displaySize(sizeBytes)}${origin}${moved}${reason}`;
}

function absolute(path: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from('/'), path]);
}
