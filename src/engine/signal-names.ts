// Linux signals by name and number, as `kill`, `stop` and STOPSIGNAL take them. Containers are Linux wherever we run.
import { PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';

const NAMES =
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'.split(
    ' ',
  );
const ALIASES: Readonly<Record<string, string>> = { IOT: 'ABRT', CLD: 'CHLD', POLL: 'IO', UNUSED: 'SYS' };
/** The C library keeps 32 and 33 for itself. */
const REALTIME = { first: 34, last: 64 } as const;

/** `SIGTERM` of `TERM`, `sigterm`, `15`; `SIGRTMIN+3` of `RTMIN+3`, `37`. Throws `invalid-argument`. */
export function signalName(text: string): string {
  const number = numberOf(text);
  if (number === undefined) {
    throw new PhylloError('invalid-argument', `read signal ${safeText(text)}: there is no such signal`, {
      hint: 'Give a name such as TERM, or a number.',
    });
  }
  return nameOf(number);
}

/** Throws `invalid-argument`. */
export function signalNumber(text: string): number {
  return numberOf(signalName(text))!;
}

function numberOf(text: string): number | undefined {
  if (/^\d{1,2}$/.test(text)) return inRange(Number(text));
  const name = text.toUpperCase().replace(/^SIG/, '');
  const known = NAMES.indexOf(ALIASES[name] ?? name);
  return known >= 0 ? known + 1 : realtime(name);
}

function realtime(name: string): number | undefined {
  const match = /^RTM(?:IN(?:\+(\d{1,2}))?|AX(?:-(\d{1,2}))?)$/.exec(name);
  if (!match) return undefined;
  const number = name.startsWith('RTMIN')
    ? REALTIME.first + Number(match[1] ?? 0)
    : REALTIME.last - Number(match[2] ?? 0);
  return number >= REALTIME.first && number <= REALTIME.last ? number : undefined;
}

function inRange(number: number): number | undefined {
  const known = number >= 1 && number <= NAMES.length;
  return known || (number >= REALTIME.first && number <= REALTIME.last) ? number : undefined;
}

function nameOf(number: number): string {
  const name = NAMES[number - 1];
  if (name !== undefined) return `SIG${name}`;
  return number === REALTIME.first ? 'SIGRTMIN' : `SIGRTMIN+${number - REALTIME.first}`;
}
