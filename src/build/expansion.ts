// Expansion with the place of the instruction: what goes wrong is told like an error of the Dockerfile.
import {
  type Expansion,
  type ExpandOptions,
  type Variables,
  expandHeredoc,
  expandWord,
  expandWords,
} from '../dockerfile/expand.ts';
import type { Range } from '../dockerfile/instruction.ts';
import { isPhylloError } from '../lib/errors.ts';
import { dockerfileError } from './dockerfile-error.ts';

export type Escape = ExpandOptions['escape'];

export interface Place {
  readonly escape: Escape;
  readonly range: Range;
}

/** Throws `invalid-dockerfile`, `limit-exceeded`, with the place. */
export function expandText(text: string, variables: Variables, { escape, range }: Place): string {
  return at(range, () => expandWord(text, variables, { escape }).text);
}

/** All words of one instruction see the variables as they were before it. */
export class Expander {
  private readonly env: ReadonlyMap<string, string>;
  private readonly place: Place;

  constructor(env: ReadonlyMap<string, string>, place: Place) {
    this.env = env;
    this.place = place;
  }

  private get variables(): Variables {
    return (name) => this.env.get(name);
  }

  word(text: string): string {
    return expandText(text, this.variables, this.place);
  }

  words(text: string): readonly string[] {
    const { escape, range } = this.place;
    return at(range, () => expandWords(text, this.variables, { escape }).words);
  }

  heredoc(body: string): string {
    return at(this.place.range, () => expandHeredoc(body, this.variables)).text;
  }

  with(env: ReadonlyMap<string, string>): Expander {
    return new Expander(env, this.place);
  }
}

function at<Result extends Expansion | string | readonly string[]>(
  range: Range,
  expand: () => Result,
): Result {
  try {
    return expand();
  } catch (error) {
    if (!isPhylloError(error)) throw error;
    throw dockerfileError(range, error.message, {
      code: error.code,
      ...(error.hint && { hint: error.hint }),
      cause: error,
    });
  }
}
