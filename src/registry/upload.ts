// One blob into a registry: in one request when it is small, else in a session that can be taken up again.
import { PhylloError, isPhylloError } from '../lib/errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Connection, isAbsent, locationOf } from './connection.ts';
import { isTemporary, shownUrl } from './errors.ts';
import type { HttpAnswer } from './http.ts';
import { type RetryOptions, waitBeforeRetry } from './retry.ts';

export interface UploadOptions {
  /** The blob's bytes from there on; called anew for every try. */
  readonly open: (offset: number) => AsyncIterable<Uint8Array>;
  readonly onProgress?: (doneBytes: number) => void;
  readonly signal?: AbortSignal;
  readonly retry: Omit<RetryOptions, 'signal'>;
}

export interface UploadPlace {
  readonly repository: string;
  readonly scope: string;
}

const SMALL_BYTES = 1024 * 1024;
/** Registries that keep their blobs elsewhere copy them before they answer. */
const COMMIT_MS = 5 * 60_000;
const BYTES = { 'content-type': 'application/octet-stream' } as const;

export class Upload {
  private readonly connection: Connection;
  private readonly place: UploadPlace;
  private readonly blob: Pick<Descriptor, 'digest' | 'size'>;
  private readonly options: UploadOptions;
  private readonly doing: string;
  private session: URL | undefined;
  private offset = 0;

  constructor(
    connection: Connection,
    place: UploadPlace,
    blob: Pick<Descriptor, 'digest' | 'size'>,
    options: UploadOptions,
  ) {
    this.connection = connection;
    this.place = place;
    this.blob = blob;
    this.options = options;
    this.doing = `push blob ${blob.digest}`;
  }

  async run(): Promise<void> {
    const { retry, signal } = this.options;
    let failures = 0;
    for (;;) {
      const before = this.offset;
      try {
        this.session ??= await this.begin();
        await (this.blob.size <= SMALL_BYTES ? this.putWhole() : this.putInSession());
        return;
      } catch (error) {
        const isLost = this.session !== undefined && isLostSession(error);
        if (!isTemporary(error) && !isLost) throw error;
        await this.recover();
        failures = this.offset > before ? 1 : failures + 1;
        if (failures >= retry.tries) throw error;
        await waitBeforeRetry(error as PhylloError, failures, { ...retry, signal });
      }
    }
  }

  private async begin(): Promise<URL> {
    this.offset = 0;
    const answer = await this.send('POST', `/v2/${this.place.repository}/blobs/uploads/`, [202], {});
    return this.sessionOf(answer);
  }

  private async putWhole(): Promise<void> {
    const { size } = this.blob;
    await this.send('PUT', this.commitUrl(), [201, 204], {
      headers: { ...BYTES, 'content-length': String(size) },
      body: () => this.told(0),
      answerMs: COMMIT_MS,
    });
  }

  private async putInSession(): Promise<void> {
    const { size } = this.blob;
    if (this.offset < size) {
      const headers = {
        ...BYTES,
        'content-length': String(size - this.offset),
        'content-range': `${this.offset}-${size - 1}`,
      };
      const body = (): AsyncIterable<Uint8Array> => this.told(this.offset);
      const answer = await this.send('PATCH', this.session!, [202, 204], {
        headers,
        body,
        answerMs: COMMIT_MS,
      });
      this.session = this.sessionOf(answer);
      this.offset = size;
    }
    await this.send('PUT', this.commitUrl(), [201, 204], {
      headers: { 'content-length': '0' },
      answerMs: COMMIT_MS,
    });
  }

  /** How far the registry got; from the beginning when it has forgotten. */
  private async recover(): Promise<void> {
    const { session } = this;
    if (session === undefined) return;
    this.session = undefined;
    try {
      const answer = await this.send('GET', session, [204, 200, 202], {});
      const last = /^(?:bytes=)?0-(\d{1,15})$/.exec(String(answer.headers.range ?? ''))?.[1];
      const has = last === undefined ? 0 : Number(last) + 1;
      // A session of which nothing is known of its bytes is worth no more than a new one; `0-0` means none or one.
      if (has <= 1 || has > this.blob.size || this.blob.size <= SMALL_BYTES) return;
      this.session = this.sessionOf(answer, session);
      this.offset = has;
    } catch (error) {
      if (isPhylloError(error, 'cancelled')) throw error;
    }
  }

  private async *told(offset: number): AsyncGenerator<Uint8Array> {
    let done = offset;
    for await (const chunk of this.options.open(offset)) {
      yield chunk;
      done += chunk.length;
      this.options.onProgress?.(done);
    }
  }

  private commitUrl(): URL {
    const url = new URL(this.session!);
    url.searchParams.set('digest', this.blob.digest);
    return url;
  }

  private sessionOf({ headers, url }: HttpAnswer, fallback?: URL): URL {
    if (headers.location !== undefined) {
      const location = locationOf(headers.location, url);
      // Behind a proxy a registry may take itself for an http server.
      if (location.host === url.host) location.protocol = url.protocol;
      return location;
    }
    if (fallback) return fallback;
    throw new PhylloError('network', `${this.doing}: ${shownUrl(url)} names no place to send it to`);
  }

  private async send(
    method: 'POST' | 'PUT' | 'PATCH' | 'GET',
    target: string | URL,
    expected: readonly number[],
    rest: {
      headers?: Readonly<Record<string, string>>;
      body?: () => AsyncIterable<Uint8Array>;
      answerMs?: number;
    },
  ): Promise<HttpAnswer> {
    const { scope } = this.place;
    const { signal } = this.options;
    const mayRetry = method === 'POST';
    const request = { method, target, scope, expected, doing: this.doing, mayRetry, signal, ...rest };
    const answer = await this.connection.send(request);
    await answer.discard();
    return answer;
  }
}

/** The registry does not know the session any more, or has another idea of how far it is. */
function isLostSession(error: unknown): boolean {
  return isAbsent(error) || (isPhylloError(error, 'network') && error.data['status'] === 416);
}
