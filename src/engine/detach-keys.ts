// The keys that leave a container's terminal, and the stream that sees them go by.
import { Transform, type TransformCallback } from 'node:stream';
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';

export const DEFAULT_DETACH_KEYS = 'ctrl-p,ctrl-q';
const CONTROL = /^ctrl-([a-z@[\\\]^_])$/i;

/** Bytes of `ctrl-p,ctrl-q` or `a,b`; an empty text has none. Throws `invalid-argument`. */
export function parseDetachKeys(text: string): Uint8Array {
  if (text === '') return new Uint8Array();
  return Uint8Array.from(text.split(','), (key) => {
    const control = CONTROL.exec(key)?.[1];
    if (control !== undefined) return control.toUpperCase().charCodeAt(0) & 0x1f;
    if (/^[\x20-\x7e]$/.test(key)) return key.charCodeAt(0);
    throw new PhylloError(
      'invalid-argument',
      `read detach keys ${safeText(text)}: unknown key ${safeText(key)}`,
      {
        hint: 'Keys are single characters and ctrl-<letter>, with commas between them.',
      },
    );
  });
}

/**
 * Passes bytes through until the keys were all pressed one after the other, in one chunk or several; then it calls back
 * once and ends. Keys that begin the sequence wait for the next one, as with docker.
 */
export class DetachFilter extends Transform {
  private readonly keys: Uint8Array;
  private readonly onDetach: () => void;
  /** How many keys still match, from the first on, when the key after the first n does not. */
  private readonly fallbacks: readonly number[];
  private matched = 0;
  private detached = false;

  constructor(keys: Uint8Array, onDetach: () => void) {
    super();
    this.keys = keys;
    this.fallbacks = fallbacksOf(keys);
    this.onDetach = onDetach;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.detached) return done();
    if (this.keys.length === 0) return done(null, chunk);
    const passed = Buffer.alloc(chunk.length + this.matched);
    let passedBytes = 0;
    for (const byte of chunk) {
      passedBytes = this.step(byte, passed, passedBytes);
      if (this.matched === this.keys.length) return this.detach(passed.subarray(0, passedBytes), done);
    }
    done(null, passed.subarray(0, passedBytes));
  }

  override _flush(done: TransformCallback): void {
    done(null, Buffer.from(this.detached ? [] : this.keys.subarray(0, this.matched)));
  }

  /** What turns out not to be the sequence goes on, except for its tail that may begin the sequence anew. */
  private step(byte: number, passed: Buffer, start: number): number {
    let at = start;
    while (this.matched > 0 && this.keys[this.matched] !== byte) {
      const kept = this.fallbacks[this.matched]!;
      passed.set(this.keys.subarray(0, this.matched - kept), at);
      at += this.matched - kept;
      this.matched = kept;
    }
    if (this.keys[this.matched] === byte) this.matched++;
    else passed[at++] = byte;
    return at;
  }

  private detach(passed: Buffer, done: TransformCallback): void {
    this.detached = true;
    if (passed.length > 0) this.push(passed);
    this.push(null);
    this.onDetach();
    done();
  }
}

/** For each n, the longest beginning of the keys that the first n keys end with, other than all n. */
function fallbacksOf(keys: Uint8Array): number[] {
  const fallbacks = [0, 0];
  for (let length = 2; length < keys.length; length++) {
    let kept = fallbacks[length - 1]!;
    while (kept > 0 && keys[kept] !== keys[length - 1]) kept = fallbacks[kept]!;
    fallbacks.push(keys[kept] === keys[length - 1] ? kept + 1 : 0);
  }
  return fallbacks;
}
