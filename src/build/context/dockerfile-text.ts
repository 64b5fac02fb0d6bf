// A Dockerfile as it is found, with the ignore file that counts for it.
import { PhylloError } from '../../lib/errors.ts';

/** BuildKit's frontend gets both in one message, which has this limit. */
export const MAX_TEXT_BYTES = 16 * 1024 * 1024;
export const DOCKERFILE_NAMES = ['Dockerfile', 'dockerfile'] as const;
export const IGNORE_NAME = '.dockerignore';

export interface FoundText {
  /** As the user would write it; not yet safe to show. */
  readonly name: string;
  readonly data: Uint8Array;
}

export interface DockerfileText extends FoundText {
  /** `<Dockerfile>.dockerignore` beside it, else `.dockerignore` of the context. */
  readonly ignore?: FoundText;
}

export function noDockerfile(where: string): PhylloError {
  return new PhylloError('not-found', `read Dockerfile: there is none in ${where}`, {
    hint: 'Name another file with -f, or give one to standard input with -f -.',
  });
}
