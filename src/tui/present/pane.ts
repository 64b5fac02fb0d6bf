// A pane's frame: title in the upper border, a note at its right, rows between the borders. Pure.
import type { Box, PaneView } from '../screen.ts';
import type { Theme } from '../theme/theme.ts';
import { displayWidth, fit, truncate } from '../width.ts';

export interface PaneContent {
  readonly id: string;
  readonly box: Box;
  readonly title: string;
  /** In the upper border, at the right. */
  readonly note?: string;
  /** In the lower border, at the right. */
  readonly place?: string;
  readonly focused: boolean;
  /** Painted rows of any width; those beyond the box are left out. */
  readonly rows: readonly string[];
}

/** Columns for rows inside of the borders. */
export function innerWidth({ width }: Box): number {
  return Math.max(0, width - 2);
}

export function innerHeight({ height }: Box): number {
  return Math.max(0, height - 2);
}

export function paneView(content: PaneContent, theme: Theme): PaneView {
  const { id, box } = content;
  const border = content.focused ? theme.borderFocused : theme.border;
  const width = innerWidth(box);
  const side = border('│');
  const rows = Array.from({ length: innerHeight(box) }, (_, index) => {
    return side + fit(content.rows[index] ?? '', width) + side;
  });
  const lines = [
    topBorder(content, width, theme, border),
    ...rows,
    bottomBorder(content, width, theme, border),
  ];
  return { id, box, lines: lines.slice(0, box.height) };
}

type Paint = Theme['border'];

function topBorder(
  { title, note = '', focused }: PaneContent,
  width: number,
  theme: Theme,
  border: Paint,
): string {
  const room = Math.max(0, width - 2);
  const shownTitle = truncate(title, room);
  const left = room - displayWidth(shownTitle) - 3;
  const shownNote = note === '' || left < 4 ? '' : truncate(note, left);
  const gap = width - displayWidth(shownTitle) - 2 - (shownNote === '' ? 0 : displayWidth(shownNote) + 2);
  const paintedTitle = focused ? theme.title(shownTitle) : shownTitle;
  const paintedNote = shownNote === '' ? '' : ` ${shownNote} `;
  return border('┌') + ` ${paintedTitle} ` + border('─'.repeat(Math.max(0, gap))) + paintedNote + border('┐');
}

function bottomBorder({ place = '' }: PaneContent, width: number, theme: Theme, border: Paint): string {
  const shown = place === '' || displayWidth(place) + 4 > width ? '' : ` ${place} `;
  const line = '─'.repeat(Math.max(0, width - displayWidth(shown) - (shown === '' ? 0 : 1)));
  return border(`└${line}`) + theme.muted(shown) + border(shown === '' ? '┘' : '─┘');
}

/** `1 Layers  2 Changes  3 Details` where panes are tabs; `first` is the key of the first of them. */
export function tabTitle(
  tabs: readonly { readonly title: string; readonly current: boolean }[],
  theme: Theme,
  first = 1,
): string {
  return tabs
    .map(({ title, current }, index) => {
      const text = `${index + first} ${title}`;
      return current ? theme.accent(text) : theme.muted(text);
    })
    .join('  ');
}
