// Styles as plain SGR strings, 16 colours and attributes only. No chalk: its colour level belongs to the process, and
// one process serves many terminals. The screen driver takes away what a terminal cannot show.

/** Entries of the terminal's own palette: people have chosen them to be readable on their background. */
const COLOURS = {
  black: 0,
  red: 1,
  green: 2,
  yellow: 3,
  blue: 4,
  magenta: 5,
  cyan: 6,
  white: 7,
  'bright-black': 8,
  'bright-red': 9,
  'bright-green': 10,
  'bright-yellow': 11,
  'bright-blue': 12,
  'bright-magenta': 13,
  'bright-cyan': 14,
  'bright-white': 15,
} as const;

type ColourName = keyof typeof COLOURS;

export interface Style {
  readonly fg?: ColourName;
  readonly bg?: ColourName;
  readonly bold?: true;
  readonly dim?: true;
  readonly italic?: true;
  readonly underline?: true;
  readonly inverse?: true;
  readonly strike?: true;
}

/** Text in, text with SGR out; made once per theme, called for every piece of every row. */
export type Paint = (text: string) => string;

const ATTRIBUTES = [
  ['bold', 1, 22],
  ['dim', 2, 22],
  ['italic', 3, 23],
  ['underline', 4, 24],
  ['inverse', 7, 27],
  ['strike', 9, 29],
] as const;

export function makePaint(style: Style): Paint {
  const codes = styleCodes(style);
  if (codes.length === 0) return (text) => text;
  const open = `\x1b[${codes.map(([on]) => on).join(';')}m`;
  const ends = [...new Set(codes.map(([, off]) => off))];
  const close = `\x1b[${ends.join(';')}m`;
  // A piece inside that ends the same thing would end ours too: it is opened again after it.
  const inner = new RegExp(`\\u001b\\[(?:[0-9;]*;)?(?:${ends.join('|')}|0?)(?:;[0-9;]*)?m`, 'g');
  return (text) => {
    if (text === '') return '';
    return open + (text.includes('\x1b') ? text.replace(inner, (end) => end + open) : text) + close;
  };
}

function styleCodes(style: Style): (readonly [on: number, off: number])[] {
  const codes: (readonly [number, number])[] = [];
  for (const [name, on, off] of ATTRIBUTES) {
    if (style[name]) codes.push([on, off]);
  }
  if (style.fg) codes.push([foreground(COLOURS[style.fg]), 39]);
  if (style.bg) codes.push([foreground(COLOURS[style.bg]) + 10, 49]);
  return codes;
}

function foreground(index: number): number {
  return index < 8 ? 30 + index : 82 + index;
}
