// What JSON.parse lets pass and other readers do not agree on: a key that stands in one object twice (some take the
// first, some the last, so two programs would see two different images), and nesting so deep that whoever walks the
// value runs out of stack.
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';

/** Real documents have some ten levels. */
const MAX_DEPTH = 256;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** `text` may not be JSON at all: this one scan stops nothing but the two. Throws `invalid-image`, `limit-exceeded`. */
export function checkJsonStructure(text: string, what: string): void {
  /** For every open object its keys so far, undefined for a list. */
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '{':
      case '[':
        open.push(text[at] === '{' ? new Set() : undefined);
        if (open.length > MAX_DEPTH) throw tooDeep(what);
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case '"': {
        const end = endOfString(text, at);
        if (isKey(text, end)) addKey(open.at(-1), text.slice(at, end), what);
        at = end - 1;
      }
    }
  }
}

/** Behind the closing quote. Most of a document is strings: they are searched, not walked through. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
  }
  return text.length + 1;
}

function isKey(text: string, end: number): boolean {
  let at = end;
  while (at < text.length && ' \t\r\n'.includes(text[at]!)) at++;
  return text.charCodeAt(at) === COLON;
}

/** `\u006cayers` is the key `layers` too. */
function addKey(keys: Set<string> | undefined, literal: string, what: string): void {
  const key = literal.includes('\\') ? unescaped(literal) : literal.slice(1, -1);
  if (keys?.has(key)) {
    throw new PhylloError('invalid-image', `read ${what}: it has the key ${shown(key)} twice`);
  }
  keys?.add(key);
}

function shown(key: string): string {
  return safeText(JSON.stringify(key.slice(0, 80)));
}

/** A literal that is not JSON is left to the parser. */
function unescaped(literal: string): string {
  try {
    return String(JSON.parse(literal));
  } catch {
    return literal;
  }
}

function tooDeep(what: string): PhylloError {
  return new PhylloError('limit-exceeded', `read ${what}: it is nested more than ${MAX_DEPTH} levels deep`);
}
