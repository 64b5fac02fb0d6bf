// Paths are raw (one character a byte), patterns think in characters: `?` is one character of UTF-8 or one stray byte.

/** Stray bytes get numbers behind all code points, so that they equal themselves alone. */
const STRAY = 0x110000;

/** Code points of a raw name; a byte that is no part of valid UTF-8 counts for itself. */
export function rawRunes(raw: string): number[] {
  const runes: number[] = [];
  for (let at = 0; at < raw.length;) {
    const lead = raw.charCodeAt(at);
    const length = lead < 0x80 ? 1 : sequenceLength(raw, at, lead);
    if (length === 0) runes.push(STRAY + lead);
    else runes.push(length === 1 ? lead : decode(raw, at, length));
    at += Math.max(length, 1);
  }
  return runes;
}

/** The raw form of runes: what `rawRunes` was given. */
export function runesToRaw(runes: readonly number[]): string {
  let raw = '';
  for (const rune of runes) {
    if (rune < 0x80) raw += String.fromCharCode(rune);
    else if (rune >= STRAY) raw += String.fromCharCode(rune - STRAY);
    else raw += textToRaw(String.fromCodePoint(rune));
  }
  return raw;
}

/** Text as raw bytes of its UTF-8. */
export function textToRaw(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** 0: no valid sequence starts here. */
function sequenceLength(raw: string, at: number, lead: number): number {
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  for (let i = 1; i < length; i++) {
    const byte = raw.charCodeAt(at + i);
    if (!(byte >= 0x80 && byte < 0xc0)) return 0;
  }
  if (length < 3) return length;
  const code = decode(raw, at, length);
  const isOverlong = code < (length === 3 ? 0x800 : 0x10000);
  return isOverlong || (code >= 0xd800 && code < 0xe000) || code >= STRAY ? 0 : length;
}

function decode(raw: string, at: number, length: number): number {
  let code = raw.charCodeAt(at) & (0xff >> (length + 1));
  for (let i = 1; i < length; i++) code = (code << 6) | (raw.charCodeAt(at + i) & 0x3f);
  return code;
}
