// A line of foreign text as it is shown. Pure.
import { safeText } from '../../../lib/text.ts';

const TAB_COLUMNS = 4;

/** A line as it is shown: tabs as blanks, everything else made safe; no longer than `maxCharacters`. */
export function displayLine(line: string, maxCharacters: number): string {
  const cut = line.length > maxCharacters ? line.slice(0, maxCharacters).toWellFormed() : line;
  return safeText(expandTabs(cut.endsWith('\r') ? cut.slice(0, -1) : cut));
}

function expandTabs(line: string): string {
  if (!line.includes('\t')) return line;
  let text = '';
  for (const character of line) {
    text += character === '\t' ? ' '.repeat(TAB_COLUMNS - (text.length % TAB_COLUMNS)) : character;
  }
  return text;
}
