// JSON for terminals and programs alike: characters that could steer a terminal are written as \u escapes, which say
// the same to every reader of JSON.
import { escapeBytes, isUtf8, safeText } from '../lib/text.ts';

export function safeJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(/[^\n\x20-\x7e]/gu, (character) =>
    safeText(character) === character ? character : unicodeEscape(character),
  );
}

function unicodeEscape(character: string): string {
  return Array.from({ length: character.length }, (_, at) => {
    return `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
  }).join('');
}

/** `{path}`, and `pathBase64` beside it where the bytes are not UTF-8 and the text is only their escaped form. */
export function bytesField(name: string, bytes: Uint8Array): Record<string, string> {
  const text = escapeBytes(bytes);
  return isUtf8(bytes)
    ? { [name]: text }
    : { [name]: text, [`${name}Base64`]: Buffer.from(bytes).toString('base64') };
}

export interface DocumentParts {
  readonly schema: string;
  /** Everything before the list. */
  readonly head: Readonly<Record<string, unknown>>;
  /** The name of the list, which may be too long to be held at once. */
  readonly list: string;
  readonly items: Iterable<unknown>;
}

/** One document, one item of its list a line. */
export function* documentLines({ schema, head, list, items }: DocumentParts): Generator<string> {
  yield `${safeJson({ schema, ...head }).slice(0, -1)},${JSON.stringify(list)}:[`;
  let last: string | undefined;
  for (const item of items) {
    if (last !== undefined) yield `${last},`;
    last = safeJson(item);
  }
  if (last !== undefined) yield last;
  yield ']}';
}
