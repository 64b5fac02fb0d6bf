// Fields of a 512-byte tar header block: octal and base-256 numbers, NUL-ended text, the checksum (POSIX ustar, GNU).

export const BLOCK_BYTES = 512;

const CHECKSUM_AT = 148;
const SPACE = 0x20;
const ZERO = 0x30;
const SEVEN = 0x37;

/**
 * undefined for text that is no octal number. Old writers put spaces or NULs in front, any may put them behind. GNU's
 * base-256 form may be negative.
 */
export function readNumber(block: Uint8Array, at: number, length: number): number | undefined {
  if ((block[at]! & 0x80) !== 0) return readBase256(block, at, length);
  let index = at;
  const end = at + length;
  while (index < end && (block[index] === SPACE || block[index] === 0)) index++;
  let value = 0;
  for (; index < end; index++) {
    const byte = block[index]!;
    if (byte === 0) return value;
    if (byte === SPACE) return onlySpaces(block, index, end) ? value : undefined;
    if (byte < ZERO || byte > SEVEN) return undefined;
    value = value * 8 + (byte - ZERO);
  }
  return value;
}

function onlySpaces(block: Uint8Array, at: number, end: number): boolean {
  for (let index = at; index < end && block[index] !== 0; index++) if (block[index] !== SPACE) return false;
  return true;
}

function readBase256(block: Uint8Array, at: number, length: number): number | undefined {
  const negative = block[at] === 0xff;
  let value = negative ? -1 : block[at]! & 0x7f;
  for (let index = at + 1; index < at + length; index++) value = value * 256 + block[index]!;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Of a part. Not `slice`, which for a Buffer is a view: what is read next lies in the same memory. */
export function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.subarray(start, end));
}

/** Bytes up to the first NUL, a copy. */
export function readText(block: Uint8Array, at: number, length: number): Uint8Array {
  let end = at;
  while (end < at + length && block[end] !== 0) end++;
  return copyOf(block, at, end);
}

/** The sum is unsigned by the standard; some old writers added signed bytes. */
export function hasValidChecksum(block: Uint8Array): boolean {
  const expected = readNumber(block, CHECKSUM_AT, 8);
  let unsigned = 0;
  if (block.byteOffset % 4 === 0)
    unsigned = sumOfWords(new Uint32Array(block.buffer, block.byteOffset, BLOCK_BYTES / 4));
  else for (let index = 0; index < BLOCK_BYTES; index++) unsigned += block[index]!;
  for (let index = CHECKSUM_AT; index < CHECKSUM_AT + 8; index++) unsigned += SPACE - block[index]!;
  return expected === unsigned || expected === signedSum(block);
}

function signedSum(block: Uint8Array): number {
  let sum = 8 * SPACE;
  for (let index = 0; index < BLOCK_BYTES; index++) {
    if (index >= CHECKSUM_AT && index < CHECKSUM_AT + 8) continue;
    sum += (block[index]! << 24) >> 24;
  }
  return sum;
}

export function isZeroBlock(block: Uint8Array): boolean {
  if (block[0] !== 0) return false;
  for (let index = 1; index < BLOCK_BYTES; index++) if (block[index] !== 0) return false;
  return true;
}

/** Bytes that a body of this size takes in the tar. */
export function paddedBytes(sizeBytes: number): number {
  return Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES;
}

function sumOfWords(words: Uint32Array): number {
  let even = 0;
  let odd = 0;
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    even += word & 0x00ff00ff;
    odd += (word >>> 8) & 0x00ff00ff;
  }
  return (even & 0xffff) + (even >>> 16) + (odd & 0xffff) + (odd >>> 16);
}
