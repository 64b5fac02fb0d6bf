// What goes wrong between us and an engine, as PhylloErrors.
import { type ErrorCode, PhylloError } from '../lib/errors.ts';
import { safeText } from '../lib/text.ts';
import { type Endpoint, endpointText } from './endpoint.ts';
import { fieldsOf } from './fields.ts';

const MAX_MESSAGE = 2000;

/** The status that the engine answered with is `data.status`, its words are `data.reason` (safe to show). */
export function statusError(status: number, body: Uint8Array, doing: string): PhylloError {
  const reason = reasonOf(body) || `the engine answered with status ${status}`;
  return new PhylloError(codeOf(status), `${doing}: ${reason}`, { data: { status, reason } });
}

function codeOf(status: number): ErrorCode {
  if (status === 404) return 'not-found';
  if (status === 400 || status === 409) return 'invalid-argument';
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 501) return 'unsupported';
  return 'io';
}

function reasonOf(body: Uint8Array): string {
  const text = new TextDecoder().decode(body);
  try {
    return shortened(fieldsOf(JSON.parse(text)).text('message'));
  } catch {
    return shortened(text);
  }
}

/** Foreign text as one line that fits a message. */
export function shortened(text: string): string {
  const trimmed = text.trim();
  return safeText(trimmed.length > MAX_MESSAGE ? `${trimmed.slice(0, MAX_MESSAGE)}…` : trimmed);
}

const NOBODY = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Of a failed connection. */
export function connectError(error: unknown, endpoint: Endpoint): PhylloError {
  if (error instanceof PhylloError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const address = endpointText(endpoint);
  const fail = (reason: string, hint: string): PhylloError =>
    new PhylloError('engine-unavailable', `connect to ${address}: ${reason}`, { hint, cause: error });
  if (code === 'EACCES' || code === 'EPERM') {
    return fail(
      'permission denied',
      'Your user may not use this engine: join its group (docker), or use a rootless engine.',
    );
  }
  if (code !== undefined && NOBODY.has(code)) {
    return fail('no engine answers there', 'Start Docker or Podman, or set DOCKER_HOST to where it listens.');
  }
  return fail(
    shortened(String(message)),
    'Check DOCKER_HOST, and the certificates in DOCKER_CERT_PATH for TLS.',
  );
}

/** Of a connection that broke while it was used. */
export function brokenError(
  error: unknown,
  { doing, signal }: { readonly doing: string; readonly signal?: AbortSignal | undefined },
): PhylloError {
  if (error instanceof PhylloError) return error;
  // A body that is given up in the middle looks like one that broke.
  if (signal?.aborted || (error instanceof Error && error.name === 'AbortError')) {
    return new PhylloError('cancelled', `${doing}: cancelled`, { cause: error });
  }
  return new PhylloError('network', `${doing}: the connection to the engine broke`, { cause: error });
}
