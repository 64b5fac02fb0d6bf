// What a step printed, as rows: the window that is on screen, and at its end what it is told of. Pure.
import type { BuildStep, OutputLine } from '../../build/build.ts';
import { isPhylloError } from '../../lib/errors.ts';
import { safeText } from '../../lib/text.ts';
import type { Theme } from '../theme/theme.ts';
import { truncate } from '../width.ts';
import { wrapText } from './wrap.ts';

/** Nobody sees more of a line than this. */
const MAX_LINE_CHARACTERS = 1000;
const COLOURS = /\x1b\[[0-9;:?]*[A-Za-z]/g;

/** A line as a terminal would have left it: colours gone, and what a carriage return wrote over. */
export function printedText(text: string): string {
  const end = text.endsWith('\r') ? text.length - 1 : text.length;
  const start = text.lastIndexOf('\r', end - 1) + 1;
  const seen = text.slice(start, Math.min(end, start + MAX_LINE_CHARACTERS)).toWellFormed();
  return safeText(seen.replace(COLOURS, '').replaceAll('\t', '    '));
}

/** `!` stands before what went to the standard error. */
export function outputRow({ stream, text }: OutputLine, width: number, theme: Theme): string {
  const isError = stream === 'stderr';
  const shown = truncate(printedText(text), width - 2);
  return isError ? `${theme.muted('!')} ${shown}` : `  ${shown}`;
}

/** After the last line: warnings, and why it failed. */
export function outputEnd({ warnings, error }: BuildStep, width: number, theme: Theme): string[] {
  const room = width - 2;
  const lines = warnings.flatMap((text) =>
    wrapText(`warning: ${text}`, room).map((line) => theme.warning(line)),
  );
  if (error) {
    lines.push('', ...wrapText(`✗ ${safeText(error.message)}`, room).map((line) => theme.error(line)));
    const hint = isPhylloError(error) ? error.hint : undefined;
    if (hint !== undefined) lines.push('', ...wrapText(safeText(hint), room));
  }
  return lines.map((line) => ` ${line}`);
}

/** Said of a step that printed nothing. */
export function silence({ status, instruction }: BuildStep): string {
  switch (status) {
    case 'pending':
      return 'this step has not run yet: ] runs it, F runs on to the end or a breakpoint';
    case 'running':
      return instruction.keyword === 'RUN' ? 'it has printed nothing so far' : 'it is at work';
    case 'cached':
      return 'its result was there already; ! runs it again without the cache';
    default:
      return instruction.keyword === 'RUN' ? 'it printed nothing' : 'only RUN prints something';
  }
}
