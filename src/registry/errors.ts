// What goes wrong with registries, as errors of ours: never with a query, a header or a secret in them.
import { STATUS_CODES } from 'node:http';
import { type ErrorCode, PhylloError, isPhylloError, toPhylloError } from '../lib/errors.ts';
import { readAll } from '../lib/streams.ts';
import { safeText } from '../lib/text.ts';
import { isJsonObject } from '../oci/json.ts';
import type { HttpAnswer } from './http.ts';

const MAX_ERROR_BYTES = 64 * 1024;
const MAX_SHOWN = 300;
/** These come again: there is nobody, or somebody who is not trusted. */
const FINAL = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'HPE_HEADER_OVERFLOW']);
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its name cannot be resolved now',
  ECONNRESET: 'the connection broke off',
  EPIPE: 'the connection broke off',
  ETIMEDOUT: 'the connection timed out',
  HPE_HEADER_OVERFLOW: 'its headers are too large',
};
const CERTIFICATE_REASONS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate is signed by an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by an unknown authority',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  CERT_REVOKED: 'its certificate was revoked',
  CERT_UNTRUSTED: 'its certificate is not trusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

/** Host and path. A query may hold a signature or a token, user information a password. */
export function shownUrl({ host, pathname }: URL): string {
  return safeText(`${host}${pathname}`.slice(0, MAX_SHOWN));
}

/** Worth another try: the same may go well later. */
export function isTemporary(error: unknown): error is PhylloError {
  return isPhylloError(error, 'network') && error.data['temporary'] === true;
}

/** A request that got no whole answer. Throws nothing; an abort becomes `cancelled`. */
export function networkError(url: URL, error: unknown): PhylloError {
  if (error instanceof PhylloError) return error;
  if (error instanceof Error && error.name === 'AbortError')
    return toPhylloError(error, `ask ${shownUrl(url)}`);
  const code = codeOf(error);
  const certificate = Object.hasOwn(CERTIFICATE_REASONS, code) ? CERTIFICATE_REASONS[code] : undefined;
  if (certificate !== undefined) {
    return new PhylloError('network', `ask ${shownUrl(url)}: ${certificate}`, {
      hint: `If it is the right one, put its authority into /etc/docker/certs.d/${url.host}/ca.crt.`,
      data: { certificate: code },
      cause: error,
    });
  }
  return new PhylloError('network', `ask ${shownUrl(url)}: ${reasonOf(code, error)}`, {
    data: { temporary: !FINAL.has(code), system: code },
    cause: error,
  });
}

function reasonOf(code: string, error: unknown): string {
  const known = Object.hasOwn(REASONS, code) ? REASONS[code] : undefined;
  if (known !== undefined) return known;
  if (code.startsWith('HPE_')) return 'it does not answer in HTTP';
  return safeText(error instanceof Error ? error.message : String(error)).slice(0, MAX_SHOWN);
}

function codeOf(error: unknown): string {
  const code = error instanceof Error ? (error as Error & { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : '';
}

export interface StatusContext {
  /** `verb object`, for the message. */
  readonly doing: string;
  /** Host as the user writes it. */
  readonly host: string;
  /** Takes out what is secret, should the registry repeat it. */
  readonly redact: (text: string) => string;
  readonly nowMs: number;
}

/** An answer that is not what was hoped for. Reads its body. */
export async function statusError(answer: HttpAnswer, context: StatusContext): Promise<PhylloError> {
  const { status } = answer;
  const told = await toldErrors(answer);
  const words = [String(status), STATUS_CODES[status], ...(told.text === '' ? [] : [`(${told.text})`])];
  const code = codeOfStatus(status);
  const message = `${context.doing}: ${context.host} answers ${words.filter(Boolean).join(' ')}`;
  return new PhylloError(code, context.redact(message), {
    hint: hintFor(status, context.host),
    data: {
      status,
      registryCodes: told.codes,
      temporary: code === 'network' && (status === 429 || status >= 500),
      retryAfterMs: retryAfterMs(answer.headers['retry-after'], context.nowMs),
    },
  });
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 404) return 'not-found';
  if (status === 405 || status === 501) return 'unsupported';
  if (status === 413) return 'limit-exceeded';
  return 'network';
}

function hintFor(status: number, host: string): string | undefined {
  if (status === 401) return `Log in: phyllo login ${host}.`;
  if (status === 403)
    return `This account may not do that; another one can be given with phyllo login ${host}.`;
  return undefined;
}

interface ToldErrors {
  readonly codes: readonly string[];
  readonly text: string;
}

/** The registry's own words: `{"errors":[{"code":"MANIFEST_UNKNOWN","message":"…"}]}`. */
async function toldErrors({ body }: HttpAnswer): Promise<ToldErrors> {
  try {
    const value: unknown = JSON.parse((await readAll(body, MAX_ERROR_BYTES, 'error')).toString('utf8'));
    const list = isJsonObject(value) && Array.isArray(value['errors']) ? value['errors'] : [];
    const errors = list.filter(isJsonObject).slice(0, 3);
    const codes = errors.map((error) => textOf(error['code'])).filter((code) => code !== '');
    const texts = errors.map((error) =>
      [textOf(error['code']), textOf(error['message'])].filter((part) => part !== '').join(': '),
    );
    return { codes, text: safeText(texts.join('; ')).slice(0, MAX_SHOWN) };
  } catch {
    return { codes: [], text: '' };
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Seconds or a date (RFC 9110); undefined for anything else. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,15}$/.test(header)) return Number(header) * 1000;
  const atMs = /^[A-Z][a-z]{2}, /.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
