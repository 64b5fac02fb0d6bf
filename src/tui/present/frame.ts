// Header and footer. Pure.
import { safeText } from '../../lib/text.ts';
import type { Hint } from '../keymap/present.ts';
import type { TextField } from '../text-field.ts';
import type { Theme } from '../theme/theme.ts';
import { displayWidth, fit, truncate } from '../width.ts';

/** ` phyllo  images › web:latest                342.1 MB · 9 layers` */
export function headerLine(crumbs: readonly string[], summary: string, width: number, theme: Theme): string {
  const name = ` ${theme.accent('phyllo')}  `;
  const wanted = displayWidth(name + crumbs.join(' › ')) + 2;
  // The summary has half of the line, and what the crumbs leave.
  const right = truncate(summary, Math.max(width >> 1, width - wanted));
  const room = width - displayWidth(name) - displayWidth(right) - 2;
  const outer = crumbs
    .slice(0, -1)
    .map((crumb) => `${crumb} › `)
    .join('');
  const last = crumbs.at(-1) ?? '';
  const shownOuter = displayWidth(outer + last) <= room ? outer : '';
  const shownLast = truncate(last, room - displayWidth(shownOuter), { cut: 'start' });
  const left = name + theme.muted(shownOuter) + theme.title(shownLast);
  return fit(left, width - displayWidth(right) - 1) + right + ' ';
}

/** What can be done: keys with what they do, as many as there is room for. */
export function hintLine(hints: readonly Hint[], width: number, theme: Theme): string {
  let line = '';
  for (const { keys, label } of hints) {
    const next = `${line} ${theme.key(keys)} ${label} `;
    if (displayWidth(next) > width) break;
    line = next;
  }
  return fit(line, width);
}

export function messageLine(text: string, width: number, theme: Theme): string {
  return fit(` ${theme.accent(text)}`, width);
}

/** `/ text` or `title: text`; the end that holds the caret stays in view. */
export function fieldLine(
  label: string,
  field: TextField,
  width: number,
  theme: Theme,
): { line: string; caret: number } {
  // What is typed has a third of the line at least, however long the label is.
  const head = ` ${truncate(label, Math.floor((width * 2) / 3) - 2)} `;
  const room = Math.max(8, width - displayWidth(head) - 1);
  const before = safeText(field.text.slice(0, field.caret));
  const shown = truncate(safeText(field.text), room, { cut: displayWidth(before) < room ? 'end' : 'start' });
  const caret = displayWidth(head) + Math.min(displayWidth(before), room);
  return { line: fit(theme.key(head) + shown, width), caret };
}
