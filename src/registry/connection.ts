// Requests to one registry: authorised, tried again, redirects followed by hand. What may be sent where is decided here.
import { PhylloError, isPhylloError } from '../lib/errors.ts';
import { Authorizer } from './auth.ts';
import type { CredentialSource } from './credentials.ts';
import { type Security, findOrigin } from './endpoint.ts';
import { shownUrl, statusError } from './errors.ts';
import type { Http, HttpAnswer, HttpRequest } from './http.ts';
import { type RetryOptions, retrying } from './retry.ts';

export interface RegistryRequest {
  readonly method: HttpRequest['method'];
  /** A path below the registry, or a URL that it gave us. */
  readonly target: string | URL;
  /** Words like `repository:library/nginx:pull`. */
  readonly scope: string;
  /** Answers with one of these are given back, all others thrown. */
  readonly expected: readonly number[];
  /** `verb object`, for errors. */
  readonly doing: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | (() => AsyncIterable<Uint8Array>);
  readonly answerMs?: number;
  /** False where another try has to begin elsewhere. */
  readonly mayRetry?: boolean;
  readonly signal?: AbortSignal;
}

export interface ConnectionOptions {
  /** As references have it. */
  readonly host: string;
  readonly security: Security;
  readonly http: Http;
  readonly credentials: CredentialSource;
  readonly retry: Omit<RetryOptions, 'signal'>;
  readonly connectMs: number;
  readonly nowMs: () => number;
  readonly onNotice: (text: string) => void;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MAX_REDIRECTS = 10;
const MAX_WARNING = 300;

export class Connection {
  private readonly options: ConnectionOptions;
  private opened: Promise<{ origin: string; auth: Authorizer }> | undefined;

  constructor(options: ConnectionOptions) {
    this.options = options;
  }

  /** Throws `unauthorized`, `not-found`, `network` and the like. The caller reads or discards the body. */
  async send(request: RegistryRequest): Promise<HttpAnswer> {
    const { signal } = request;
    const options = { ...this.options.retry, signal, ...(request.mayRetry === false && { tries: 1 }) };
    return retrying(() => this.sendOnce(request), options);
  }

  /** The user's own login, checked. Throws `unauthorized`. */
  async ping(signal?: AbortSignal): Promise<void> {
    const { host } = this.options;
    const request = {
      method: 'GET',
      target: '/v2/',
      scope: '',
      expected: [200],
      doing: `log in to ${host}`,
    } as const;
    const answer = await this.send({ ...request, signal });
    await answer.discard();
  }

  private async sendOnce(request: RegistryRequest): Promise<HttpAnswer> {
    const { host, nowMs } = this.options;
    const { origin, auth } = await this.open(request.signal);
    let answer = await this.follow(request, origin, await auth.header(request.scope, request.signal));
    if (answer.status === 401 && answer.url.origin === origin) {
      await answer.discard();
      const header = await auth.answer(answer, request.scope, request.signal);
      answer = await this.follow(request, origin, header);
    }
    if (request.expected.includes(answer.status)) {
      this.passWarning(answer);
      return answer;
    }
    const redact = (text: string): string => auth.redact(text);
    throw await statusError(answer, { doing: request.doing, host, redact, nowMs: nowMs() });
  }

  private open(signal: AbortSignal | undefined): Promise<{ origin: string; auth: Authorizer }> {
    const { host, security, connectMs } = this.options;
    this.opened ??= findOrigin(host, security, { timeoutMs: connectMs, signal }).then((origin) => ({
      origin,
      auth: new Authorizer({ ...this.options, origin }),
    }));
    this.opened.catch(() => (this.opened = undefined));
    return this.opened;
  }

  /** The login goes to the registry itself and nowhere else. */
  private async follow(
    request: RegistryRequest,
    origin: string,
    authorization: string | undefined,
  ): Promise<HttpAnswer> {
    const { method, headers, body, signal, answerMs } = request;
    let url = new URL(request.target, origin);
    const isRead = method === 'GET' || method === 'HEAD';
    for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
      mustKeepTls(new URL(origin), url);
      const login: Record<string, string> =
        authorization !== undefined && url.origin === origin ? { authorization } : {};
      const bytes = typeof body === 'function' ? body() : body;
      const sent = { method, url, headers: { ...headers, ...login }, body: bytes, signal, answerMs };
      const answer = await this.options.http.send(sent);
      const { location } = answer.headers;
      const leadsOn = isRead ? REDIRECTS.has(answer.status) : [307, 308].includes(answer.status);
      if (!leadsOn || location === undefined) return answer;
      await answer.discard();
      url = locationOf(location, url);
    }
    throw new PhylloError('network', `${request.doing}: ${this.options.host} leads on without end`);
  }

  /** Warnings are for people (RFC 7234, 5.5), as the distribution specification has them. */
  private passWarning({ headers }: HttpAnswer): void {
    const text = /^299 - "([^"\\]+)"/.exec(headers.warning ?? '')?.[1];
    if (text === undefined || text.length > MAX_WARNING || !/^[\x20-\x7e]+$/.test(text)) return;
    this.options.onNotice(`${this.options.host} warns: ${text}`);
  }
}

/** Where the registry sends us. Throws `network` for what is no web address, or has a password in it. */
export function locationOf(location: string, base: URL): URL {
  const url = URL.parse(location, base);
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (url !== null && isWeb && url.username === '' && url.password === '') return url;
  throw new PhylloError('network', `ask ${shownUrl(base)}: it leads to what is no web address`);
}

function mustKeepTls(origin: URL, url: URL): void {
  if (origin.protocol !== 'https:' || url.protocol === 'https:') return;
  throw new PhylloError('network', `ask ${shownUrl(origin)}: it leads from https to http`);
}

/** The registry says that it has no such thing. */
export function isAbsent(error: unknown): boolean {
  return isPhylloError(error, 'not-found') && error.data['status'] === 404;
}
