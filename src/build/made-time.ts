// The times of what a build makes itself, so that the same build makes the same.
import type { BuildParts } from './build-parts.ts';
import type { StageState } from './stage-state.ts';

/** Of directories and files: SOURCE_DATE_EPOCH, else when the image below was made, else the beginning of time. */
export function madeSeconds({ baseCreated }: StageState, { epochSeconds }: BuildParts): number {
  if (epochSeconds !== undefined) return epochSeconds;
  const created = baseCreated === undefined ? Number.NaN : Date.parse(baseCreated);
  return Number.isNaN(created) ? 0 : Math.floor(created / 1000);
}

/** SOURCE_DATE_EPOCH, where it is set, is the time of every row of history that a build adds: of those after the first `known`. */
export function datedRows(
  state: StageState,
  known: number,
  { epochSeconds }: Pick<BuildParts, 'epochSeconds'>,
): StageState {
  if (epochSeconds === undefined) return state;
  const created = new Date(epochSeconds * 1000).toISOString().replace('.000Z', 'Z');
  return { ...state, history: state.history.map((row, at) => (at < known ? row : { ...row, created })) };
}
