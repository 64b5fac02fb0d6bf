// The JSON form of arguments: `["a", "b"]`.

export type JsonForm =
  | { readonly kind: 'strings'; readonly values: readonly string[] }
  /** A valid array, with something else than a string at this offset. */
  | { readonly kind: 'mixed'; readonly offset: number }
  | { readonly kind: 'none' };

const NONE: JsonForm = { kind: 'none' };

export function readJsonForm(text: string): JsonForm {
  if (!text.startsWith('[')) return NONE;
  const values = parseArray(text);
  if (values === undefined) return NONE;
  if (!values.every((value) => typeof value === 'string')) {
    return { kind: 'mixed', offset: firstNonString(text) };
  }
  return { kind: 'strings', values: values.map((value) => value.toWellFormed()) };
}

function parseArray(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** In a valid array, past the strings that stand before it. */
function firstNonString(text: string): number {
  const element = /\s*"(?:[^"\\]|\\.)*"\s*,\s*/y;
  element.lastIndex = 1 + /^\[(\s*)/.exec(text)![1]!.length;
  for (let at = element.lastIndex; ; at = element.lastIndex) {
    if (element.exec(text) === null) return at;
  }
}

/**
 * Somebody meant the JSON form. `[ -f x ]` in a command is a test and `[a-z]*` in a list is a pattern, so these are none.
 */
export function looksLikeJson(text: string, kind: 'command' | 'list'): boolean {
  if (kind === 'list') return /^\[\s*["']/.test(text);
  return /^\[(?:[^\s[]|\s*"[^"]*"\s*(?:,|$)|\s*'[^']*'\s*(?:,|$))/.test(text);
}
