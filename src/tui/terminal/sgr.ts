// SGR parameters (ECMA-48 8.3.117, ITU-T T.416 colours) to a pen.
import {
  DEFAULT_COLOUR,
  paletteColour,
  reduceColour,
  rgbColour,
  type Colour,
  type ColourDepth,
} from './colour.ts';
import { BOLD, DIM, INVERSE, ITALIC, PLAIN_PEN, STRIKE, UNDERLINE, type Pen } from './pen.ts';

const SET: Readonly<Record<number, number>> = {
  1: BOLD,
  2: DIM,
  3: ITALIC,
  4: UNDERLINE,
  7: INVERSE,
  9: STRIKE,
};
const CLEAR: Readonly<Record<number, number>> = {
  22: BOLD | DIM,
  23: ITALIC,
  24: UNDERLINE,
  27: INVERSE,
  29: STRIKE,
};

export class SgrState {
  pen: Pen = PLAIN_PEN;
  readonly #depth: ColourDepth;

  constructor(depth: ColourDepth) {
    this.#depth = depth;
  }

  /** Everything between `ESC[` and `m`. What is unknown is passed over. */
  apply(parameters: string): void {
    if (parameters === '' || parameters === '0') {
      this.pen = PLAIN_PEN;
      return;
    }
    const parts = parameters.split(';');
    for (let at = 0; at < parts.length; at++) {
      const part = parts[at]!;
      if (part.includes(':')) {
        this.#applyColons(part.split(':'));
        continue;
      }
      const code = Number(part);
      if (code === 38 || code === 48) at += this.#applyColour(code, parts.slice(at + 1, at + 5));
      else this.#applyCode(code);
    }
  }

  #applyCode(code: number): void {
    const { attributes } = this.pen;
    if (code === 0) this.pen = PLAIN_PEN;
    else if (code === 21) this.#with({ attributes: attributes | UNDERLINE });
    else if (SET[code] !== undefined) this.#with({ attributes: attributes | SET[code] });
    else if (CLEAR[code] !== undefined) this.#with({ attributes: attributes & ~CLEAR[code] });
    else if (code >= 30 && code <= 37) this.#colour(38, paletteColour(code - 30));
    else if (code >= 40 && code <= 47) this.#colour(48, paletteColour(code - 40));
    else if (code >= 90 && code <= 97) this.#colour(38, paletteColour(code - 82));
    else if (code >= 100 && code <= 107) this.#colour(48, paletteColour(code - 92));
    else if (code === 39) this.#colour(38, DEFAULT_COLOUR);
    else if (code === 49) this.#colour(48, DEFAULT_COLOUR);
  }

  /** `38;5;n` and `38;2;r;g;b`. Returns how many of `rest` belonged to it. */
  #applyColour(target: number, rest: readonly string[]): number {
    const values = rest.map(Number);
    if (values[0] === 5 && values.length >= 2) {
      this.#colour(target, paletteColour(values[1]!));
      return 2;
    }
    if (values[0] === 2 && values.length >= 4) {
      this.#colour(target, rgbColour(values[1]!, values[2]!, values[3]!));
      return 4;
    }
    return 0;
  }

  /** `4:3` (kinds of underline), `38:5:n`, `38:2::r:g:b`. */
  #applyColons(parts: readonly string[]): void {
    const code = Number(parts[0]);
    if (code === 4) {
      this.#applyCode(parts[1] === '0' ? 24 : 4);
    } else if (code === 38 || code === 48) {
      const values = parts.slice(1);
      if (values[0] === '2' && values.length >= 5) values.splice(1, 1);
      this.#applyColour(code, values);
    }
  }

  #colour(target: number, colour: Colour): void {
    const shown = reduceColour(colour, this.#depth);
    this.#with(target === 38 ? { fg: shown } : { bg: shown });
  }

  #with(change: Partial<Pen>): void {
    this.pen = { ...this.pen, ...change };
  }
}
