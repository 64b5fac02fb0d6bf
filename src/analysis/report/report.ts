// What reports for other programs and people are made from: pure values, already safe to show where they are texts of
// the image, except rules (see RuleResult).
import type { StackIndex } from '../../tree/stack-index.ts';
import type { Analysis } from '../analysis.ts';
import type { GateFigures } from '../gate/figures.ts';
import type { GateReport } from '../gate/rules.ts';

export interface ReportInput {
  /** The image as it was asked for, safe to show. */
  readonly title: string;
  /** phyllo's own version. */
  readonly version: string;
  readonly stack: StackIndex;
  readonly analysis: Analysis;
  readonly figures: GateFigures;
  /** Undefined when no gate was asked for. */
  readonly gate: GateReport | undefined;
}
