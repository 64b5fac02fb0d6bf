// The one error class. Callers branch on `code`, never on text.

export type ErrorCode =
  | 'not-found'
  | 'already-exists'
  | 'ambiguous'
  | 'invalid-reference'
  | 'invalid-image'
  | 'invalid-archive'
  | 'invalid-dockerfile'
  | 'invalid-argument'
  | 'digest-mismatch'
  | 'size-mismatch'
  | 'unsupported'
  | 'path-escape'
  | 'limit-exceeded'
  | 'unauthorized'
  | 'network'
  | 'build-failed'
  | 'engine-unavailable'
  | 'locked'
  | 'no-space'
  | 'read-only'
  | 'cancelled'
  | 'io';

export interface ErrorDetails {
  /** What the user can do about it, one line, shown indented below the message. */
  hint?: string;
  cause?: unknown;
  /** Typed facts for callers: `path`, `expected`, `found`, `digest`, `offset`, … */
  data?: Readonly<Record<string, unknown>>;
}

/** `message` reads `verb object: reason`, lower case, with the digest or path it is about. */
export class PhylloError extends Error {
  override readonly name = 'PhylloError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.data = details.data ?? {};
  }
}

export function isPhylloError(value: unknown, code?: ErrorCode): value is PhylloError {
  return value instanceof PhylloError && (code === undefined || value.code === code);
}

/** EDQUOT has no name in libuv: it reaches JavaScript as errno -122 with an "Unknown system error" code. */
const EDQUOT = -122;

const SYSTEM_CODES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ENOENT: ['not-found', 'no such file or directory'],
  EEXIST: ['already-exists', 'it already exists'],
  ENOSPC: ['no-space', 'no space left on the device'],
  EDQUOT: ['no-space', 'the disk quota is used up'],
  EFBIG: ['no-space', 'the file would be larger than the system allows'],
  EROFS: ['read-only', 'the file system is read-only'],
  EACCES: ['read-only', 'permission denied'],
  EPERM: ['read-only', 'operation not permitted'],
  EISDIR: ['io', 'it is a directory'],
  ENOTDIR: ['not-found', 'a part of the path is not a directory'],
  EMFILE: ['io', 'too many open files'],
  EIO: ['io', 'the device reported an input/output error'],
};

/**
 * Any thrown value as a PhylloError about `doing` (`verb object`). A PhylloError is passed through as it is,
 * an abort becomes `cancelled`, a system error keeps its meaning.
 */
export function toPhylloError(error: unknown, doing: string): PhylloError {
  if (error instanceof PhylloError) return error;
  if (error instanceof Error && error.name === 'AbortError') {
    return new PhylloError('cancelled', `${doing}: cancelled`, { cause: error });
  }
  const { code, errno } = systemFields(error);
  const known = SYSTEM_CODES[errno === EDQUOT ? 'EDQUOT' : code];
  if (known) return new PhylloError(known[0], `${doing}: ${known[1]}`, { cause: error });
  const reason = error instanceof Error ? error.message : String(error);
  return new PhylloError('io', `${doing}: ${reason}`, { cause: error });
}

function systemFields(error: unknown): { code: string; errno: number } {
  if (typeof error !== 'object' || error === null) return { code: '', errno: 0 };
  const { code, errno } = error as { code?: unknown; errno?: unknown };
  return { code: typeof code === 'string' ? code : '', errno: typeof errno === 'number' ? errno : 0 };
}

export function isSystemError(error: unknown, code: string): boolean {
  return systemFields(error).code === code;
}
