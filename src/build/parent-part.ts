// The part of a key that stands for all that is below: what the files are, not how they came to be. A step that was built
// anew and made the same bytes changes nothing for those after it.
import { chainIDs } from '../oci/config.ts';
import { type KeyPart, PARENT_PART } from './cache-key.ts';
import type { StageState } from './stage-state.ts';

export function parentPart({ diffIDs }: StageState): KeyPart {
  return { name: PARENT_PART, value: chainIDs(diffIDs).at(-1) ?? 'scratch' };
}
