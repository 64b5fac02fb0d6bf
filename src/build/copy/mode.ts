// `--chmod`: octal, or what chmod(1) takes (`u=rwX,go=rX`). BSD's reading of it: without a `who` it means all, no umask.
import { PhylloError } from '../../lib/errors.ts';
import { safeText } from '../../lib/text.ts';

/** The mode of a file or directory after the change, from the one before. */
export type ModeChange = (mode: number, isDirectory: boolean) => number;

const MAX_MODE = 0o7777;
const ALL_BITS = 0o6777;
const EXECUTE = 0o111;
const SET_ID = 0o6000;
const STICKY = 0o1000;
/** Real ones have a dozen characters. */
const MAX_TEXT_LENGTH = 256;
const WHO: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o007, a: ALL_BITS };
const PERMISSIONS: Readonly<Record<string, number>> = {
  r: 0o444,
  w: 0o222,
  x: EXECUTE,
  s: SET_ID,
  t: STICKY,
};
/** How far the bits of a class lie from those of others. */
const SHIFT: Readonly<Record<string, number>> = { u: 6, g: 3, o: 0 };

/** Throws `invalid-argument`. */
export function parseMode(text: string): ModeChange {
  if (/^[0-7]+$/.test(text)) {
    const mode = Number.parseInt(text, 8);
    if (mode <= MAX_MODE) return () => mode;
  }
  if (text.length > MAX_TEXT_LENGTH) throw invalid(text);
  const steps = text.split(',').flatMap((clause) => parseClause(clause, text));
  return (mode, isDirectory) => {
    const before = { mode: mode & MAX_MODE, isDirectory };
    return steps.reduce((now, step) => step(now, before), before.mode);
  };
}

type Step = (mode: number, before: { readonly mode: number; readonly isDirectory: boolean }) => number;

/** `ug+rw-x`. */
function parseClause(clause: string, text: string): Step[] {
  const match = /^([ugoa]*)((?:[-+=][rwxXstugo]*)+)$/.exec(clause);
  if (!match) throw invalid(text);
  const who = Array.from(match[1]!).reduce((bits, name) => bits | WHO[name]!, 0);
  return Array.from(match[2]!.matchAll(/([-+=])([^-+=]*)/g), ([, operator, what]) =>
    action(who, operator!, what!),
  );
}

function action(who: number, operator: string, what: string): Step {
  // Others have no set-id and no sticky bit.
  const onlyOthers = who !== 0 && (who & ~0o007) === 0;
  const special = onlyOthers ? 0 : STICKY;
  const mask = (who === 0 ? ALL_BITS : who) | special;
  return (mode, before) => {
    let bits = 0;
    for (const name of what) {
      if (name in SHIFT) bits |= spread((mode >> SHIFT[name]!) & 0o7);
      else if (name === 'X') bits |= canExecute(operator, before) ? EXECUTE : 0;
      else if (!onlyOthers || name === 'r' || name === 'w' || name === 'x') bits |= PERMISSIONS[name]!;
    }
    bits &= mask;
    if (operator === '+') return mode | bits;
    if (operator === '-') return mode & ~bits;
    // `=` never takes the sticky bit away.
    return (mode & ~(mask & ~STICKY)) | bits;
  };
}

function spread(permissions: number): number {
  return permissions | (permissions << 3) | (permissions << 6);
}

/** Taking it away takes it from all. */
function canExecute(
  operator: string,
  { mode, isDirectory }: { mode: number; isDirectory: boolean },
): boolean {
  return operator === '-' || isDirectory || (mode & EXECUTE) !== 0;
}

function invalid(text: string): PhylloError {
  return new PhylloError(
    'invalid-argument',
    `read --chmod=${safeText(text.slice(0, MAX_TEXT_LENGTH))}: it is not a mode`,
    {
      hint: 'Write an octal number up to 7777, or as for chmod: u=rwX,go=rX.',
    },
  );
}
