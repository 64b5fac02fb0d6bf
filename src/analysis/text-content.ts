// A file's content as lines of text, or as bytes: told apart by what is in it. Reads are bounded whatever the size.
import type { FileContent } from '../tree/content.ts';

/** What is read at most; the rest is had by extracting. */
export const MAX_TEXT_BYTES = 2 * 1024 * 1024;
const SNIFF_BYTES = 8 * 1024;

export interface FileText {
  readonly kind: 'text';
  /** Raw lines, not yet safe to show. */
  readonly lines: readonly string[];
  readonly sizeBytes: number;
  readonly truncated: boolean;
}

export interface FileBinary {
  readonly kind: 'binary';
  readonly sizeBytes: number;
}

export async function readText(content: FileContent): Promise<FileText | FileBinary> {
  const { sizeBytes } = content;
  const head = await content.read(0, SNIFF_BYTES);
  if (looksBinary(head, sizeBytes > head.length)) return { kind: 'binary', sizeBytes };
  const data = await content.read(0, MAX_TEXT_BYTES);
  const truncated = data.length < sizeBytes;
  const text = new TextDecoder().decode(data, { stream: truncated });
  const lines = text.split('\n');
  if (!truncated && lines.at(-1) === '') lines.pop();
  return { kind: 'text', lines, sizeBytes, truncated };
}

/** A NUL, or bytes that are not UTF-8 (a character that the end of `head` cuts is none of them). */
export function looksBinary(head: Uint8Array, cut: boolean): boolean {
  if (head.includes(0)) return true;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: cut });
    return false;
  } catch {
    return true;
  }
}
