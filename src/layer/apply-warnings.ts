// What is told of losses and failures while trees are written or read, safe to show.
import { getSystemErrorMessage } from 'node:util';
import { type PhylloError, toPhylloError } from '../lib/errors.ts';
import { safeBytes } from '../lib/text.ts';
import { raw } from './apply-directory.ts';

/** What could not be kept: one line for each kind of loss, however many files it met. */
export class Warnings {
  private readonly kinds = new Map<string, { readonly first: string; count: number }>();

  /** `path` has one character a byte. */
  note(what: string, path: string): void {
    const seen = this.kinds.get(what);
    if (seen) seen.count++;
    else this.kinds.set(what, { first: path, count: 1 });
  }

  /** Safe to show. */
  lines(): string[] {
    return Array.from(this.kinds, ([what, { first, count }]) => {
      const more = count === 1 ? '' : ` and ${count - 1} more`;
      return `${what}: ${safeBytes(raw(`/${first}`))}${more}`;
    });
  }
}

/** The error of a system call on a path, without the path that Node puts into its text: that is a stranger's. */
export function fileError(error: unknown, verb: 'read' | 'write', path: string): PhylloError {
  const doing = `${verb} /${safeBytes(raw(path))}`;
  if (!(error instanceof Error && 'errno' in error && typeof error.errno === 'number'))
    return toPhylloError(error, doing);
  const { errno } = error;
  const code = 'code' in error ? error.code : undefined;
  return toPhylloError(Object.assign(new Error(getSystemErrorMessage(errno)), { errno, code }), doing);
}
