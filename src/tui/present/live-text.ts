// What a container does to its layer, in words. Pure.
import type { LiveChange, LiveEvent, LiveTotals } from '../../snapshot/live-change.ts';
import { safeBytes } from '../../lib/text.ts';
import { displaySize, formatCount } from '../../lib/units.ts';
import { NodeType } from '../../tree/layer-tree.ts';
import type { Theme, Token } from '../theme/theme.ts';

/** `copy-up from layer 5 (write), 12 B differ`; undefined where the status says it all. */
export function changeNote(change: LiveChange): string | undefined {
  const { kind, type, because, from, sizeBytes, changedBytes } = change;
  switch (kind) {
    case 'add':
      return undefined;
    case 'copy-up': {
      const isFile = type === NodeType.file && sizeBytes > 0;
      const differ = isFile ? `, ${displaySize(changedBytes)} differ` : '';
      return `copy-up${fromText(change)}${because ? ` (${because})` : ''}${differ}`;
    }
    case 'whiteout':
      return `whiteout: hides it${fromText(change)}`;
    case 'opaque':
      return `opaque: hides all that was in it${fromText(change)}`;
    case 'rename':
      return from === undefined ? 'renamed' : `renamed from /${safeBytes(from)}`;
  }
}

function fromText({ fromLayer }: LiveChange): string {
  return fromLayer === undefined ? '' : ` from layer ${fromLayer}`;
}

function hiddenText({ hiddenBytes }: LiveChange): string {
  return hiddenBytes === undefined ? 'what is' : displaySize(hiddenBytes);
}

const ACTION_COLUMNS = 8;

export interface EventText {
  /** `12:00:01`, in UTC as everything else. */
  readonly time: string;
  readonly action: string;
  readonly path: string;
  /** `2.2 kB from layer 5 (write)` */
  readonly facts: string;
}

export function eventText({ time, action, change }: LiveEvent): EventText {
  const slash = change.type === NodeType.dir ? '/' : '';
  const path = `/${safeBytes(change.path)}${slash}`;
  const from = change.from === undefined ? '' : `/${safeBytes(change.from)} → `;
  return {
    time: /T(\d\d:\d\d:\d\d)/.exec(time)?.[1] ?? '',
    action: action.padEnd(ACTION_COLUMNS),
    path: action === 'rename' ? from + path : path,
    facts: factsOf(action, change),
  };
}

function factsOf(action: LiveEvent['action'], change: LiveChange): string {
  const isFile = change.type === NodeType.file;
  const size = isFile ? displaySize(change.sizeBytes) : '';
  const because = change.because ? ` (${change.because})` : '';
  switch (action) {
    case 'whiteout':
    case 'opaque':
      return `hides ${hiddenText(change)}${fromText(change)}`;
    case 'undo':
      return 'is as below again';
    case 'copy-up':
      return `${size}${fromText(change)}${because}`.trim();
    case 'write':
      return change.fromLayer === undefined
        ? size
        : `nothing copied${isFile ? `, ${displaySize(change.changedBytes)} differ` : ''}`;
    default:
      return size;
  }
}

const ACTION_TOKENS: Readonly<Record<LiveEvent['action'], Token>> = {
  add: 'added',
  'copy-up': 'modified',
  write: 'modified',
  rename: 'accent',
  whiteout: 'removed',
  opaque: 'removed',
  undo: 'muted',
};

export function eventLine(event: LiveEvent, theme: Theme): string {
  const { time, action, path, facts } = eventText(event);
  const paint = theme[ACTION_TOKENS[event.action]];
  return `${theme.muted(time)} ${paint(action)} ${path}  ${theme.muted(facts)}`;
}

/** `R/W 2.3 MB, 48 % unchanged`, where there is little room. */
export function shortTotalsText({ sizeBytes, unchangedBytes }: LiveTotals): string {
  const share = unchangedBytes === 0 ? '' : `, ${percentOf(unchangedBytes, sizeBytes)} unchanged`;
  return `R/W ${displaySize(sizeBytes)}${share}`;
}

function percentOf(part: number, whole: number): string {
  return `${Math.round((part / whole) * 100)} %`;
}

/** `R/W 2.3 MB, 1.1 MB of it copied but unchanged (48 %)` */
export function totalsText({ sizeBytes, unchangedBytes }: LiveTotals): string {
  if (sizeBytes === 0) return 'R/W 0 B';
  const unchanged =
    unchangedBytes === 0
      ? ''
      : `, ${displaySize(unchangedBytes)} copied but unchanged (${percentOf(unchangedBytes, sizeBytes)})`;
  return `R/W ${displaySize(sizeBytes)}${unchanged}`;
}

export function countsText({ added, copiedUp, whiteouts }: LiveTotals): string {
  return `${formatCount(added)} added, ${formatCount(copiedUp)} copied up, ${formatCount(whiteouts)} whiteout${whiteouts === 1 ? '' : 's'}`;
}
