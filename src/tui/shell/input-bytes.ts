// Keys for a program in a container, as bytes. Raw input goes through as it is; what differs is what the program has
// asked its own terminal for.

/** Arrows, Home and End of a terminal in normal mode become those of application mode (DECCKM). */
export function forCursorMode(bytes: Uint8Array, applicationCursor: boolean): Uint8Array {
  const isPlain = bytes.length === 3 && bytes[0] === 0x1b && bytes[1] === 0x5b;
  if (!applicationCursor || !isPlain || !/[A-DFH]/.test(String.fromCharCode(bytes[2]!))) return bytes;
  return Uint8Array.of(0x1b, 0x4f, bytes[2]!);
}

const NAMED: Readonly<Record<string, string>> = {
  enter: '\r',
  tab: '\t',
  'shift-tab': '\x1b[Z',
  space: ' ',
  backspace: '\x7f',
  esc: '\x1b',
  delete: '\x1b[3~',
  insert: '\x1b[2~',
  pgup: '\x1b[5~',
  pgdn: '\x1b[6~',
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  home: '\x1b[H',
  end: '\x1b[F',
  'ctrl-space': '\0',
};

/** Bytes of a key by its name: for keys that were read before the terminal was entered, in one chunk with that key. */
export function bytesOfKey(key: string): Uint8Array | undefined {
  const named = NAMED[key];
  if (named !== undefined) return encoder.encode(named);
  const alt = /^alt-(.+)$/u.exec(key)?.[1];
  if (alt !== undefined) {
    const rest = bytesOfKey(alt);
    return rest && Uint8Array.of(0x1b, ...rest);
  }
  const control = /^ctrl-([a-z\\\]^_])$/.exec(key)?.[1];
  if (control !== undefined) return Uint8Array.of(control.toUpperCase().charCodeAt(0) & 0x1f);
  const isText = Array.from(key).length === 1 || /[^\0-\x7f]/.test(key);
  return isText ? encoder.encode(key) : undefined;
}

const encoder = new TextEncoder();

const PASTE_BEGIN = encoder.encode('\x1b[200~');
const PASTE_END = encoder.encode('\x1b[201~');

/** What was pasted, marked as such for a program that wants to know. */
export function pasted(bytes: Uint8Array, bracketed: boolean): Uint8Array {
  if (!bracketed) return bytes;
  const all = new Uint8Array(PASTE_BEGIN.length + bytes.length + PASTE_END.length);
  all.set(PASTE_BEGIN);
  all.set(bytes, PASTE_BEGIN.length);
  all.set(PASTE_END, PASTE_BEGIN.length + bytes.length);
  return all;
}
