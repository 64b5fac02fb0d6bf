// The time of directories and files that a build makes itself: the same for the same build, so that layers are.
import type { BuildParts } from './build-parts.ts';
import type { StageState } from './stage-state.ts';

/** SOURCE_DATE_EPOCH, else when the image below was made, else the beginning of time. */
export function madeSeconds({ baseCreated }: StageState, { epochSeconds }: BuildParts): number {
  if (epochSeconds !== undefined) return epochSeconds;
  const created = baseCreated === undefined ? Number.NaN : Date.parse(baseCreated);
  return Number.isNaN(created) ? 0 : Math.floor(created / 1000);
}
