// Names inside a container are bytes. The tree keeps them as strings of one code unit a byte (latin1); the shell has text:
// a byte that is no UTF-8 becomes a lone surrogate there (U+DC80 to U+DCFF) and the same byte again on its way back.

const ESCAPE = 0xdc00;

export function toByteName(text: string): string {
  if (isAscii(text)) return text;
  let name = '';
  for (const character of text) {
    const code = character.codePointAt(0)!;
    name +=
      code >= ESCAPE + 0x80 && code <= ESCAPE + 0xff
        ? String.fromCharCode(code - ESCAPE)
        : Buffer.from(character).toString('latin1');
  }
  return name;
}

export function toTextName(name: string): string {
  if (isAscii(name)) return name;
  const bytes = Buffer.from(name, 'latin1');
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    text += length === 0 ? String.fromCharCode(ESCAPE + bytes[at]!) : bytes.toString('utf8', at, at + length);
    at += Math.max(1, length);
  }
  return text;
}

export function toBytes(name: string): Uint8Array {
  return Buffer.from(name, 'latin1');
}

export function fromBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

/** Text of the shell as the bytes that it stands for. */
export function encodeText(text: string): Uint8Array {
  return /[\udc80-\udcff]/.test(text) ? toBytes(toByteName(text)) : Buffer.from(text);
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}

/** Of the valid UTF-8 sequence at `at`; 0 when there is none. */
function sequenceLength(bytes: Buffer, at: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return 1;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  const piece = bytes.subarray(at, at + length);
  return piece.length === length && Buffer.from(piece.toString('utf8')).equals(piece) ? length : 0;
}
