// A layer that touched a path as a row. Pure.
import type { Touch } from '../../analysis/blame.ts';
import { displaySize } from '../../lib/units.ts';
import type { StackRow } from '../../oci/history.ts';
import { ABSENT, type StackIndex, Status } from '../../tree/stack-index.ts';
import { STATUS_LETTER } from '../theme/glyphs.ts';
import type { Theme } from '../theme/theme.ts';
import { fit } from '../width.ts';
import { reasonText } from './reasons.ts';
import { instructionLine } from './stack-rows.ts';

/** Nothing where the path came or went: its status says that. */
function whyOf(stack: StackIndex, { before, after, reason }: Touch): string {
  if (before === ABSENT || after === ABSENT) return '';
  return reason === 0
    ? 'the same again  '
    : `${reasonText(reason, stack.locateContent(before), stack.locateContent(after))}  `;
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
  stack: StackIndex,
  touch: Touch,
  rows: ReadonlyMap<number, StackRow>,
  width: number,
  theme: Theme,
): string {
  const row = rows.get(touch.layer);
  const size = `${touch.status === Status.removed ? '-' : ''}${displaySize(touch.sizeBytes)}`;
  const head = `${fit(String(touch.layer), 3, { align: 'right' })} `;
  const letter = theme[TOKENS[touch.status]](LETTERS[touch.status]);
  const why = whyOf(stack, touch);
  const instruction = row === undefined ? '' : instructionLine(row);
  return fit(
    `${theme.muted(head)}${letter} ${fit(size, 9, { align: 'right' })}  ${why}${theme.muted(instruction)}`,
    width,
  );
}
