// Bytes or a string to the lines of a Dockerfile. What cannot be a text is refused here, once.
import type { Position } from './instruction.ts';

export interface SourceText {
  /** Without line feeds; a carriage return at the end of a line is still there. */
  readonly lines: readonly string[];
  /** Some bytes are no UTF-8 and became U+FFFD. */
  readonly isBroken: boolean;
}

export interface Refusal {
  readonly message: string;
  readonly place: Position;
  readonly hint: string;
}

/** Bytes, as BuildKit has it. */
const MAX_LINE_BYTES = 65_535;

export function openSource(input: string | Uint8Array): SourceText | Refusal {
  if (typeof input !== 'string' && isUtf16(input)) {
    return {
      message: 'the file is UTF-16, a Dockerfile is UTF-8',
      place: { line: 1, column: 1 },
      hint: 'save it as UTF-8',
    };
  }
  const text = withoutMark(typeof input === 'string' ? input : new TextDecoder('utf-8').decode(input));
  const nul = text.indexOf('\0');
  if (nul >= 0) {
    return {
      message: 'the file holds a NUL byte',
      place: placeOf(text, nul),
      hint: 'a Dockerfile is a text; is this another kind of file?',
    };
  }
  return { lines: splitLines(text), isBroken: typeof input !== 'string' && text.includes('\ufffd') };
}

/** Lines as every part of this folder counts them: a line ends at a line feed, and nothing follows the last one. */
export function splitLines(text: string): readonly string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

export function withoutMark(text: string): string {
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

/** Without the carriage returns at its end. */
export function withoutBreak(line: string): string {
  let end = line.length;
  while (end > 0 && line[end - 1] === '\r') end--;
  return line.slice(0, end);
}

export function isTooLong(line: string): boolean {
  return line.length * 3 > MAX_LINE_BYTES && Buffer.byteLength(line) > MAX_LINE_BYTES;
}

/** By its mark, or by one of the first two bytes being NUL. */
function isUtf16(bytes: Uint8Array): boolean {
  if (bytes.length < 2) return false;
  const [first, second] = [bytes[0]!, bytes[1]!];
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
  return (first === 0) !== (second === 0);
}

function placeOf(text: string, offset: number): Position {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: before.at(-1)!.length + 1 };
}
