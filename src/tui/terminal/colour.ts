// Colours as numbers, and what is left of them on a terminal that can show fewer.

export type ColourDepth = 'none' | '16' | '256' | 'truecolor';

/** 0 is the terminal's default, 1-256 are palette entries 0-255, 0x1000000 and up are red-green-blue. */
export type Colour = number;

export const DEFAULT_COLOUR: Colour = 0;

export function paletteColour(index: number): Colour {
  return (index & 0xff) + 1;
}

export function rgbColour(red: number, green: number, blue: number): Colour {
  return 0x1000000 | ((red & 0xff) << 16) | ((green & 0xff) << 8) | (blue & 0xff);
}

/** The SGR parameters that select a colour; `background` is 10 more in every form. */
export function colourParameters(colour: Colour, background: boolean): string {
  const shift = background ? 10 : 0;
  if (colour === DEFAULT_COLOUR) return `${39 + shift}`;
  if (colour >= 0x1000000) {
    return `${38 + shift};2;${(colour >> 16) & 0xff};${(colour >> 8) & 0xff};${colour & 0xff}`;
  }
  const index = colour - 1;
  if (index < 8) return `${30 + index + shift}`;
  if (index < 16) return `${90 + index - 8 + shift}`;
  return `${38 + shift};5;${index}`;
}

export function reduceColour(colour: Colour, depth: ColourDepth): Colour {
  if (colour === DEFAULT_COLOUR || depth === 'truecolor') return colour;
  if (depth === 'none') return DEFAULT_COLOUR;
  const isRgb = colour >= 0x1000000;
  if (depth === '256') return isRgb ? paletteColour(nearestOf256(colour)) : colour;
  if (!isRgb && colour <= 16) return colour;
  return paletteColour(nearestOf16(isRgb ? colour : paletteRgb(colour - 1)));
}

/** xterm's first 16, the usual reference when the terminal's own are unknown. */
const BASIC: readonly number[] = [
  0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000,
  0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
];
const CUBE: readonly number[] = [0, 95, 135, 175, 215, 255];

function paletteRgb(index: number): number {
  if (index < 16) return BASIC[index]!;
  if (index >= 232) return (8 + (index - 232) * 10) * 0x010101;
  const cube = index - 16;
  return (CUBE[Math.floor(cube / 36)]! << 16) | (CUBE[Math.floor(cube / 6) % 6]! << 8) | CUBE[cube % 6]!;
}

function nearestOf16(rgb: number): number {
  return nearest(rgb, 0, 16);
}

function nearestOf256(rgb: number): number {
  return nearest(rgb, 16, 256);
}

function nearest(rgb: number, from: number, to: number): number {
  let best = from;
  let bestDistance = Infinity;
  for (let index = from; index < to; index++) {
    const distance = squaredDistance(rgb, paletteRgb(index));
    if (distance < bestDistance) {
      bestDistance = distance;
      best = index;
    }
  }
  return best;
}

function squaredDistance(a: number, b: number): number {
  const red = ((a >> 16) & 0xff) - ((b >> 16) & 0xff);
  const green = ((a >> 8) & 0xff) - ((b >> 8) & 0xff);
  const blue = (a & 0xff) - (b & 0xff);
  return red * red + green * green + blue * blue;
}
