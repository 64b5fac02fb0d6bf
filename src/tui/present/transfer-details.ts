// The detail pane for a transfer. Pure.
import { safeText } from '../../lib/text.ts';
import type { Theme } from '../theme/theme.ts';
import type { Transfer } from '../transfers.ts';
import { exactSize } from './layer-details.ts';
import { problemText } from './transfer-rows.ts';
import { type Field, fieldLines } from './wrap.ts';

/** `advice` is what can be done about a failure. */
export function transferDetails(
  transfer: Transfer,
  advice: string | undefined,
  width: number,
  theme: Theme,
): string[] {
  return fields(transfer, advice).flatMap((field) => fieldLines(field, width, theme.muted));
}

function fields(transfer: Transfer, advice: string | undefined): Field[] {
  const { request, state, layers, sum, message } = transfer;
  const list: Field[] = [];
  const add = (label: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') list.push({ label, value: safeText(value) });
  };
  add(request.kind, request.name);
  add('state', state);
  add('result', message);
  if (state === 'failed') {
    add('problem', problemText(transfer));
    add('advice', advice);
  }
  add('moved', exactSize(sum.doneBytes));
  if (sum.totalBytes !== undefined) add('of', exactSize(sum.totalBytes));
  const counts = new Map<string, number>();
  for (const { status } of layers.values()) counts.set(status, (counts.get(status) ?? 0) + 1);
  for (const [status, count] of counts) add('layers', `${count} ${status}`);
  return list;
}
