// What one expansion may cost: values that double themselves and patterns that search for ever end in an error.
import { PhylloError } from '../lib/errors.ts';

const MAX_INSERTED_CHARACTERS = 1024 * 1024;
const MAX_SEARCH_STEPS = 32 * 1024 * 1024;
export const MAX_NESTING = 100;

export class ExpandBudget {
  private inserted = 0;
  private steps = 0;

  /** Before `characters` that are not in the source go into the result. Throws `limit-exceeded`. */
  insert(characters: number): void {
    this.inserted += characters;
    if (this.inserted > MAX_INSERTED_CHARACTERS) throw exceeded('the values come to more than 1 MiB');
  }

  /** Before characters are compared with a pattern. Throws `limit-exceeded`. */
  search(steps: number): void {
    this.steps += steps;
    if (this.steps > MAX_SEARCH_STEPS) throw exceeded('the patterns take too long to look for');
  }
}

function exceeded(reason: string): PhylloError {
  return new PhylloError('limit-exceeded', `expand variables: ${reason}`);
}
