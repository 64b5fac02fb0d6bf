// What an OCI runtime wrote when it could not start a process, read as docker reads it: 127 when the program is not
// there, 126 when it cannot be run, 125 for all else.
import { PhylloError } from '../../lib/errors.ts';
import { safeText } from '../../lib/text.ts';

const MAX_SHOWN = 500;

/** About its own failures, a runtime names the program as crun does (`executable`) or as runc does (`exec: "…"`). */
const ABOUT_PROGRAM = /executable|exec: |exec container process/;
const ABSENT = /no such file or directory|not found in/i;
const UNUSABLE =
  /permission denied|operation not permitted|not a directory|is a directory|exec format error|too many levels/i;

/**
 * `report` is the text that the runtime logged; undefined when it tells of no failure. The words of an image may be in
 * it: they are made safe to show.
 */
export function startFailure(program: string, report: string): PhylloError | undefined {
  const reason = lastError(report);
  if (reason === undefined) return undefined;
  if (ABOUT_PROGRAM.test(reason) && ABSENT.test(reason)) return programAbsent(program);
  const why = safeText(withoutPreamble(reason).slice(0, MAX_SHOWN));
  if (UNUSABLE.test(reason)) return programUnusable(program, why);
  return new PhylloError('engine-unavailable', `start container: ${why}`, { data: { exitCode: 125 } });
}

export function programAbsent(program: string): PhylloError {
  const where = program.includes('/')
    ? 'there is no such file'
    : "it is in no folder of the container's PATH";
  return new PhylloError('not-found', `run ${shown(program)}: ${where}`, { data: { exitCode: 127 } });
}

export function programUnusable(program: string, why = 'it is not an executable file'): PhylloError {
  return new PhylloError('invalid-argument', `run ${shown(program)}: ${why}`, { data: { exitCode: 126 } });
}

function shown(program: string): string {
  return safeText(JSON.stringify(program.slice(0, MAX_SHOWN)));
}

function lastError(report: string): string | undefined {
  const errors = report
    .split('\n')
    .map(messageOf)
    .filter((message) => message !== undefined);
  return errors.at(-1);
}

/** A line is a JSON object with `level` and `msg`; others are no report of a runtime. */
function messageOf(line: string): string | undefined {
  try {
    const { level, msg } = JSON.parse(line) as { level?: unknown; msg?: unknown };
    return typeof msg === 'string' && (level === 'error' || level === 'fatal') ? msg : undefined;
  } catch {
    return undefined;
  }
}

function withoutPreamble(reason: string): string {
  return reason.replace(
    /^(runc (run|exec|create) failed|exec failed|unable to start container process): /g,
    '',
  );
}
