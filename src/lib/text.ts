// The only place that decides what foreign text may reach a terminal.
// Names, contents, configs, history, logs and registry answers all pass through here before they are shown.

/** C0, DEL, C1, bidi controls, zero-width and other invisible format characters, line and paragraph separators. */
const UNSAFE_RANGES: readonly (readonly [first: number, last: number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xd800, 0xdfff],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffb],
  [0x1bca0, 0x1bca3],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe0fff],
];

/** In a `u` regular expression a surrogate range matches lone surrogates alone. */
const UNSAFE = new RegExp(
  `[${UNSAFE_RANGES.map(([first, last]) => `\\u{${hex(first, 1)}}-\\u{${hex(last, 1)}}`).join('')}]`,
  'gu',
);

/** Foreign text as one safe line: every unsafe character becomes a visible escape (`\x1b`, `\n`, `\u202e`). */
export function safeText(text: string): string {
  return text.replace(UNSAFE, escapeCharacter);
}

/** Like `safeText` but keeps line feeds, for text that is printed as several lines. */
export function safeLines(text: string): string {
  return text.split('\n').map(safeText).join('\n');
}

/** Raw name bytes as safe text for a screen: UTF-8 is decoded, every other byte shows as `\xNN`. */
export function safeBytes(bytes: Uint8Array): string {
  return safeText(decodeLossless(bytes));
}

/**
 * Raw name bytes as text for machine output. UTF-8 is kept as it is; in a name that is not UTF-8 every stray byte
 * is `\xNN` and every backslash doubled, so that the bytes can be had back.
 */
export function escapeBytes(bytes: Uint8Array): string {
  return decodeLossless(bytes);
}

export function isUtf8(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeLossless(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return decodeBroken(bytes);
  }
}

/** Walks byte by byte: the longest valid sequence at each place is kept, anything else is `\xNN`. */
function decodeBroken(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes[at]!);
    const piece = bytes.subarray(at, at + length);
    if (length > 0 && piece.length === length && isUtf8(piece)) {
      text += strict.decode(piece).replaceAll('\\', '\\\\');
      at += length;
    } else {
      text += `\\x${hex(bytes[at]!, 2)}`;
      at++;
    }
  }
  return text;
}

function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  if (lead >= 0xf0 && lead < 0xf5) return 4;
  return 0;
}

function escapeCharacter(character: string): string {
  switch (character) {
    case '\n':
      return '\\n';
    case '\r':
      return '\\r';
    case '\t':
      return '\\t';
  }
  const code = character.codePointAt(0)!;
  if (code <= 0xff) return `\\x${hex(code, 2)}`;
  return code <= 0xffff ? `\\u${hex(code, 4)}` : `\\u{${hex(code, 1)}}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
