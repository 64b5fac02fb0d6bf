// Where engines tell reasons in words alone. Nothing else reads their messages.
import { PhylloError, isPhylloError } from '../../lib/errors.ts';
import { EXIT_CODES } from '../exit-codes.ts';

const PROGRAM_MISSING =
  /executable file .*not found|no such file or directory|cannot find the file|executable not found|not found in \$PATH/i;
const PROGRAM_UNFIT = /permission denied|is a directory|exec format error/i;
const UNKNOWN_USER = /unable to find (?:user|group) |no matching entries in (?:passwd|group) file/i;
const DUPLICATE_PATHS = /duplicates of file paths/i;
const UNKNOWN_COMPRESSION = /invalid tar header|unrecognized (?:compression|image format)/i;

/** What the engine said, safe to show. */
export function reasonOf(error: PhylloError): string {
  const { reason } = error.data;
  return typeof reason === 'string' ? reason : error.message;
}

/** Why a program did not start: docker's own reading of the runtime's words. */
export function programError(reason: string, doing: string): PhylloError | undefined {
  if (PROGRAM_MISSING.test(reason)) {
    return new PhylloError('not-found', `${doing}: ${reason}`, { data: { exitCode: EXIT_CODES.notFound } });
  }
  if (PROGRAM_UNFIT.test(reason)) {
    return new PhylloError('invalid-argument', `${doing}: ${reason}`, {
      data: { exitCode: EXIT_CODES.notExecutable },
    });
  }
  return undefined;
}

/** Of a refused start. A container that is not there has no program either: its status tells them apart. */
export function startError(error: unknown, doing: string): unknown {
  if (!isPhylloError(error) || typeof error.data['status'] !== 'number') return error;
  const isGone = error.data['status'] === 404 && /no such container|no container with/i.test(reasonOf(error));
  if (isGone) return error;
  if (UNKNOWN_USER.test(reasonOf(error)))
    return new PhylloError('invalid-argument', error.message, { cause: error });
  return programError(reasonOf(error), doing) ?? error;
}

/** Of a refused image. */
export function loadError(error: unknown): unknown {
  if (!isPhylloError(error)) return error;
  const reason = reasonOf(error);
  if (DUPLICATE_PATHS.test(reason)) {
    return new PhylloError('unsupported', `load image into the engine: ${reason}`, {
      hint: 'A layer has one path twice, and this engine takes no such images. Run it with --engine linux.',
      cause: error,
    });
  }
  if (UNKNOWN_COMPRESSION.test(reason)) {
    return new PhylloError('unsupported', `load image into the engine: ${reason}`, {
      hint: 'This engine cannot read how the layers are compressed (zstd needs Docker 23 or later).',
      cause: error,
    });
  }
  return error;
}
