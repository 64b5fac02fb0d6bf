// The path in a header block: its name field, and the prefix field of those formats that have one.
import { readNumber, readText } from './tar-fields.ts';

const MAGIC_AT = 257;
const PREFIX_AT = 345;
const PREFIX_BYTES = 155;
/** star keeps times behind a shorter prefix. */
const STAR_PREFIX_BYTES = 131;
const STAR_TRAILER_AT = 508;
/** GNU keeps times where ustar has the prefix. */
const GNU_TIMES_AT = [345, 357] as const;
const TIME_BYTES = 12;
const EMPTY: Uint8Array = new Uint8Array(0);

export function headerName(block: Uint8Array): Uint8Array {
  const name = readText(block, 0, 100);
  const prefix = block[PREFIX_AT] === 0 ? EMPTY : readPrefix(block);
  return prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]);
}

export function isGnu(block: Uint8Array): boolean {
  return hasText(block, MAGIC_AT, 'ustar  \0');
}

function readPrefix(block: Uint8Array): Uint8Array {
  if (hasText(block, MAGIC_AT, 'ustar\0')) {
    const isStar = hasText(block, STAR_TRAILER_AT, 'tar\0');
    return readText(block, PREFIX_AT, isStar ? STAR_PREFIX_BYTES : PREFIX_BYTES);
  }
  return isGnu(block) ? readMisplacedPrefix(block) : EMPTY;
}

/** Go before 1.8, and so old docker, wrote the prefix into GNU headers too: where it is no time it is a prefix. */
function readMisplacedPrefix(block: Uint8Array): Uint8Array {
  const hasTimes = GNU_TIMES_AT.every(
    (at) => block[at] === 0 || readNumber(block, at, TIME_BYTES) !== undefined,
  );
  if (hasTimes) return EMPTY;
  const prefix = readText(block, PREFIX_AT, PREFIX_BYTES);
  return prefix.every((byte) => byte < 0x80) ? prefix : EMPTY;
}

function hasText(block: Uint8Array, at: number, text: string): boolean {
  for (let index = 0; index < text.length; index++)
    if (block[at + index] !== text.charCodeAt(index)) return false;
  return true;
}
