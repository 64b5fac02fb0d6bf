// Shows where in the file a diagnostic is.
import { safeText } from '../lib/text.ts';
import type { Diagnostic, Range } from './instruction.ts';
import { withoutBreak, withoutMark } from './source.ts';

/** Characters of a line that are shown at most. */
const WIDTH = 100;
const TAB = '    ';

/**
 * `Dockerfile:3:5: message`, the line, a caret line and the hint, each on a line of its own, without a line feed at the
 * end. Safe to show. `source` is the text that was parsed.
 */
export function excerpt(source: string, { message, range, hint }: Diagnostic, filename: string): string {
  const { line, column } = range.start;
  const head = `${safeText(filename)}:${line}:${column}: ${safeText(message)}`;
  const text = lineOf(withoutMark(source), line);
  const body = text === undefined ? [] : pointAt(text, range);
  return [head, ...body, ...(hint === undefined ? [] : [safeText(hint)])].join('\n');
}

function lineOf(source: string, number: number): string | undefined {
  let from = 0;
  for (let line = 1; line < number; line++) {
    from = source.indexOf('\n', from) + 1;
    if (from === 0) return undefined;
  }
  const end = source.indexOf('\n', from);
  return withoutBreak(source.slice(from, end < 0 ? undefined : end));
}

function pointAt(text: string, { start, end }: Range): readonly string[] {
  const at = Math.min(start.column - 1, text.length);
  const to = end.line === start.line ? Math.min(end.column - 1, text.length) : text.length;
  const [from, until] = cut(text, at);
  const before = (from > 0 ? '…' : '') + show(text.slice(from, at));
  const marked = show(text.slice(at, Math.max(at, Math.min(to, until))));
  const after = show(text.slice(Math.max(at, Math.min(to, until)), until)) + (until < text.length ? '…' : '');
  const carets = '^'.repeat(Math.max(1, length(marked)));
  return [`  ${before}${marked}${after}`, `  ${' '.repeat(length(before))}${carets}`];
}

/** The part of a long line that is shown, never half of a character. */
function cut(text: string, at: number): readonly [from: number, until: number] {
  const from = text.length <= WIDTH ? 0 : Math.max(0, Math.min(at - WIDTH / 2, text.length - WIDTH));
  const until = Math.min(from + WIDTH, text.length);
  return [isHalf(text, from) ? from + 1 : from, isHalf(text, until) ? until - 1 : until];
}

function isHalf(text: string, at: number): boolean {
  return /^[\udc00-\udfff]/.test(text.slice(at, at + 1)) && /[\ud800-\udbff]$/.test(text.slice(at - 1, at));
}

function show(text: string): string {
  return text.split('\t').map(safeText).join(TAB);
}

function length(text: string): number {
  return Array.from(text).length;
}
