// A registry in this process: stateful, remembers what it was asked with, and misbehaves on demand.
import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Descriptor } from '../../src/oci/descriptor.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { type Reference, parseReference } from '../../src/oci/reference.ts';
import type { BuiltImage } from './image-build.ts';

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** True when it has answered, or is going to. */
export type Misbehave = (request: IncomingMessage, response: ServerResponse, body: Buffer) => boolean | void;

export interface FakeOptions {
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Host name that clients use. */
  readonly name?: string;
}

interface StoredManifest {
  readonly mediaType: string;
  readonly data: Buffer;
}

export class FakeRegistry {
  readonly seen: Seen[] = [];
  readonly blobs = new Map<string, Buffer>();
  /** By `repository:tag` and `repository@digest`. */
  readonly manifests = new Map<string, StoredManifest>();
  misbehave: Misbehave = () => false;
  /** The next upload of more than this breaks off there; what came is kept. */
  breakUploadAfterBytes: number | undefined;
  private readonly uploads = new Map<string, Buffer>();
  private readonly server: Server;
  private readonly options: FakeOptions;

  private constructor(options: FakeOptions) {
    this.options = options;
    const listen = (request: IncomingMessage, response: ServerResponse): void =>
      void this.take(request, response).catch(() => response.destroy());
    this.server = options.tls ? createTlsServer(options.tls, listen) : createServer(listen);
  }

  static async start(options: FakeOptions = {}): Promise<FakeRegistry> {
    const fake = new FakeRegistry(options);
    fake.server.listen(0, '127.0.0.1');
    await once(fake.server, 'listening');
    onTestFinished(() => {
      fake.server.closeAllConnections();
      fake.server.close();
    });
    return fake;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get host(): string {
    return `${this.options.name ?? '127.0.0.1'}:${this.port}`;
  }

  get origin(): string {
    return `${this.options.tls ? 'https' : 'http'}://${this.host}`;
  }

  reference(name = 'team/app:1'): Reference {
    return parseReference(`${this.host}/${name}`);
  }

  /** What was asked for, without the query: `GET /v2/…`. */
  get asked(): string[] {
    return this.seen.map(({ method, url }) => `${method} ${url.replace(/\?.*/, '')}`);
  }

  add(image: BuiltImage, name = 'team/app:1'): void {
    for (const { descriptor, blob } of image.layers) this.blobs.set(descriptor.digest, blob);
    this.blobs.set(image.id, image.configData);
    this.addManifest(name, image.descriptor, image.manifestData);
  }

  addManifest(
    name: string,
    { mediaType, digest }: Pick<Descriptor, 'mediaType' | 'digest'>,
    data: Buffer,
  ): void {
    this.manifests.set(name, { mediaType, data });
    this.manifests.set(`${name.slice(0, name.lastIndexOf(':'))}@${digest}`, { mediaType, data });
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    let total = 0;
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
      total += (chunk as Buffer).length;
      if (request.method !== 'PATCH' || total < (this.breakUploadAfterBytes ?? Infinity)) continue;
      this.breakUploadAfterBytes = undefined;
      this.append(request.url!, Buffer.concat(chunks));
      request.destroy();
      return;
    }
    const body = Buffer.concat(chunks);
    const { method = '', url = '', headers } = request;
    this.seen.push({ method, url, headers, body: body.toString('latin1').slice(0, 4096) });
    if (this.misbehave(request, response, body)) return;
    this.answer(method, new URL(url, 'http://fake'), request, response, body);
  }

  private answer(
    method: string,
    url: URL,
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
  ): void {
    const { pathname } = url;
    const [, repository, kind, rest] =
      /^\/v2\/(.+?)\/(manifests|blobs|tags|referrers)\/(.*)$/.exec(pathname) ?? [];
    if (pathname === '/v2/') return void response.end('{}');
    if (repository === undefined) return refuse(response, 404, 'NAME_UNKNOWN');
    if (kind === 'tags') return this.tags(repository, response);
    if (kind === 'manifests') return this.manifest(method, repository, rest!, request, response, body);
    if (kind === 'blobs' && rest!.startsWith('uploads/'))
      return this.upload(method, url, repository, response, body);
    if (kind === 'blobs') return this.blob(method, rest!, request, response);
    refuse(response, 404, 'UNSUPPORTED');
  }

  private tags(repository: string, response: ServerResponse): void {
    const tags = [...this.manifests.keys()]
      .filter((key) => key.startsWith(`${repository}:`))
      .map((key) => key.slice(repository.length + 1));
    response.end(JSON.stringify({ name: repository, tags }));
  }

  private manifest(
    method: string,
    repository: string,
    name: string,
    { headers }: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
  ): void {
    if (method === 'PUT') {
      const digest = digestOf(body);
      const mediaType = headers['content-type']!;
      this.manifests.set(`${repository}@${digest}`, { mediaType, data: body });
      if (!name.includes(':')) this.manifests.set(`${repository}:${name}`, { mediaType, data: body });
      return void response.writeHead(201, { 'docker-content-digest': digest }).end();
    }
    const found = this.manifests.get(name.includes(':') ? `${repository}@${name}` : `${repository}:${name}`);
    if (found === undefined) return refuse(response, 404, 'MANIFEST_UNKNOWN');
    const { mediaType, data } = found;
    const facts = { 'content-type': mediaType, 'docker-content-digest': digestOf(data) };
    response
      .writeHead(200, { ...facts, 'content-length': data.length })
      .end(method === 'HEAD' ? undefined : data);
  }

  private blob(method: string, digest: string, { headers }: IncomingMessage, response: ServerResponse): void {
    const data = this.blobs.get(digest);
    if (data === undefined) return refuse(response, 404, 'BLOB_UNKNOWN');
    if (method === 'HEAD') return void response.writeHead(200, { 'content-length': data.length }).end();
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
    if (from === undefined) return void response.writeHead(200, { 'content-length': data.length }).end(data);
    const part = data.subarray(Number(from), Number(to) + 1);
    const range = `bytes ${from}-${Number(from) + part.length - 1}/${data.length}`;
    response.writeHead(206, { 'content-range': range, 'content-length': part.length }).end(part);
  }

  private upload(method: string, url: URL, repository: string, response: ServerResponse, body: Buffer): void {
    const path = `/v2/${repository}/blobs/uploads/`;
    if (method === 'POST') {
      const mounted = url.searchParams.get('mount');
      if (mounted !== null && this.blobs.has(mounted)) return void response.writeHead(201).end();
      const session = `${path}${this.uploads.size}`;
      this.uploads.set(session, Buffer.alloc(0));
      return void response.writeHead(202, { location: session, range: '0-0' }).end();
    }
    const { pathname } = url;
    if (!this.uploads.has(pathname)) return refuse(response, 404, 'BLOB_UPLOAD_UNKNOWN');
    const data = this.append(pathname, method === 'GET' ? Buffer.alloc(0) : body);
    const facts = { location: pathname, range: `0-${Math.max(0, data.length - 1)}` };
    if (method !== 'PUT') return void response.writeHead(method === 'GET' ? 204 : 202, facts).end();
    const digest = url.searchParams.get('digest') ?? '';
    if (digestOf(data) !== digest) return refuse(response, 400, 'DIGEST_INVALID');
    this.blobs.set(digest, data);
    response.writeHead(201).end();
  }

  /** What a session has got so far. */
  private append(url: string, bytes: Buffer): Buffer {
    const path = url.replace(/\?.*/, '');
    const data = Buffer.concat([this.uploads.get(path) ?? Buffer.alloc(0), bytes]);
    if (this.uploads.has(path)) this.uploads.set(path, data);
    return data;
  }
}

export function refuse(
  response: ServerResponse,
  status: number,
  code: string,
  headers: Record<string, string> = {},
): void {
  response
    .writeHead(status, headers)
    .end(JSON.stringify({ errors: [{ code, message: code.toLowerCase() }] }));
}
