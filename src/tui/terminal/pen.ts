// The pen: colours and attributes that the terminal applies to what is written next, and the shortest way from one
// to another.
import { colourParameters, DEFAULT_COLOUR, type Colour } from './colour.ts';

export const BOLD = 1;
export const DIM = 2;
export const ITALIC = 4;
export const UNDERLINE = 8;
export const INVERSE = 16;
export const STRIKE = 32;

/** Attributes that show on a blank cell. */
export const VISIBLE_ON_BLANK = UNDERLINE | INVERSE | STRIKE;

export interface Pen {
  readonly fg: Colour;
  readonly bg: Colour;
  readonly attributes: number;
}

export const PLAIN_PEN: Pen = { fg: DEFAULT_COLOUR, bg: DEFAULT_COLOUR, attributes: 0 };

const ON: readonly (readonly [bit: number, parameter: string])[] = [
  [BOLD, '1'],
  [DIM, '2'],
  [ITALIC, '3'],
  [UNDERLINE, '4'],
  [INVERSE, '7'],
  [STRIKE, '9'],
];
const OFF: readonly (readonly [bits: number, parameter: string])[] = [
  [BOLD | DIM, '22'],
  [ITALIC, '23'],
  [UNDERLINE, '24'],
  [INVERSE, '27'],
  [STRIKE, '29'],
];

/** The SGR sequence that turns the pen `from` into `to`, empty when they are the same. */
export function changePen(from: Pen, to: Pen): string {
  if (from.fg === to.fg && from.bg === to.bg && from.attributes === to.attributes) return '';
  const parts: string[] = [];
  let kept = from.attributes;
  for (const [bits, parameter] of OFF) {
    // One parameter ends both bold and dim, so the one that stays is switched on again below.
    if ((kept & ~to.attributes & bits) === 0) continue;
    parts.push(parameter);
    kept &= ~bits;
  }
  addAttributes(parts, to.attributes & ~kept);
  if (from.fg !== to.fg) parts.push(colourParameters(to.fg, false));
  if (from.bg !== to.bg) parts.push(colourParameters(to.bg, true));
  const step = parts.join(';');
  const fresh = fromReset(to);
  return `\x1b[${fresh.length < step.length ? fresh : step}m`;
}

/** Parameters that reach `to` from any pen. */
function fromReset(to: Pen): string {
  // An empty first parameter is 0, reset: `ESC[m`, `ESC[;1m`.
  const parts = [''];
  addAttributes(parts, to.attributes);
  if (to.fg !== DEFAULT_COLOUR) parts.push(colourParameters(to.fg, false));
  if (to.bg !== DEFAULT_COLOUR) parts.push(colourParameters(to.bg, true));
  return parts.join(';');
}

function addAttributes(parts: string[], bits: number): void {
  for (const [bit, parameter] of ON) {
    if ((bits & bit) !== 0) parts.push(parameter);
  }
}
