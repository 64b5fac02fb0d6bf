// `--label NAME[=VALUE]`.
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';

/** Later ones win; without a value it is empty. Throws `invalid-argument`. */
export function parseLabels(texts: readonly string[]): Record<string, string> {
  // Not by assignment: a label may be called `__proto__`.
  return Object.fromEntries(texts.map(parseLabel));
}

function parseLabel(text: string): [name: string, value: string] {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  if (name.trim() === '') {
    throw new PhylloError('invalid-argument', `read label ${safeText(text)}: it has no name`);
  }
  return [name, equals < 0 ? '' : text.slice(equals + 1)];
}
