// What `dive --ci` of 0.13.1 prints about an image, without its colours.
import { escapeBytes, safeText } from '../../lib/text.ts';
import type { StackIndex } from '../../tree/stack-index.ts';
import { diveSizeText } from '../gate/limits.ts';
import { type GateReport, type RuleStatus, tallyOf } from '../gate/rules.ts';
import type { DiveFigures } from './figures.ts';

const STATUS_WORDS: Readonly<Record<RuleStatus, string>> = {
  pass: 'PASS',
  fail: 'FAIL',
  skip: 'SKIP',
  misconfigured: 'MISCONFIGURED',
};

export function* diveFigureLines({
  efficiency,
  wastedBytes,
  userWastedPercent,
}: DiveFigures): Generator<string> {
  yield `  efficiency: ${percent(efficiency)} %`;
  yield `  wastedBytes: ${wastedBytes} bytes (${diveSizeText(wastedBytes)})`;
  yield `  userWastedPercent: ${percent(userWastedPercent)} %`;
}

/** Go's `%2.4f`. */
function percent(ratio: number): string {
  if (Number.isNaN(ratio)) return 'NaN';
  return Number.isFinite(ratio) ? (ratio * 100).toFixed(4) : '+Inf';
}

export function* diveFileLines(stack: StackIndex, { inefficient }: DiveFigures): Generator<string> {
  yield 'Inefficient Files:';
  yield fileLine('Count', 'Wasted Space', 'File Path');
  if (inefficient.length === 0) yield 'None';
  for (const { node, count, sizeBytes } of inefficient)
    yield fileLine(
      String(count),
      diveSizeText(sizeBytes),
      safeText(`/${escapeBytes(stack.pathBytes(node))}`),
    );
}

function fileLine(count: string, size: string, path: string): string {
  return `${count.padStart(5)}  ${size.padStart(12)}  ${path}`;
}

/** Rules of ours that were written are listed with the three of dive. */
export function* diveResultLines(gate: GateReport): Generator<string> {
  yield 'Results:';
  const results = gate.results.toSorted((a, b) => (a.rule < b.rule ? -1 : 1));
  for (const { rule, status, message } of results)
    yield safeText(`  ${STATUS_WORDS[status]}: ${rule}${message === '' ? '' : `: ${message}`}`);
  if (gate.status === 'misconfigured') {
    yield 'CI Misconfigured';
    return;
  }
  const { pass, fail, skip } = tallyOf(gate);
  const verdict = fail > 0 ? 'FAIL' : 'PASS';
  yield `Result:${verdict} [Total:${results.length}] [Passed:${pass}] [Failed:${fail}] [Warn:0] [Skipped:${skip}]`;
}
