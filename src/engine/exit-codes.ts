// How ends are told as exit codes, as docker and shells do.
import { isPhylloError } from '../lib/errors.ts';
import { signalNumber } from './signal-names.ts';

export const EXIT_CODES = {
  /** The container could not be made or started for another reason than its program. */
  engineFailed: 125,
  /** The program is there but cannot be run. */
  notExecutable: 126,
  /** The program is not there. */
  notFound: 127,
  killed: 137,
} as const;

/** Of a process that a signal ended. */
export function exitCodeOfSignal(signal: string): number {
  return 128 + signalNumber(signal);
}

/** How `run`, `start -a` and `exec` end when an engine refused: what its error says, else 125. */
export function exitCodeOfError(error: unknown): number {
  const code = isPhylloError(error) ? error.data['exitCode'] : undefined;
  return typeof code === 'number' ? code : EXIT_CODES.engineFailed;
}
