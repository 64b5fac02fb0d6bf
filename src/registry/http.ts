// One HTTP request and its answer. Follows nothing, adds no credentials, decodes nothing: what comes is what was sent.
import { once } from 'node:events';
import {
  Agent as PlainAgent,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import { request as requestPlain } from 'node:http';
import { Agent as TlsAgent, request as requestTls } from 'node:https';
import type { SecureContext } from 'node:tls';
import { PhylloError, toPhylloError } from '../lib/errors.ts';
import { networkError, shownUrl } from './errors.ts';
import { Patience } from './patience.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  /** How long the answer may take once all was sent. Default: the stall time. */
  readonly answerMs?: number;
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  /** Where it came from. */
  readonly url: URL;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** To be read once, or discarded. Throws `network` when it breaks off or stalls. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Reads a little that is left, so that the connection can be used again; cuts off more. */
  discard(): Promise<void>;
}

export interface TlsOptions {
  readonly secureContext: SecureContext;
  readonly rejectUnauthorized: boolean;
}

export interface HttpOptions {
  /** By `host:port` of a URL. */
  readonly tlsFor: (host: string) => Promise<TlsOptions>;
  readonly userAgent: string;
  /** How long nothing may happen. */
  readonly stallMs: number;
}

const MAX_SOCKETS = 8;
const MAX_DISCARDED_BYTES = 64 * 1024;

export class Http {
  private readonly options: HttpOptions;
  private readonly plain = new PlainAgent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  private readonly secure = new Map<string, Promise<TlsAgent>>();

  constructor(options: HttpOptions) {
    this.options = options;
  }

  /** Throws `network`, `cancelled`. */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const { url, method, signal } = request;
    const agent = await this.agentFor(url);
    const { userAgent } = this.options;
    const options = {
      method,
      agent,
      // What is compressed on the way has another digest, and may inflate to anything.
      headers: { 'user-agent': userAgent, 'accept-encoding': 'identity', ...request.headers },
      signal,
    };
    if (signal?.aborted) throw networkError(url, new DOMException('', 'AbortError'));
    const sent = url.protocol === 'https:' ? requestTls(url, options) : requestPlain(url, options);
    return this.answered(sent, request);
  }

  private answered(sent: ClientRequest, request: HttpRequest): Promise<HttpAnswer> {
    const { url, body, answerMs } = request;
    const { stallMs } = this.options;
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        sent.destroy();
        reject(networkError(url, error));
      };
      const patience = new Patience(answerMs ?? stallMs, () => fail(stalled(url, answerMs ?? stallMs)));
      // Errors after the answer come through its body.
      sent.on('error', (error) => {
        patience.end();
        fail(error);
      });
      sent.once('response', (message) => {
        patience.end();
        resolve(answerOf(message, url, stallMs));
      });
      writeBody(sent, body, () => fail(stalled(url, stallMs)), stallMs).then(
        () => patience.wait(),
        // What could not be read here is no fault of the network.
        (error: unknown) => fail(toPhylloError(error, 'read what is sent')),
      );
    });
  }

  private async agentFor(url: URL): Promise<PlainAgent> {
    if (url.protocol === 'http:') return this.plain;
    const { host } = url;
    const known = this.secure.get(host) ?? this.options.tlsFor(host).then(tlsAgent);
    this.secure.set(host, known);
    return known;
  }

  async close(): Promise<void> {
    this.plain.destroy();
    for (const agent of this.secure.values()) await agent.then((it) => it.destroy()).catch(() => undefined);
  }
}

/** Said in words, so that no variable of the environment turns verifying off. */
function tlsAgent({ secureContext, rejectUnauthorized }: TlsOptions): TlsAgent {
  return new TlsAgent({ keepAlive: true, maxSockets: MAX_SOCKETS, secureContext, rejectUnauthorized });
}

/** Resolves when all is sent, or the answer came before that. */
async function writeBody(
  sent: ClientRequest,
  body: HttpRequest['body'],
  onStall: () => void,
  stallMs: number,
): Promise<void> {
  if (body === undefined || body instanceof Uint8Array) {
    sent.end(body);
    return;
  }
  const answered = new AbortController();
  sent.once('response', () => answered.abort());
  sent.once('close', () => answered.abort());
  const patience = new Patience(stallMs, onStall);
  for await (const chunk of body) {
    if (answered.signal.aborted) break;
    if (sent.write(chunk)) continue;
    patience.wait();
    await once(sent, 'drain', { signal: answered.signal }).catch(() => undefined);
    patience.got(chunk.length);
  }
  if (!sent.destroyed) sent.end();
}

function answerOf(message: IncomingMessage, url: URL, stallMs: number): HttpAnswer {
  const body = bodyOf(message, url, stallMs);
  return {
    url,
    status: message.statusCode ?? 0,
    headers: message.headers,
    body,
    discard: () => discard(message, body),
  };
}

async function* bodyOf(message: IncomingMessage, url: URL, stallMs: number): AsyncGenerator<Uint8Array> {
  const encoding = message.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    message.destroy();
    throw new PhylloError(
      'network',
      `ask ${shownUrl(url)}: it sends the bytes encoded, which was not asked for`,
    );
  }
  let stall: PhylloError | undefined;
  const patience = new Patience(stallMs, () => message.destroy((stall = stalled(url, stallMs))));
  const chunks = message[Symbol.asyncIterator]();
  try {
    for (;;) {
      patience.wait();
      const next = await chunks.next();
      const chunk = next.done ? undefined : (next.value as Uint8Array);
      patience.got(chunk?.length ?? 0);
      if (chunk === undefined) return;
      yield chunk;
    }
  } catch (error) {
    throw stall ?? networkError(url, error);
  } finally {
    patience.end();
    message.destroy();
  }
}

async function discard(message: IncomingMessage, body: AsyncIterable<Uint8Array>): Promise<void> {
  let left = MAX_DISCARDED_BYTES;
  try {
    if (message.headers['content-encoding'] === undefined) {
      for await (const chunk of body) if ((left -= chunk.length) < 0) return;
    }
  } catch {
    // Nobody wanted it.
  } finally {
    if (!message.complete) message.destroy();
  }
}

function stalled(url: URL, stallMs: number): PhylloError {
  return new PhylloError(
    'network',
    `ask ${shownUrl(url)}: nothing came for ${Math.round(stallMs / 1000)} seconds`,
    {
      data: { temporary: true },
    },
  );
}
