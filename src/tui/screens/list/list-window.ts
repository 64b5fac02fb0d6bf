// The part of a list that its pane shows.
import { formatCount } from '../../../lib/units.ts';
import { innerHeight, innerWidth } from '../../present/pane.ts';
import type { Box } from '../../screen.ts';
import type { ListPart } from './list-part.ts';

export interface RowPlace {
  readonly width: number;
  /** Its pane has the keys. */
  readonly focused: boolean;
  readonly isCurrent: boolean;
}

export interface ListWindow {
  readonly rows: readonly string[];
  /** `12 of 3,400`; empty when all of it is seen. */
  readonly place: string;
}

/** `paint` is asked for the rows that fit, by their numbers. */
export function listWindow(
  list: ListPart<unknown>,
  box: Box,
  focused: boolean,
  paint: (at: number, place: RowPlace) => string,
): ListWindow {
  list.resize(innerHeight(box));
  const { top, cursor } = list.place;
  const count = list.rows.length;
  const rows = list.rows.slice(top, top + list.height).map((_, index) => {
    const at = top + index;
    return paint(at, { width: innerWidth(box), focused, isCurrent: at === cursor });
  });
  const place = count > list.height ? `${formatCount(cursor + 1)} of ${formatCount(count)}` : '';
  return { rows, place };
}
