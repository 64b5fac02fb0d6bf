// The gate: figures of an image against rules. Pure; says pass, fail, skip or misconfigured for every rule.
import type { GateFigures } from './figures.ts';
import { isSwitchedOff, parseBytes, parseRatio } from './limits.ts';
import { DEFAULT_RULES, type GateReport, type GateRules, type RuleResult } from './rules.ts';

/** The figures of an earlier image. */
export interface Baseline {
  readonly sizeBytes: number;
  readonly deadBytes: number;
}

/** What layers ship at the paths that a pattern names, and below. */
export interface ShippedPaths {
  readonly bytes: number;
  /** Path nodes, biggest first. */
  readonly nodes: readonly number[];
}

export interface GateInput {
  readonly figures: GateFigures;
  readonly rules: GateRules;
  /** True dead bytes, whoever's figures are judged: growth is measured in them. */
  readonly deadBytes: number;
  readonly baseline?: Baseline;
  /** Asked only for the patterns of the rules. Throws `invalid-argument` for a pattern that cannot be understood. */
  readonly shippedAt: (pattern: string) => ShippedPaths;
}

/** The three rules of dive are always told about, those of ours only where they were written. */
export function judgeGate(input: GateInput): GateReport {
  const results = [
    ...wasteRules(input),
    ...imageRules(input),
    ...growthRules(input),
    ...input.rules.highestPathBytes.map((rule) => pathRule(rule, input)),
  ];
  const has = (status: RuleResult['status']): boolean => results.some((result) => result.status === status);
  return { status: has('misconfigured') ? 'misconfigured' : has('fail') ? 'fail' : 'pass', results };
}

/** The rules that dive has, in its order; all of them pass while less is wasted than the floor. */
function wasteRules({ figures, rules }: GateInput): RuleResult[] {
  const { efficiency, wastedBytes, userWastedPercent } = figures;
  const floor = isSwitchedOff(rules.wastedBytesFloor) ? 0 : parseBytes(rules.wastedBytesFloor);
  const results = [
    ratioRule('lowestEfficiency', rules.lowestEfficiency, (least) =>
      efficiency < least
        ? `image efficiency is too low (efficiency=${efficiency} < threshold=${least})`
        : undefined,
    ),
    sizeRule(
      'highestWastedBytes',
      rules.highestWastedBytes,
      wastedBytes,
      'too many bytes wasted',
      'wasted-bytes',
    ),
    ratioRule('highestUserWastedPercent', rules.highestUserWastedPercent, (most) =>
      userWastedPercent > most
        ? `too many bytes wasted, relative to the user bytes added (%-user-wasted-bytes=${userWastedPercent} > threshold=${most})`
        : undefined,
    ),
  ];
  if (floor === undefined) return [...results, unreadable('wastedBytesFloor', rules.wastedBytesFloor, SIZE)];
  return wastedBytes >= floor ? results : results.map((result) => forgiven(result, wastedBytes, floor));
}

function forgiven(result: RuleResult, wastedBytes: number, floor: number): RuleResult {
  if (result.status !== 'fail') return result;
  return {
    ...result,
    status: 'pass',
    message: `only ${wastedBytes} bytes are wasted, less than wastedBytesFloor=${floor}`,
  };
}

function imageRules({ figures, rules: { highestImageBytes } }: GateInput): RuleResult[] {
  if (highestImageBytes === DEFAULT_RULES.highestImageBytes) return [];
  return [sizeRule('highestImageBytes', highestImageBytes, figures.sizeBytes, 'the image is too big')];
}

function growthRules({ figures, rules, deadBytes, baseline }: GateInput): RuleResult[] {
  const figuresOf = {
    highestGrowth: baseline && ([baseline.sizeBytes, figures.sizeBytes] as const),
    highestWastedGrowth: baseline && ([baseline.deadBytes, deadBytes] as const),
  };
  return (['highestGrowth', 'highestWastedGrowth'] as const)
    .filter((name) => baseline !== undefined || rules[name] !== DEFAULT_RULES[name])
    .map((name) => growthRule(name, rules[name], figuresOf[name]));
}

/** The limit is a size, or a plain ratio of what was there before. */
function growthRule(
  rule: string,
  value: string,
  figures: readonly [before: number, now: number] | undefined,
): RuleResult {
  if (isSwitchedOff(value)) return skipped(rule);
  const ratio = /[a-z]/i.test(value) ? undefined : parseRatio(value);
  const limit = ratio === undefined ? parseBytes(value) : undefined;
  if (ratio === undefined && limit === undefined)
    return unreadable(rule, value, `${SIZE} or a ratio from 0 to 1`);
  if (figures === undefined) return skipped(rule, 'there is no baseline');
  const [before, now] = figures;
  const most = limit ?? before * ratio!;
  const grown = now - before;
  const message = `grew by ${grown} bytes, from ${before} to ${now} (threshold=${value})`;
  return grown > most ? failed(rule, message) : passed(rule);
}

function ratioRule(rule: string, value: string, judge: (limit: number) => string | undefined): RuleResult {
  if (isSwitchedOff(value)) return skipped(rule);
  const limit = parseRatio(value);
  if (limit === undefined) return unreadable(rule, value, 'a ratio from 0 to 1');
  const complaint = judge(limit);
  return complaint === undefined ? passed(rule) : failed(rule, complaint);
}

function sizeRule(rule: string, value: string, bytes: number, complaint: string, name = 'bytes'): RuleResult {
  if (isSwitchedOff(value)) return skipped(rule);
  const limit = parseBytes(value);
  if (limit === undefined) return unreadable(rule, value, SIZE);
  return bytes > limit ? failed(rule, `${complaint} (${name}=${bytes} > threshold=${limit})`) : passed(rule);
}

function pathRule([pattern, value]: readonly [string, string], { shippedAt }: GateInput): RuleResult {
  const rule = `highestPathBytes ${pattern}`;
  if (isSwitchedOff(value)) return skipped(rule);
  const mustBeAbsent = value.trim().toLowerCase() === 'absent';
  const limit = mustBeAbsent ? 0 : parseBytes(value);
  if (limit === undefined) return unreadable(rule, value, `${SIZE} or absent`);
  const { bytes, nodes } = shippedAt(pattern);
  if (mustBeAbsent && nodes.length > 0) return failed(rule, 'layers ship what must be absent', nodes);
  return bytes > limit
    ? failed(rule, `layers ship too much there (bytes=${bytes} > threshold=${limit})`, nodes)
    : passed(rule);
}

const SIZE = 'a size such as 20MB';

function passed(rule: string): RuleResult {
  return { rule, status: 'pass', message: '', nodes: [] };
}

function failed(rule: string, message: string, nodes: readonly number[] = []): RuleResult {
  return { rule, status: 'fail', message, nodes };
}

function skipped(rule: string, message = 'rule disabled'): RuleResult {
  return { rule, status: 'skip', message, nodes: [] };
}

function unreadable(rule: string, value: string, wanted: string): RuleResult {
  return {
    rule,
    status: 'misconfigured',
    message: `invalid config value (${JSON.stringify(value)}): it is not ${wanted}`,
    nodes: [],
  };
}
