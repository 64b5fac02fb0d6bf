// A client of the Docker Engine API, which Podman speaks as well. The engine at the other end is a stranger: answers are
// bounded, and only what was asked for is read from them.
import { Agent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { type Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PhylloError } from '../lib/errors.ts';
import { readAll } from '../lib/streams.ts';
import { openConnection, timeout } from './connect.ts';
import { type Endpoint, endpointText } from './endpoint.ts';
import { brokenError, connectError, statusError } from './errors.ts';
import { type Fields, fieldsList, parseEngineJson, parseFields } from './fields.ts';
import type { Environment } from './find-endpoint.ts';
import { type EngineRequest, encodeQuery } from './request.ts';

/** What the engine says of itself when it is first asked. */
export interface EngineFacts {
  /** The newest that both sides know, such as `1.41`. */
  readonly apiVersion: string;
  readonly isPodman: boolean;
}

export interface ClientOptions {
  readonly endpoint: Endpoint;
  readonly env: Environment;
  /** Default: 30 s. */
  readonly connectTimeoutMs?: number;
}

export const MAX_JSON_ANSWER_BYTES = 16 * 1024 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;
const OLDEST_MINOR = 24;
/** The newest whose answers we know. */
const NEWEST_MINOR = 47;
const CONNECT_TIMEOUT_MS = 30_000;
const ANSWER_TIMEOUT_MS = 60_000;

export class DockerClient {
  readonly endpoint: Endpoint;
  private readonly agent: Agent;
  private known: Promise<EngineFacts> | undefined;

  constructor({ endpoint, env, connectTimeoutMs = CONNECT_TIMEOUT_MS }: ClientOptions) {
    this.endpoint = endpoint;
    this.agent = agentFor(endpoint, env, connectTimeoutMs);
  }

  /** Asked once. Throws `engine-unavailable`, `unsupported`. */
  facts(timeoutMs?: number): Promise<EngineFacts> {
    this.known ??= this.negotiate(timeoutMs).catch((error: unknown) => {
      this.known = undefined;
      throw error;
    });
    return this.known;
  }

  /** The answer's JSON object. */
  async fields(request: EngineRequest): Promise<Fields> {
    return parseFields(await this.bytes(request), request.doing);
  }

  /** The objects of the answer's JSON list. */
  async list(request: EngineRequest): Promise<readonly Fields[]> {
    return fieldsList(parseEngineJson(await this.bytes(request), request.doing));
  }

  /** For what answers nothing. The status tells 304, "it is so already". */
  async send(request: EngineRequest): Promise<{ readonly status: number; header(name: string): string }> {
    const answer = await this.answer(request);
    answer.resume();
    return { status: answer.statusCode!, header: (name) => String(answer.headers[name] ?? '') };
  }

  /** The answer's body. Whoever stops early destroys it. Its errors are PhylloErrors. */
  async stream(request: EngineRequest): Promise<Readable> {
    return guarded(await this.answer(request), request);
  }

  /** The connection itself, after the engine turned it into a stream both ways. */
  async hijack(request: EngineRequest): Promise<Duplex> {
    const { apiVersion } = await this.facts();
    return await new Promise<Duplex>((resolve, reject) => {
      const outgoing = this.begin(request, apiVersion, { connection: 'Upgrade', upgrade: 'tcp' });
      outgoing.once('upgrade', (_answer: IncomingMessage, connection: Duplex, head: Buffer) => {
        if (head.length > 0) connection.unshift(head);
        resolve(connection);
      });
      outgoing.once('response', (answer: IncomingMessage) => {
        void this.refusal(answer, request).then(reject);
      });
      outgoing.once('error', (error) => reject(this.explained(error, request)));
      sendBody(outgoing, request);
    });
  }

  /** Ends idle connections; those in use end with their streams. */
  close(): void {
    this.agent.destroy();
  }

  private async bytes(request: EngineRequest): Promise<Buffer> {
    const answer = await this.answer(request);
    try {
      return await readAll(answer, MAX_JSON_ANSWER_BYTES, `what the engine answers to ${request.doing}`);
    } catch (error) {
      throw brokenError(error, request);
    }
  }

  private async answer(request: EngineRequest): Promise<IncomingMessage> {
    const { apiVersion } = await this.facts();
    return await this.ask(request, apiVersion);
  }

  /** Throws what a status of 400 and above means. */
  private async ask(request: EngineRequest, apiVersion: string | undefined): Promise<IncomingMessage> {
    const answer = await this.roundTrip(request, apiVersion);
    if (answer.statusCode! >= 400) throw await this.refusal(answer, request);
    return answer;
  }

  private async roundTrip(request: EngineRequest, apiVersion: string | undefined): Promise<IncomingMessage> {
    const outgoing = this.begin(request, apiVersion, {});
    try {
      return await answered(outgoing, request, timeout(this.endpoint, timeoutOf(request)));
    } catch (error) {
      // The engine may have given up an idle connection at the moment when it was used again.
      const isStale = outgoing.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET';
      const isRepeatable = (request.method ?? 'GET') === 'GET' || request.method === 'HEAD';
      if (isStale && isRepeatable) return await this.roundTrip(request, apiVersion);
      throw this.explained(error, request);
    }
  }

  private begin(
    { method = 'GET', path, query, json, body, signal }: EngineRequest,
    apiVersion: string | undefined,
    headers: Record<string, string>,
  ): ClientRequest {
    const types = json !== undefined ? 'application/json' : body && 'application/x-tar';
    return httpRequest({
      agent: this.agent,
      method,
      path: `${apiVersion === undefined ? '' : `/v${apiVersion}`}${path}${encodeQuery(query)}`,
      headers: {
        host: 'docker',
        'user-agent': 'phyllo',
        ...(types && { 'content-type': types }),
        ...headers,
      },
      maxHeaderSize: 256 * 1024,
      ...(signal && { signal }),
    });
  }

  private async refusal(answer: IncomingMessage, { doing }: EngineRequest): Promise<PhylloError> {
    const status = answer.statusCode!;
    if (status < 400) {
      answer.destroy();
      return new PhylloError('network', `${doing}: the engine did not turn the connection into a stream`);
    }
    const body = await readAll(answer, MAX_ERROR_BYTES, 'error of the engine').catch(() => new Uint8Array(0));
    return statusError(status, body, doing);
  }

  private explained(error: unknown, request: EngineRequest): PhylloError {
    if (error instanceof PhylloError) return error;
    const wasOpen = (error as NodeJS.ErrnoException).syscall !== 'connect';
    return wasOpen ? brokenError(error, request) : connectError(error, this.endpoint);
  }

  private async negotiate(timeoutMs: number | undefined): Promise<EngineFacts> {
    const doing = `ask the engine at ${endpointText(this.endpoint)} what it is`;
    const answer = await this.ask({ path: '/_ping', doing, ...(timeoutMs && { timeoutMs }) }, undefined);
    answer.resume();
    const offered = String(answer.headers['api-version'] ?? '');
    const minor = Number(/^1\.(\d{1,4})$/.exec(offered)?.[1] ?? Number.NaN);
    if (Number.isNaN(minor)) {
      throw new PhylloError('engine-unavailable', `${doing}: it does not speak the Docker Engine API`);
    }
    if (minor < OLDEST_MINOR) {
      throw new PhylloError('unsupported', `${doing}: its API ${offered} is older than 1.${OLDEST_MINOR}`);
    }
    const isPodman = answer.headers['libpod-api-version'] !== undefined;
    return { apiVersion: `1.${Math.min(minor, NEWEST_MINOR)}`, isPodman };
  }
}

function agentFor(endpoint: Endpoint, env: Environment, timeoutMs: number): Agent {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 8 });
  agent.createConnection = (_options, done) => {
    void connectInto(openConnection(endpoint, { env, timeoutMs }), done!);
    return undefined;
  };
  return agent;
}

type Connected = (error: Error | null, connection: Duplex) => void;

async function connectInto(opening: Promise<Duplex>, done: Connected): Promise<void> {
  let connection: Duplex;
  try {
    connection = await opening;
  } catch (error) {
    done(error as Error, undefined as unknown as Duplex);
    return;
  }
  done(null, connection);
}

function timeoutOf({ timeoutMs = ANSWER_TIMEOUT_MS }: EngineRequest): number {
  return timeoutMs;
}

async function answered(
  outgoing: ClientRequest,
  request: EngineRequest,
  tooLate: PhylloError,
): Promise<IncomingMessage> {
  const limitMs = timeoutOf(request);
  const timer = limitMs > 0 ? setTimeout(() => outgoing.destroy(tooLate), limitMs) : undefined;
  try {
    return await new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve);
      // Stays: an engine that answers before it has read everything breaks the rest of what is sent.
      outgoing.on('error', reject);
      outgoing.once('upgrade', (_answer, connection: Duplex) => {
        connection.destroy();
        reject(
          new PhylloError('network', `${request.doing}: the engine turned the connection into a stream`),
        );
      });
      sendBody(outgoing, request, reject);
    });
  } finally {
    clearTimeout(timer);
  }
}

function sendBody(
  outgoing: ClientRequest,
  { json, body }: EngineRequest,
  onError?: (error: Error) => void,
): void {
  if (body === undefined) {
    outgoing.end(json === undefined ? undefined : JSON.stringify(json));
    return;
  }
  pipeline(body, outgoing).catch((error: Error) => {
    // What the connection has to say comes by itself; a source that fails ends the request without a word.
    if (error instanceof PhylloError || outgoing.errored === null) onError?.(error);
  });
}

/** Reads from `answer`, with its errors explained. */
function guarded(answer: IncomingMessage, request: EngineRequest): Readable {
  const stream = Readable.from(explainedChunks(answer, request), { objectMode: false });
  // A generator that was never asked for anything is not told that it is not needed.
  stream.once('close', () => answer.destroy());
  return stream;
}

async function* explainedChunks(answer: IncomingMessage, request: EngineRequest): AsyncGenerator<Uint8Array> {
  try {
    yield* answer;
  } catch (error) {
    throw brokenError(error, request);
  }
}
