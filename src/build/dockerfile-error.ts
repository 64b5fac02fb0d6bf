// What is wrong with a Dockerfile and shows only when it is planned or built, told like what the parser finds.
import type { Diagnostic, Dockerfile, Range } from '../dockerfile/instruction.ts';
import { type ErrorCode, type ErrorDetails, PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';

export interface DockerfileErrorDetails extends Pick<ErrorDetails, 'hint' | 'cause'> {
  readonly code?: ErrorCode;
}

/** Throws `invalid-dockerfile` with the excerpts when the text has errors. */
export function mustBuild(file: Dockerfile, source: string, name: string): void {
  const errors = file.diagnostics.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first === undefined) return;
  throw new PhylloError(
    'invalid-dockerfile',
    `read ${safeText(name)}: line ${first.range.start.line}: ${safeText(first.message)}`,
    {
      data: { diagnostics: file.diagnostics, source, name },
    },
  );
}

/** `data.diagnostics` has the place, for whoever can show the line. */
export function dockerfileError(
  range: Range | undefined,
  reason: string,
  { code = 'invalid-dockerfile', hint, cause }: DockerfileErrorDetails = {},
): PhylloError {
  const place = range === undefined ? 'Dockerfile' : `line ${range.start.line}`;
  const diagnostics: Diagnostic[] =
    range === undefined
      ? []
      : [{ severity: 'error', rule: 'syntax', message: reason, range, ...(hint && { hint }) }];
  return new PhylloError(code, `build ${place}: ${safeText(reason)}`, {
    ...(hint !== undefined && { hint: safeText(hint) }),
    ...(cause !== undefined && { cause }),
    data: { diagnostics },
  });
}
