// Values as Go prints them: BuildKit's history is written so, and people compare.

const NAMED: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

/** `%q` of a string. */
export function goQuoted(text: string): string {
  return `"${Array.from(text, quotedCharacter).join('')}"`;
}

function quotedCharacter(character: string): string {
  const named = NAMED[character];
  if (named !== undefined) return named;
  if (/^[ -~]$/.test(character)) return character;
  // Here and not above: such a pattern takes milliseconds to read, and few ever need it.
  if (/^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(character)) return character;
  const code = character.codePointAt(0)!;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x10000
    ? `\\u${code.toString(16).padStart(4, '0')}`
    : `\\U${code.toString(16).padStart(8, '0')}`;
}

/** `%q` of a list: blanks, no commas. */
export function goQuotedList(texts: readonly string[]): string {
  return `[${texts.map(goQuoted).join(' ')}]`;
}

/** `%v` of a list. */
export function goList(texts: readonly string[]): string {
  return `[${texts.join(' ')}]`;
}
