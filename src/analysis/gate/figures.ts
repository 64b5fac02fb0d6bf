// The three figures that dive's rules judge, without what is wrong in dive's own (docs/analyze.md says what differs).
import type { StackIndex } from '../../tree/stack-index.ts';
import { type DeadReport, shippedBytes } from '../dead.ts';
import { DeathCause } from '../deaths.ts';
import type { DiveFigures } from '../dive/figures.ts';

export interface GateFigures {
  /** Content bytes of all layers. */
  readonly sizeBytes: number;
  /** Share of them that the final file system shows, 0 to 1. */
  readonly efficiency: number;
  readonly wastedBytes: number;
  /** Share of the bytes above the base image that is wasted, 0 to 1. */
  readonly userWastedPercent: number;
}

/** `baseLayers` is how many of the lowest layers are the base image; dive takes one for it. */
export function gateFigures(stack: StackIndex, report: DeadReport, baseLayers = 1): GateFigures {
  const sizeBytes = shippedBytes(stack);
  const userBytes = stack.trees
    .slice(baseLayers)
    .reduce((sum, { facts: { contentBytes } }) => sum + contentBytes, 0);
  return {
    sizeBytes,
    efficiency: sizeBytes === 0 ? 1 : (sizeBytes - report.total) / sizeBytes,
    wastedBytes: report.total,
    userWastedPercent: userBytes === 0 ? 0 : userWasted(report, baseLayers) / userBytes,
  };
}

/** What layers above the base shipped in vain: what died of theirs, and their copies of unchanged files of the base. */
function userWasted({ deaths }: DeadReport, baseLayers: number): number {
  let wasted = 0;
  for (let at = 0; at < deaths.count; at++) {
    const isCopy = deaths.cause[at] === DeathCause.metadataOnly && deaths.killer[at]! >= baseLayers;
    if (deaths.maker[at]! >= baseLayers || isCopy) wasted += deaths.bytes[at]!;
  }
  return wasted;
}

export function gateFiguresOfDive(figures: DiveFigures): GateFigures {
  const { sizeBytes, efficiency, wastedBytes, userWastedPercent } = figures;
  return { sizeBytes, efficiency, wastedBytes, userWastedPercent };
}
