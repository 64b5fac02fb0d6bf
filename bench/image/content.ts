// Bytes that look like those of real files to a compressor: a third remains. The same for the same seed, always.

const POOL_BYTES = 16 * 1024 * 1024;
const WORDS = 3000;
/** Of every twelve pieces of the pool one is noise: what images have of pictures, archives and machine code. */
const NOISE_EVERY = 12;
const PIECE_BYTES = 1024;

export type Random = () => number;

/** Numbers in [0, 1), from a 32-bit seed (mulberry32). */
export function random(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** FNV-1a: a seed for every path. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

export function word(next: Random): string {
  const length = 2 + Math.floor(next() * 9);
  return Array.from({ length }, () => String.fromCharCode(97 + Math.floor(next() ** 2 * 26))).join('');
}

/** What all contents are cut from: wider apart than a compressor looks back. */
export class ContentPool {
  private readonly bytes = Buffer.alloc(POOL_BYTES);

  constructor() {
    const next = random(1);
    const words = Array.from({ length: WORDS }, () => word(next));
    for (let at = 0; at < POOL_BYTES; at += PIECE_BYTES) {
      if (next() < 1 / NOISE_EVERY) this.noise(at, next);
      else this.bytes.write(text(words, next), at, PIECE_BYTES, 'latin1');
    }
  }

  private noise(at: number, next: Random): void {
    for (let index = at; index < at + PIECE_BYTES; index++) this.bytes[index] = next() * 256;
  }

  /** Bytes in pieces of at most the pool's size. */
  *cut(sizeBytes: number, seed: number): Generator<Uint8Array> {
    let start = Math.floor(random(seed)() * POOL_BYTES);
    for (let left = sizeBytes; left > 0;) {
      const piece = this.bytes.subarray(start, start + left);
      left -= piece.length;
      start = 0;
      yield piece;
    }
  }
}

/** A kilobyte of words, the first ones far more often than the last. */
function text(words: readonly string[], next: Random): string {
  let line = '';
  while (line.length < PIECE_BYTES) {
    line += words[Math.floor(next() ** 3 * WORDS)]! + (next() < 0.1 ? '\n' : ' ');
  }
  return line;
}
