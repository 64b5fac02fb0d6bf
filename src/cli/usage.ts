// Wrong usage: an error that says what is wrong, what was probably meant, and where to read on. Exit code 2, or what the verb says.
import { PhylloError } from '../lib/errors.ts';
import { nearest } from '../lib/nearest.ts';

/** Marks errors about the command line itself, whatever a verb does with arguments that cannot be. */
const USAGE = { usage: true } as const;

export function isUsageError({ data }: PhylloError): boolean {
  return data['usage'] === true;
}

/** `verb` is empty for the program itself. */
export function usageError(verb: string, reason: string, meant?: string): PhylloError {
  const help = `See ${['phyllo', verb, '--help'].filter(Boolean).join(' ')}.`;
  const hint = meant === undefined ? help : `Did you mean ${meant}? ${help}`;
  return new PhylloError('invalid-argument', `${['run', verb || 'phyllo'].join(' ')}: ${reason}`, {
    hint,
    data: USAGE,
  });
}

/** The nearest word, or the one that was begun. */
export function meantWord(word: string, known: readonly string[]): string | undefined {
  return nearest(word, known) ?? known.find((candidate) => word.length > 1 && candidate.startsWith(word));
}

export function unknownCommand(group: string, word: string, known: readonly string[]): PhylloError {
  const meant = meantWord(word, known);
  return usageError(
    group,
    `unknown command ${JSON.stringify(word)}`,
    meant && `phyllo ${`${group} ${meant}`.trim()}`,
  );
}
