// Text in lines of a given width, broken at blanks where there are any. Pure; takes safe text without styles.
import { breakColumns, displayWidth } from '../width.ts';

export function wrapText(text: string, width: number): string[] {
  if (width <= 0) return [];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const next = line === '' ? word : `${line} ${word}`;
    if (displayWidth(next) <= width) {
      line = next;
      continue;
    }
    if (line !== '') lines.push(line);
    const pieces = breakColumns(word, width);
    lines.push(...pieces.slice(0, -1));
    line = pieces.at(-1)!;
  }
  return [...lines, line];
}

export interface Field {
  readonly label: string;
  readonly value: string;
}

const LABEL_COLUMNS = 12;

/** `label       value`, the value wrapped in its column. */
export function fieldLines(
  { label, value }: Field,
  width: number,
  paintLabel: (text: string) => string,
): string[] {
  const [first = '', ...rest] = wrapText(value, Math.max(8, width - LABEL_COLUMNS));
  const indent = ' '.repeat(LABEL_COLUMNS);
  return [paintLabel(label.padEnd(LABEL_COLUMNS)) + first, ...rest.map((line) => indent + line)];
}
