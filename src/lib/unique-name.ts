// Names of temporary files. Not secret: what must not be guessed comes from node:crypto, which takes long to load.
import process from 'node:process';

/** Processes may share their process ID, each in its own namespace, but not the clock of the machine. */
export function uniqueName(): string {
  return `${process.hrtime.bigint().toString(36)}-${Math.random().toString(36).slice(2)}`;
}
