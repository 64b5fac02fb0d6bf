// Mouse reports in SGR form (xterm's mode 1006): `ESC [ < buttons ; column ; row M` or `m`.

export interface MouseEvent {
  readonly kind: 'press' | 'release' | 'wheel';
  /** For the wheel: -1 up, 1 down; else 0. */
  readonly delta: number;
  readonly button: 'left' | 'middle' | 'right' | 'none';
  /** From 0. */
  readonly column: number;
  readonly row: number;
  readonly shift: boolean;
  readonly alt: boolean;
  readonly ctrl: boolean;
}

const BUTTONS = ['left', 'middle', 'right', 'none'] as const;
const MOTION = 32;
const WHEEL = 64;
const EXTRA = 128;

/** Undefined for motion, sideways wheels, extra buttons and nonsense. */
export function parseMouse(parameters: string, final: string): MouseEvent | undefined {
  const [code, column, row] = parameters.split(';').map(Number);
  if (code === undefined || !isPlace(column) || !isPlace(row)) return undefined;
  if (!Number.isInteger(code) || (code & (MOTION | EXTRA)) !== 0) return undefined;
  const isWheel = (code & WHEEL) !== 0;
  const low = code & 3;
  if (isWheel && low > 1) return undefined;
  return {
    kind: isWheel ? 'wheel' : final === 'M' ? 'press' : 'release',
    delta: isWheel ? (low === 0 ? -1 : 1) : 0,
    button: isWheel ? 'none' : BUTTONS[low]!,
    column: column - 1,
    row: row - 1,
    shift: (code & 4) !== 0,
    alt: (code & 8) !== 0,
    ctrl: (code & 16) !== 0,
  };
}

function isPlace(value: number | undefined): value is number {
  return value !== undefined && Number.isInteger(value) && value >= 1 && value <= 10_000;
}
