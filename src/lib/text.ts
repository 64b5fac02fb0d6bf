// The only place that decides what foreign text may reach a terminal.
// Names, contents, configs, history, logs and registry answers all pass through here before they are shown.

/** C0, DEL, C1, bidi controls, zero-width and other invisible format characters, line and paragraph separators. */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb]|[\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;

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
  for (let at = 0; at < bytes.length; ) {
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
