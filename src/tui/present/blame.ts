// Which layers touched a path, newest first. Pure.
import { displaySize } from '../../lib/units.ts';
import type { StackRow } from '../../oci/history.ts';
import { contentBytes } from '../../tree/squash-view.ts';
import { ABSENT, type StackIndex, Status } from '../../tree/stack-index.ts';
import { STATUS_LETTER } from '../theme/glyphs.ts';
import type { Theme } from '../theme/theme.ts';
import { fit } from '../width.ts';
import { reasonText } from './reasons.ts';
import { instructionLine } from './stack-rows.ts';

export interface Touch {
  readonly layer: number;
  readonly status: Status;
  readonly reason: string;
  readonly sizeBytes: number;
}

export function touchesOf(stack: StackIndex, node: number): Touch[] {
  const touches: Touch[] = [];
  for (let layer = stack.layerCount - 1; layer >= 0; layer--) {
    const index = stack.changeOf(layer, node);
    if (index < 0) continue;
    const { before, after, status, reason } = stack.changes(layer);
    const [old, now] = [before[index]!, after[index]!];
    const why = old === ABSENT || now === ABSENT ? '' : reasonOf(stack, old, now, reason[index]!);
    const bytes = contentBytes(stack, now === ABSENT ? old : now);
    touches.push({ layer, status: status[index] as Status, reason: why, sizeBytes: bytes });
  }
  return touches;
}

function reasonOf(stack: StackIndex, before: number, after: number, reason: number): string {
  return reason === 0
    ? 'the same again'
    : reasonText(reason, stack.locateContent(before), stack.locateContent(after));
}

const LETTERS = [
  STATUS_LETTER.unchanged,
  STATUS_LETTER.added,
  STATUS_LETTER.modified,
  STATUS_LETTER.removed,
] as const;
const TOKENS = ['unchanged', 'added', 'modified', 'removed'] as const;

/** `rows` by layer. */
export function blameRow(
  touch: Touch,
  rows: ReadonlyMap<number, StackRow>,
  width: number,
  theme: Theme,
): string {
  const row = rows.get(touch.layer);
  const size = `${touch.status === Status.removed ? '-' : ''}${displaySize(touch.sizeBytes)}`;
  const head = `${fit(String(touch.layer), 3, { align: 'right' })} `;
  const letter = theme[TOKENS[touch.status]](LETTERS[touch.status]);
  const why = touch.reason === '' ? '' : `${touch.reason}  `;
  const instruction = row === undefined ? '' : instructionLine(row);
  return fit(
    `${theme.muted(head)}${letter} ${fit(size, 9, { align: 'right' })}  ${why}${theme.muted(instruction)}`,
    width,
  );
}
