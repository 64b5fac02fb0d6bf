// Input that goes to a program as it came in, byte by byte, but for one key that ends that, pastes, and what the
// terminal itself says (answers, mouse). Pure: knows no time; a sequence that is not complete stays in it until the
// next chunk or until `flush`.
import { KeyTokens } from './key-tokens.ts';
import type { MouseEvent } from './mouse.ts';

export type RawPiece =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** Without its marks. A long one comes in pieces. */
  | { readonly kind: 'paste'; readonly bytes: Uint8Array }
  | { readonly kind: 'mouse'; readonly event: MouseEvent }
  | { readonly kind: 'status' }
  /** The key that ends it; `rest` came after it. */
  | { readonly kind: 'leave'; readonly rest: Uint8Array };

/** Longest control sequence that is waited for. */
const MAX_SEQUENCE = 256;
/** A larger paste is handed on in pieces. */
const MAX_PASTE_PIECE = 64 * 1024;
const PASTE_BEGIN = '\x1b[200~';
const PASTE_END = '\x1b[201~';

/** Complete, or the start of one: CSI, the Linux console's function keys, SS3, alt with a character, ESC alone. */
const SEQUENCE = /\x1b(?:\[\[[A-E]?|\[[0-?]*[ -/]*[@-Z\\-~]?|O[ -~]?|[^\x1b[O])?/y;
const COMPLETE = /^\x1b(?:\[\[[A-E]|\[[0-?]*[ -/]*[@-Z\\-~]|O[ -~]|[^\x1b[O])$/;

export class RawKeys {
  /** One character a byte. */
  #rest = '';
  #paste: string | undefined;

  /** Something incomplete waits: `flush` should be called if nothing more comes soon. */
  get pending(): boolean {
    return this.#rest !== '' && this.#paste === undefined;
  }

  /** `leaveKeys` are names of keys. */
  feed(chunk: Uint8Array, leaveKeys: readonly string[]): RawPiece[] {
    const input = this.#rest + latin1(chunk);
    this.#rest = '';
    const pieces: RawPiece[] = [];
    let from = 0;
    const handOn = (to: number): void => {
      if (to > from) pieces.push({ kind: 'bytes', bytes: bytesOf(input.slice(from, to)) });
    };
    for (let at = 0; at < input.length;) {
      if (this.#paste !== undefined) {
        at = this.#readPaste(input, at, pieces);
        from = at;
        continue;
      }
      const sequence = sequenceAt(input, at);
      if (!COMPLETE.test(sequence) && sequence.startsWith('\x1b') && at + sequence.length >= input.length) {
        if (sequence.length > MAX_SEQUENCE) break;
        handOn(at);
        this.#rest = input.slice(at);
        return pieces;
      }
      const next = at + sequence.length;
      if (sequence === PASTE_BEGIN) {
        handOn(at);
        this.#paste = '';
        from = next;
      } else {
        const special = readSpecial(sequence, leaveKeys);
        if (special) {
          handOn(at);
          from = next;
          if (special === 'leave') {
            pieces.push({ kind: 'leave', rest: bytesOf(input.slice(next)) });
            return pieces;
          }
          if (special !== 'nothing') pieces.push(special);
        }
      }
      at = next;
    }
    handOn(input.length);
    return pieces;
  }

  /** Nothing more came in time: it was what was typed. */
  flush(): RawPiece[] {
    const rest = this.#rest;
    this.#rest = '';
    return rest === '' ? [] : [{ kind: 'bytes', bytes: bytesOf(rest) }];
  }

  #readPaste(input: string, at: number, pieces: RawPiece[]): number {
    const end = input.indexOf(PASTE_END, at);
    if (end >= 0) {
      this.#paste += input.slice(at, end);
      pieces.push({ kind: 'paste', bytes: bytesOf(this.#paste!) });
      this.#paste = undefined;
      return end + PASTE_END.length;
    }
    // The end mark may be torn apart by the network.
    const kept = tornEnd(input, at);
    this.#paste += input.slice(at, input.length - kept);
    this.#rest = input.slice(input.length - kept);
    if (this.#paste!.length > MAX_PASTE_PIECE) {
      pieces.push({ kind: 'paste', bytes: bytesOf(this.#paste!) });
      this.#paste = '';
    }
    return input.length;
  }
}

function sequenceAt(input: string, at: number): string {
  if (input[at] !== '\x1b') return input[at]!;
  SEQUENCE.lastIndex = at;
  return SEQUENCE.exec(input)![0];
}

/** What is not the program's, if it is not. */
function readSpecial(
  sequence: string,
  leaveKeys: readonly string[],
): 'leave' | 'nothing' | Exclude<RawPiece, { kind: 'leave' }> | undefined {
  const code = sequence.charCodeAt(0);
  // Most of what is typed.
  if (code !== 0x1b && code >= 0x20 && code !== 0x7f && !leaveKeys.includes(sequence)) return undefined;
  const reader = new KeyTokens();
  const [token] = [...reader.feed(sequence), ...reader.flush()];
  switch (token?.kind) {
    case 'key':
      return leaveKeys.includes(token.key) ? 'leave' : undefined;
    case 'status':
      return { kind: 'status' };
    case 'mouse':
      return { kind: 'mouse', event: token.event };
    case 'focus':
      return 'nothing';
    default:
      // A report of the mouse that nobody needs, such as motion.
      return sequence.startsWith('\x1b[<') ? 'nothing' : undefined;
  }
}

function tornEnd(input: string, from: number): number {
  for (let length = Math.min(PASTE_END.length - 1, input.length - from); length > 0; length--)
    if (input.endsWith(PASTE_END.slice(0, length))) return length;
  return 0;
}

function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
