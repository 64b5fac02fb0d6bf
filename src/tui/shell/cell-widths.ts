// Columns of characters in a container's terminal, counted as our own screens count them: otherwise what a program
// draws would not fit into the rows that we draw. The emulator asks code point by code point.
import { clusterWidth } from '../width.ts';

const ZERO_WIDTH_JOINER = 0x200d;
const EMOJI_SELECTOR = 0xfe0f;

/** Bits of what the emulator keeps of the character before: 0 joins, 1-2 width, 3 joins the next one too. */
const JOINS = 1;
const JOINS_NEXT = 8;

export const cellWidths = {
  version: 'phyllo',

  wcwidth: (codePoint: number): 0 | 1 | 2 => pointWidth(codePoint),

  charProperties(codePoint: number, preceding: number): number {
    const before = (preceding >> 1) & 3;
    const isJoiner = codePoint === ZERO_WIDTH_JOINER;
    const joins =
      before > 0 &&
      ((preceding & JOINS_NEXT) !== 0 ||
        isJoiner ||
        /^[\p{Mark}\ufe0f]$/u.test(String.fromCodePoint(codePoint)));
    const width = joins ? (codePoint === EMOJI_SELECTOR ? 2 : before) : pointWidth(codePoint);
    return (joins && isJoiner ? JOINS_NEXT : 0) | (width << 1) | (joins ? JOINS : 0);
  },
};

function pointWidth(codePoint: number): 0 | 1 | 2 {
  if (codePoint < 0x20 || (codePoint >= 0x7f && codePoint < 0xa0)) return 0;
  const width = clusterWidth(String.fromCodePoint(codePoint));
  return width > 2 ? 2 : (width as 0 | 1 | 2);
}
