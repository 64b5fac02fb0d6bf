// Collects one bracketed paste: bounded, however long it is, and made harmless.

/** Characters that are kept of a paste. */
export const MAX_PASTE = 64 * 1024;
const END = '\x1b[201~';

export class PasteBuffer {
  truncated = false;
  complete = false;
  #pieces: string[] = [];
  #length = 0;

  /**
   * Takes `input` from `at` on. Returns where the paste ends, or how far it got: an end mark that may be torn apart
   * is left for the next chunk.
   */
  add(input: string, at: number): number {
    const end = input.indexOf(END, at);
    if (end >= 0) {
      this.#keep(input.slice(at, end));
      this.complete = true;
      return end + END.length;
    }
    const stop = input.length - tornEnd(input, at);
    this.#keep(input.slice(at, stop));
    return stop;
  }

  #keep(text: string): void {
    const room = MAX_PASTE - this.#length;
    if (text.length > room) this.truncated = true;
    const kept = text.slice(0, room);
    this.#length += kept.length;
    if (kept !== '') this.#pieces.push(kept);
  }

  /** One line without controls. */
  text(): string {
    return this.#pieces
      .join('')
      .replace(/\r\n|[\r\n\t\u2028\u2029]/g, ' ')
      .replace(/[\u0000-\u001f\u007f-\u009f]/g, '')
      .toWellFormed();
  }
}

/** Length of the longest start of the end mark that `input` ends with. */
function tornEnd(input: string, from: number): number {
  for (let length = Math.min(END.length - 1, input.length - from); length > 0; length--) {
    if (input.endsWith(END.slice(0, length))) return length;
  }
  return 0;
}
