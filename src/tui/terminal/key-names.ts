// Which escape sequence is which key. Names are lower case with modifiers in front: `up`, `ctrl-d`, `shift-tab`,
// `alt-x`; what prints is its own name (`j`, `G`, `é`), except `space`.

/** Final bytes of `ESC [ … X` and `ESC O X`. */
const BY_FINAL: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  E: 'begin',
  F: 'end',
  H: 'home',
  P: 'f1',
  Q: 'f2',
  R: 'f3',
  S: 'f4',
};

/** Keypad in application mode, `ESC O X`. */
const KEYPAD: Readonly<Record<string, string>> = {
  M: 'enter',
  I: 'tab',
  ' ': 'space',
  j: '*',
  k: '+',
  l: ',',
  m: '-',
  n: '.',
  o: '/',
  X: '=',
};

/** `ESC [ n ~` (VT220 and rxvt). */
const BY_NUMBER: Readonly<Record<number, string>> = {
  1: 'home',
  2: 'insert',
  3: 'delete',
  4: 'end',
  5: 'pgup',
  6: 'pgdn',
  7: 'home',
  8: 'end',
  11: 'f1',
  12: 'f2',
  13: 'f3',
  14: 'f4',
  15: 'f5',
  17: 'f6',
  18: 'f7',
  19: 'f8',
  20: 'f9',
  21: 'f10',
  23: 'f11',
  24: 'f12',
};

/** `ESC [ [ X`, the Linux console. */
const CONSOLE: Readonly<Record<string, string>> = { A: 'f1', B: 'f2', C: 'f3', D: 'f4', E: 'f5' };

const CONTROL_PUNCTUATION: Readonly<Record<number, string>> = {
  0x00: 'ctrl-space',
  0x08: 'backspace',
  0x09: 'tab',
  0x0a: 'enter',
  0x0d: 'enter',
  0x1b: 'esc',
  0x1c: 'ctrl-\\',
  0x1d: 'ctrl-]',
  0x1e: 'ctrl-^',
  0x1f: 'ctrl-_',
  0x7f: 'backspace',
};

/** A C0 control or DEL. */
export function controlKey(code: number): string {
  return CONTROL_PUNCTUATION[code] ?? `ctrl-${String.fromCharCode(code + 0x60)}`;
}

export function printableKey(character: string): string {
  return character === ' ' ? 'space' : character;
}

/** What a key types into a text field; undefined for a key that moves or commands. */
export function keyText(key: string): string | undefined {
  if (key === 'space') return ' ';
  if (key.length === 1) return key;
  for (let at = 0; at < key.length; at++) {
    if (key.charCodeAt(at) > 0x7f) return key;
  }
  return undefined;
}

/** `ESC O X`. */
export function ss3Key(final: string): string | undefined {
  if (final >= 'p' && final <= 'y') return String(final.charCodeAt(0) - 0x70);
  return BY_FINAL[final] ?? KEYPAD[final];
}

export function consoleKey(final: string): string | undefined {
  return CONSOLE[final];
}

/** `ESC [ parameters final`; undefined for what is no key that we know. */
export function csiKey(parameters: string, final: string): string | undefined {
  const numbers = parameters.split(';').map(Number);
  const [first = 0, modifier = 1] = numbers;
  if (final === 'Z') return 'shift-tab';
  if (final === '~') {
    // `ESC [ 27 ; modifier ; code ~` is xterm's modifyOtherKeys.
    if (first === 27 && numbers[2] !== undefined) return codePointKey(numbers[2], modifier);
    return withModifiers(BY_NUMBER[first], modifier);
  }
  if (final === '^' || final === '$' || final === '@') {
    const rxvt = { '^': 5, $: 2, '@': 6 }[final];
    return withModifiers(BY_NUMBER[first], rxvt);
  }
  if (final === 'u') return codePointKey(first, modifier);
  if (final >= 'a' && final <= 'd') return withModifiers(BY_FINAL[final.toUpperCase()], 2);
  return withModifiers(BY_FINAL[final], modifier);
}

/** A key reported by its code point (`ESC [ code ; modifier u`). */
function codePointKey(code: number, modifier: number): string | undefined {
  if (!(code >= 0 && code <= 0x10ffff)) return undefined;
  const bits = modifierBits(modifier);
  if (code < 0x20 || code === 0x7f) return withModifiers(controlKey(code), modifier);
  if (code >= 0xd800 && code <= 0xdfff) return undefined;
  const character = String.fromCodePoint(code);
  // Shift is already in the character, or terminals differ about it.
  const name = printableKey(bits & SHIFT ? character.toUpperCase() : character);
  return withModifiers(name, 1 + (bits & ~SHIFT));
}

const SHIFT = 1;
const ALT = 2;
const CTRL = 4;
/** 1 and the bits of shift, alt, ctrl, super, hyper, meta, caps lock and num lock. */
const MAX_MODIFIER = 256;

function modifierBits(modifier: number): number {
  return Number.isInteger(modifier) && modifier > 1 ? (modifier - 1) & 7 : 0;
}

function withModifiers(name: string | undefined, modifier: number): string | undefined {
  if (name === undefined || modifier > MAX_MODIFIER) return undefined;
  const bits = modifierBits(modifier);
  const shift = bits & SHIFT ? 'shift-' : '';
  const alt = bits & ALT ? 'alt-' : '';
  const ctrl = bits & CTRL ? 'ctrl-' : '';
  return `${ctrl}${alt}${shift}${name}`;
}
