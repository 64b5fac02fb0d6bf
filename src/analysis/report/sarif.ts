// SARIF 2.1.0: what the gate found wrong as errors, advice as warnings, for code scanning and editors.
import { safeText } from '../../lib/text.ts';
import type { StackIndex } from '../../tree/stack-index.ts';
import type { Advice, AdviceKind } from '../advice/advice.ts';
import type { RuleResult } from '../gate/rules.ts';
import type { ReportInput } from './report.ts';

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';
const MOST_LOCATIONS = 10;

const ADVICE_RULES: Readonly<Record<AdviceKind, string>> = {
  'late-clean-up': 'A layer deletes what a layer below ships',
  move: 'A layer ships again what it moves',
  'metadata-copy': 'A change of mode or owner ships files again',
  overwrite: 'A layer writes again what a layer below ships',
  'package-cache': 'A package cache is in the image',
  'version-control': 'A history of version control is in the image',
  'build-tools': 'Build tools are in the image',
  'ignore-file': 'The build context should leave something out',
  logs: 'Logs or temporary files are in the image',
  'duplicate-tree': 'A directory is in the image twice',
};

export function sarifReport(input: ReportInput): string {
  const rules = new RuleTable();
  const results = [
    ...(input.gate?.results ?? [])
      .filter(({ status }) => status === 'fail' || status === 'misconfigured')
      .map((result) => gateResult(input, result, rules)),
    ...input.analysis.advice.map((advice) => adviceResult(input, advice, rules)),
  ];
  const driver = {
    name: 'phyllo',
    version: input.version,
    rules: rules.list,
  };
  const log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [{ tool: { driver }, columnKind: 'utf16CodeUnits', results }],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

class RuleTable {
  readonly list: {
    id: string;
    shortDescription: { text: string };
    defaultConfiguration: { level: string };
  }[] = [];
  private readonly indexes = new Map<string, number>();

  /** Each rule is listed once, when it is first met. */
  indexOf(id: string, text: string, level: string): number {
    const known = this.indexes.get(id);
    if (known !== undefined) return known;
    const index = this.list.push({ id, shortDescription: { text }, defaultConfiguration: { level } }) - 1;
    this.indexes.set(id, index);
    return index;
  }
}

function gateResult(
  input: ReportInput,
  { rule, status, message, nodes }: RuleResult,
  rules: RuleTable,
): object {
  const [id = ''] = rule.split(' ', 1);
  const ruleId = `gate/${id}`;
  return {
    ruleId,
    ruleIndex: rules.indexOf(ruleId, `The rule ${id} of the gate`, 'error'),
    level: 'error',
    message: { text: safeText(`${rule}: ${status === 'fail' ? '' : 'misconfigured: '}${message}`) },
    locations: locations(input, nodes),
    partialFingerprints: { 'rule/v1': safeText(rule) },
  };
}

function adviceResult(input: ReportInput, advice: Advice, rules: RuleTable): object {
  const { kind, problem, change, savedBytes, nodes, maker, killer } = advice;
  const ruleId = `advice/${kind}`;
  return {
    ruleId,
    ruleIndex: rules.indexOf(ruleId, ADVICE_RULES[kind], 'warning'),
    level: 'warning',
    message: { text: `${problem} ${change}` },
    locations: locations(input, nodes),
    partialFingerprints: { 'advice/v1': [kind, ...nodes.map((node) => uriOf(input.stack, node))].join(' ') },
    properties: { savedBytes, layer: maker, ...(killer === undefined ? {} : { killedBy: killer }) },
  };
}

/** Paths inside the image. A finding about the whole image stands at its root: viewers want a place. */
function locations({ stack, title }: ReportInput, nodes: readonly number[]): object[] {
  const places = nodes.length === 0 ? [0] : nodes.slice(0, MOST_LOCATIONS);
  return places.map((node) => ({
    physicalLocation: { artifactLocation: { uri: uriOf(stack, node) } },
    logicalLocations: [{ fullyQualifiedName: title, kind: 'module' }],
  }));
}

/** The path's bytes, percent-encoded, relative to the image's root. */
function uriOf(stack: StackIndex, node: number): string {
  if (node === 0) return '.';
  return Array.from(stack.pathBytes(node), (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9._~/-]/.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}
