// What every way of taking a context in is told.
import { PhylloError } from '../../lib/errors.ts';

/** What was met so far; bytes are those of regular files, or those of the archive that was read. */
export interface ContextProgress {
  readonly files: number;
  readonly bytes: number;
}

export interface ContextOptions {
  readonly signal?: AbortSignal;
  /** Called every few milliseconds while work goes on, and at its end. */
  readonly onProgress?: (progress: ContextProgress) => void;
  /** Called at the end for what was left out, one line for each kind; safe to show. */
  readonly onWarning?: (warning: string) => void;
}

export const CAPABILITIES = 'security.capability';

export function refuseCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new PhylloError('cancelled', 'read context: cancelled');
}
