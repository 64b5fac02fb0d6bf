// Where a COPY puts things, from the text of its last word.
import { cleanPath, joinPath } from './raw-path.ts';

export interface Destination {
  /** Clean, links not followed. */
  readonly path: string;
  /** It was written as a directory: with a slash or a dot at its end. */
  readonly isDirectory: boolean;
}

/** `workingDir` may have a leading slash or not. */
export function destinationOf(text: string, workingDir: string): Destination {
  const isAbsolute = text.startsWith('/');
  return {
    path: cleanPath(isAbsolute ? text : joinPath(cleanPath(workingDir), text)),
    isDirectory: text === '' || text === '.' || text.endsWith('/') || text.endsWith('/.'),
  };
}
