// A Markdown summary for pull requests and job pages. Names from the image can neither break out of a table nor make a
// link, a mention or HTML.
import { escapeBytes, safeText } from '../../lib/text.ts';
import { displaySize } from '../../lib/units.ts';
import { CAUSES } from '../deaths.ts';
import { deadPaths } from '../dead-paths.ts';
import { type GateReport, type RuleStatus } from '../gate/rules.ts';
import type { ReportInput } from './report.ts';

const MOST_ROWS = 10;
const CAUSE_WORDS = {
  overwritten: 'overwritten',
  deleted: 'deleted',
  metadataOnly: 'only metadata changed',
  opaqueHidden: 'hidden by an opaque directory',
} as const;
const STATUS_WORDS: Readonly<Record<RuleStatus, string>> = {
  pass: 'pass',
  fail: '**FAIL**',
  skip: 'skip',
  misconfigured: '**MISCONFIGURED**',
};

export function markdownReport(input: ReportInput): string {
  const { gate } = input;
  const verdict = gate === undefined ? '' : `: ${gate.status}`;
  return [
    `## ${code(input.title)}${verdict}`,
    '',
    ...figureLines(input),
    ...(gate === undefined ? [] : gateLines(gate)),
    ...adviceLines(input),
    ...pathLines(input),
    '',
  ].join('\n');
}

function figureLines({ analysis, figures }: ReportInput): string[] {
  const { sizeBytes, visibleBytes, report, dead } = analysis;
  const causes = CAUSES.filter((cause) => dead[cause] > 0).map(
    (cause) => `${displaySize(dead[cause])} ${CAUSE_WORDS[cause]}`,
  );
  return table(
    ['figure', 'value'],
    [
      ['size of all layers', displaySize(sizeBytes)],
      ['visible', displaySize(visibleBytes)],
      [
        'dead',
        [displaySize(report.total), ...(causes.length > 0 ? [`(${causes.join(', ')})`] : [])].join(' '),
      ],
      ['efficiency', `${(figures.efficiency * 100).toFixed(2)} %`],
      ['wasted above the base', `${(figures.userWastedPercent * 100).toFixed(2)} %`],
    ],
  );
}

function gateLines({ results }: GateReport): string[] {
  return [
    '### Gate',
    '',
    ...table(
      ['rule', 'result', 'reason'],
      results.map(({ rule, status, message }) => [
        code(rule),
        STATUS_WORDS[status],
        message === '' ? '' : code(message),
      ]),
    ),
  ];
}

function adviceLines({ analysis: { advice } }: ReportInput): string[] {
  if (advice.length === 0) return [];
  const shown = advice.slice(0, MOST_ROWS);
  return [
    '### What to change',
    '',
    ...shown.map(
      ({ savedBytes, problem, change }) =>
        `1. **${displaySize(savedBytes)}**: ${plain(problem)} ${plain(change)}`,
    ),
    ...more(advice.length),
    '',
  ];
}

function pathLines({ stack, analysis: { report } }: ReportInput): string[] {
  const paths = deadPaths(stack, report, MOST_ROWS);
  if (paths.length === 0) return [];
  return [
    '### Most dead bytes',
    '',
    ...table(
      ['path', 'dead', 'copies', 'cause', 'shipped by layer', 'killed by layer'],
      paths.map(({ node, bytes, copies, cause, makers, killers }) => [
        code(`/${escapeBytes(stack.pathBytes(node))}`),
        displaySize(bytes),
        String(copies),
        CAUSE_WORDS[cause],
        makers.join(', '),
        killers.join(', '),
      ]),
    ),
  ];
}

function more(count: number): string[] {
  return count > MOST_ROWS ? ['', `… and ${count - MOST_ROWS} more.`] : [];
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  // A cell ends at a bar even inside code.
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line), ''];
}

/** Foreign text as code. */
function code(text: string): string {
  const safe = safeText(text).replaceAll('`', "'").trim();
  return safe === '' ? '' : `\`${safe}\``;
}

/** Our sentences with foreign parts in them: code stays code, everything else loses its meaning for Markdown. */
function plain(text: string): string {
  return safeText(text)
    .split(/(`[^`]*`)/)
    .map((part, at) => (at % 2 === 1 ? code(part.slice(1, -1)) : part.replace(/[\\*_[\]<>|#@!~&]/g, '\\$&')))
    .join('');
}
