// One GET over http or https, redirects followed by hand: what may be sent where is decided here.
import { PhylloError } from '../../lib/errors.ts';
import { safeText } from '../../lib/text.ts';
import { parseUrl, shownUrl, takeCredentials } from './url.ts';

const MAX_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const LONGEST_REASON = 200;

export interface UrlPlace {
  readonly headers: Headers;
  /** As the server says. */
  readonly sizeBytes: number | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

export interface GetOptions {
  readonly signal: AbortSignal;
  /** A redirect from https to http is followed: the bytes are checked. */
  readonly mayLeaveTls: boolean;
}

/** Throws `network`, `invalid-argument` for a redirect to what is no http URL. */
export async function followRedirects(start: URL, { signal, mayLeaveTls }: GetOptions): Promise<UrlPlace> {
  const first = takeCredentials(start);
  let { url } = first;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    // A password is for the server that it was written for, and no other.
    const authorization = url.origin === first.url.origin ? first.authorization : undefined;
    const response = await get(url, authorization, signal);
    const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null;
    if (location === null) return placeOf(response, url);
    await response.body?.cancel();
    const next = parseUrl(location, url);
    if (url.protocol === 'https:' && next.protocol === 'http:' && !mayLeaveTls) {
      throw failed(url, 'it leads from https to http', 'Add --checksum if that is meant.');
    }
    url = takeCredentials(next).url;
  }
  throw failed(start, `it leads on more than ${MAX_REDIRECTS} times`);
}

async function get(url: URL, authorization: string | undefined, signal: AbortSignal): Promise<Response> {
  const headers = new Headers({ 'accept-encoding': 'identity', 'user-agent': 'phyllo' });
  if (authorization !== undefined) headers.set('authorization', authorization);
  try {
    return await fetch(url, { redirect: 'manual', headers, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw failed(url, reasonOf(error));
  }
}

async function placeOf(response: Response, url: URL): Promise<UrlPlace> {
  const { ok, status, headers, body } = response;
  if (!ok) {
    await body?.cancel();
    throw failed(url, `the server answers ${status}`);
  }
  const length = headers.get('content-length');
  // Of what is sent compressed the length is another one.
  const isPlain = !headers.has('content-encoding');
  const sizeBytes = isPlain && length !== null && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
  return { headers, sizeBytes, body: bytesOf(body, url) };
}

async function* bytesOf(body: Response['body'], url: URL): AsyncGenerator<Uint8Array> {
  try {
    if (body !== null) yield* body;
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') throw error;
    throw failed(url, reasonOf(error));
  }
}

/** fetch says `fetch failed` and hides why in the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const text = cause instanceof Error ? cause.message : String(cause);
  return safeText(text).slice(0, LONGEST_REASON);
}

function failed(url: URL, reason: string, hint?: string): PhylloError {
  return new PhylloError('network', `load ${shownUrl(url)}: ${reason}`, hint === undefined ? {} : { hint });
}
