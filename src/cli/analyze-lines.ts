// What `phyllo analyze` prints for people.
import { CAUSES } from '../analysis/deaths.ts';
import { type LayerBytes, deadPaths, deadRows } from '../analysis/dead-paths.ts';
import { sumOf } from '../analysis/dead.ts';
import { type GateReport, type RuleStatus, tallyOf } from '../analysis/gate/rules.ts';
import { escapeBytes, safeText } from '../lib/text.ts';
import { formatCount, formatSize } from '../lib/units.ts';
import type { AnalyzeResult } from './analyze-document.ts';
import { shortened } from './shortened.ts';
import { tableLines } from './table.ts';

const MOST_ROWS = 10;
const INSTRUCTION_LENGTH = 60;
const CAUSE_WORDS = {
  overwritten: 'overwritten',
  deleted: 'deleted',
  metadataOnly: 'metadata only',
  opaqueHidden: 'opaque',
} as const;
const STATUS_WORDS: Readonly<Record<RuleStatus, string>> = {
  pass: 'PASS',
  fail: 'FAIL',
  skip: 'SKIP',
  misconfigured: 'MISCONFIGURED',
};

export function* analyzeLines(result: AnalyzeResult): Generator<string> {
  yield totalLine(result);
  yield '';
  yield* layerLines(result);
  yield* pathLines(result);
  yield* duplicateLines(result);
  yield* adviceLines(result);
  yield* whatIfLines(result);
}

function totalLine({ stack, analysis }: AnalyzeResult): string {
  const { sizeBytes, visibleBytes, dead, report, estimatedCompressedDead } = analysis;
  const layers = stack.layerCount === 1 ? '1 layer' : `${stack.layerCount} layers`;
  const causes = CAUSES.filter((cause) => dead[cause] > 0);
  const split = causes.map((cause) => `${size(dead[cause])} ${CAUSE_WORDS[cause]}`).join(', ');
  const compressed = estimatedCompressedDead.reduce((sum, bytes) => sum + bytes, 0);
  const estimate = report.total === 0 ? '' : `; about ${size(compressed)} compressed, estimated`;
  const why = split === '' ? '' : ` (${split}${estimate})`;
  return `${layers}, ${size(sizeBytes)}: ${size(visibleBytes)} visible, ${size(report.total)} dead${why}`;
}

function* layerLines({ image, analysis: { report } }: AnalyzeResult): Generator<string> {
  const right = (title: string) => ({ title, align: 'right' }) as const;
  const causes = CAUSES.map((cause) => right(CAUSE_WORDS[cause].toUpperCase()));
  const rows = deadRows(image.rows, report)
    .filter(({ row }) => row.layer !== undefined)
    .map(({ row, dead, killedBy, killed }) => [
      String(row.layer),
      size(sumOf(dead)),
      ...CAUSES.map((cause) => size(dead[cause])),
      layersText(killedBy),
      size(killed.reduce((sum, { bytes }) => sum + bytes, 0)),
      shortened(safeText((row.instruction || '(no history)').replace(/\s+/g, ' ')), INSTRUCTION_LENGTH),
    ]);
  yield* tableLines(
    [
      right('LAYER'),
      right('DEAD'),
      ...causes,
      { title: 'KILLED BY' },
      right('KILLS'),
      { title: 'INSTRUCTION' },
    ],
    rows,
  );
}

/** The layers that killed most. */
function layersText(killers: readonly LayerBytes[]): string {
  const worst = killers.toSorted((a, b) => b.bytes - a.bytes);
  const shown = worst.slice(0, 3).map(({ layer }) => String(layer));
  return worst.length > shown.length ? `${shown.join(', ')} …` : shown.join(', ');
}

function* pathLines({ stack, analysis: { report } }: AnalyzeResult): Generator<string> {
  const paths = deadPaths(stack, report, MOST_ROWS + 1);
  if (paths.length === 0) return;
  yield '';
  yield 'Most dead bytes:';
  yield* tableLines(
    [
      { title: 'DEAD', align: 'right' },
      { title: 'COPIES', align: 'right' },
      { title: 'CAUSE' },
      { title: 'SHIPPED BY' },
      { title: 'KILLED BY' },
      { title: 'PATH' },
    ],
    paths
      .slice(0, MOST_ROWS)
      .map(({ node, bytes, copies, cause, makers, killers }) => [
        size(bytes),
        formatCount(copies),
        CAUSE_WORDS[cause],
        makers.join(', '),
        killers.join(', '),
        safeText(`/${escapeBytes(stack.pathBytes(node))}`),
      ]),
  );
  if (paths.length > MOST_ROWS) yield 'and more: see --json';
}

function* duplicateLines({ stack, analysis: { duplicates } }: AnalyzeResult): Generator<string> {
  if (duplicates.length === 0) return;
  const saved = duplicates.reduce((sum, { savedBytes }) => sum + savedBytes, 0);
  yield '';
  yield `The same content at several paths, ${size(saved)} too much:`;
  yield* tableLines(
    [{ title: 'TOO MUCH', align: 'right' }, { title: 'COPIES', align: 'right' }, { title: 'PATHS' }],
    duplicates.slice(0, MOST_ROWS).map(({ savedBytes, nodes }) => {
      const shown = nodes.slice(0, 3).map((node) => safeText(`/${escapeBytes(stack.pathBytes(node))}`));
      return [size(savedBytes), formatCount(nodes.length), shown.join(' ') + (nodes.length > 3 ? ' …' : '')];
    }),
  );
  if (duplicates.length > MOST_ROWS)
    yield `and ${formatCount(duplicates.length - MOST_ROWS)} more: see --json`;
}

function* adviceLines({ analysis: { advice } }: AnalyzeResult): Generator<string> {
  if (advice.length === 0) return;
  yield '';
  yield 'What to change, most bytes first:';
  for (const { savedBytes, problem, change } of advice.slice(0, MOST_ROWS)) {
    yield `${size(savedBytes).padStart(8)}  ${problem}`;
    yield `${' '.repeat(10)}${change}`;
  }
  if (advice.length > MOST_ROWS) yield `and ${advice.length - MOST_ROWS} more: see --json`;
}

function* whatIfLines({ whatIf: { squash, without } }: AnalyzeResult): Generator<string> {
  if (squash.length === 0) return;
  yield '';
  for (const [at, { from, to, size: bytes, saved }] of squash.entries()) {
    const which = at === 0 ? 'all layers' : `layers ${from} to ${to}`;
    yield `With ${which} squashed: ${size(bytes)}, ${size(saved)} less`;
  }
  if (without) yield `Without these paths: ${size(without.size)}, ${size(without.saved)} less`;
}

export function* gateLines(gate: GateReport): Generator<string> {
  yield 'Gate:';
  for (const { rule, status, message } of gate.results)
    yield safeText(`  ${STATUS_WORDS[status]}: ${rule}${message === '' ? '' : `: ${message}`}`);
  const { pass, fail, skip, misconfigured } = tallyOf(gate);
  const counts = `${pass} passed, ${fail} failed, ${skip} skipped`;
  const wrong = misconfigured > 0 ? `, ${misconfigured} misconfigured` : '';
  yield `${STATUS_WORDS[gate.status]}: ${counts}${wrong}`;
}

function size(bytes: number): string {
  return formatSize(bytes, 3);
}
