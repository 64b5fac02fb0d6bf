// Rules of the gate, as they were written, and what became of each.

/** Values as they were written; checked when the gate is judged, so that a bad one is a result and not a crash. */
export interface GateRules {
  /** dive's. */
  readonly lowestEfficiency: string;
  readonly highestWastedBytes: string;
  readonly highestUserWastedPercent: string;
  /** Ours. While less than this is wasted, no rule about waste fails. */
  readonly wastedBytesFloor: string;
  readonly highestImageBytes: string;
  /** Against a baseline: how many bytes (`5MB`) or which share (`0.05`) the image may have grown. */
  readonly highestGrowth: string;
  readonly highestWastedGrowth: string;
  /** For path patterns: how many bytes layers may ship there, or `absent`. */
  readonly highestPathBytes: readonly (readonly [pattern: string, limit: string])[];
}

/** As dive's flags have them; growth against a baseline is not allowed at all. */
export const DEFAULT_RULES: GateRules = {
  lowestEfficiency: '0.9',
  highestWastedBytes: 'disabled',
  highestUserWastedPercent: '0.1',
  wastedBytesFloor: 'disabled',
  highestImageBytes: 'disabled',
  highestGrowth: '0B',
  highestWastedGrowth: '0B',
  highestPathBytes: [],
};

export type RuleName = Exclude<keyof GateRules, 'highestPathBytes'>;
export const RULE_NAMES = Object.keys(DEFAULT_RULES).filter(
  (name): name is RuleName => name !== 'highestPathBytes',
);

export type RuleStatus = 'pass' | 'fail' | 'skip' | 'misconfigured';

export interface RuleResult {
  /** `lowestEfficiency`, or `highestPathBytes /var/cache`. Foreign text, not yet safe to show. */
  readonly rule: string;
  readonly status: RuleStatus;
  /** Why it failed or was skipped; empty for one that passed. Not yet safe to show. */
  readonly message: string;
  /** Path nodes that it is about, biggest first. */
  readonly nodes: readonly number[];
}

export interface GateReport {
  /** A rule that cannot be read makes the whole gate misconfigured: nobody knows what it would have said. */
  readonly status: Exclude<RuleStatus, 'skip'>;
  readonly results: readonly RuleResult[];
}

export function tallyOf({ results }: GateReport): Readonly<Record<RuleStatus, number>> {
  const tally: Record<RuleStatus, number> = { pass: 0, fail: 0, skip: 0, misconfigured: 0 };
  for (const { status } of results) tally[status]++;
  return tally;
}
