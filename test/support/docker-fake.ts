// An engine that answers what a test tells it to, in this process.
import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import { DockerClient } from '../../src/docker/client.ts';

export interface FakeAnswers {
  /** Of /_ping. Default: a Docker Engine of API 1.41. */
  readonly ping?: Readonly<Record<string, string>>;
  answer?(request: IncomingMessage, response: ServerResponse): void;
  /** Of connections that are to become streams. */
  upgrade?(request: IncomingMessage, connection: Duplex): void;
}

export interface FakeEngine {
  readonly client: DockerClient;
  readonly socket: string;
  /** Method and path of all requests but pings. */
  readonly asked: string[];
}

export async function fakeEngine({
  ping = { 'api-version': '1.41' },
  ...answers
}: FakeAnswers = {}): Promise<FakeEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'phyllo-f-'));
  const socket = join(folder, 's');
  const asked: string[] = [];
  const server = createServer((request, response) => {
    if (request.url === '/_ping') return void response.writeHead(200, ping).end('OK');
    asked.push(`${request.method} ${request.url}`);
    answers.answer?.(request, response);
  });
  server.on('upgrade', (request: IncomingMessage, connection: Duplex) => {
    asked.push(`${request.method} ${request.url}`);
    answers.upgrade?.(request, connection);
  });
  server.listen(socket);
  await once(server, 'listening');
  const client = new DockerClient({ endpoint: { kind: 'unix', path: socket }, env });
  onTestFinished(async () => {
    client.close();
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { client, socket, asked };
}

/** Answers every request with this JSON. */
export function answering(status: number, value: unknown): FakeAnswers['answer'] {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  };
}
