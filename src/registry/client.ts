// The distribution protocol (OCI distribution 1.1, docker's v2): manifests, blobs, uploads and lists of any registry.
import type { Readable } from 'node:stream';
import { Readable as ReadableStream } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { PhylloError } from '../lib/errors.ts';
import { readAll, verified } from '../lib/streams.ts';
import { safeText } from '../lib/text.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, digestAlgorithm, digestHasher, digestHex } from '../oci/digest.ts';
import type { Range } from '../oci/image.ts';
import { MAX_JSON_BYTES } from '../oci/json.ts';
import { type Index, parseIndex } from '../oci/manifest.ts';
import { type Reference, familiarReference } from '../oci/reference.ts';
import { Certificates } from './certificates.ts';
import { Connection, isAbsent } from './connection.ts';
import type { CredentialSource, Credentials } from './credentials.ts';
import { downloaded } from './download.ts';
import { securityOf } from './endpoint.ts';
import { type HttpAnswer, Http } from './http.ts';
import { listPages, repositoryNames, tagNames } from './listing.ts';
import { ACCEPTED_MANIFESTS, type FetchedManifest, checkManifest } from './manifest.ts';
import type { RetryOptions, Waiting } from './retry.ts';
import { Upload, type UploadOptions } from './upload.ts';

export interface RegistryOptions {
  readonly credentials: CredentialSource;
  /** `host:port` as references have it, `*` for all: no TLS, or one that is not verified, will do. */
  readonly insecureHosts?: ReadonlySet<string>;
  readonly certificateFolders?: readonly string[];
  readonly userAgent?: string;
  /** How long nothing may happen; default 30 s. */
  readonly stallMs?: number;
  /** For people: where a login goes, what a registry warns of. Safe to show. */
  readonly onNotice?: (text: string) => void;
  /** Once a second while a registry is waited for. */
  readonly onWait?: (wait: Waiting) => void;
  /** In place of the clock, for tests. */
  readonly sleep?: RetryOptions['sleep'];
  readonly nowMs?: () => number;
}

export interface RegistryCall {
  readonly signal?: AbortSignal;
}

const TRIES = 5;
const STALL_MS = 30_000;

export class RegistryClient {
  private readonly options: RegistryOptions;
  private readonly http: Http;
  private readonly retry: Omit<RetryOptions, 'signal'>;
  private readonly connections = new Map<string, Connection>();

  constructor(options: RegistryOptions) {
    this.options = options;
    const certificates = new Certificates(options.certificateFolders ?? []);
    const insecure = options.insecureHosts ?? new Set<string>();
    this.http = new Http({
      // Of a host that may be insecure no certificate is verified; its token service is another host.
      tlsFor: (host) => certificates.tlsFor(host, securityOf(host, insecure) !== 'insecure'),
      userAgent: options.userAgent ?? 'phyllo',
      stallMs: options.stallMs ?? STALL_MS,
    });
    this.retry = {
      tries: TRIES,
      sleep: options.sleep ?? ((ms, signal) => sleep(ms, undefined, { signal })),
      random: Math.random,
      onWait: options.onWait,
    };
  }

  /** By its digest, else its tag, else the one that `digest` names. The bytes are verified. */
  async manifest(
    reference: Reference,
    { digest = reference.digest, signal }: RegistryCall & { digest?: Digest } = {},
  ): Promise<FetchedManifest> {
    const name = digest ?? reference.tag ?? 'latest';
    const doing = `read manifest ${familiarReference(named(reference, digest))}`;
    const answer = await this.connection(reference.host).send({
      method: 'GET',
      target: `/v2/${reference.repository}/manifests/${name}`,
      headers: { accept: ACCEPTED_MANIFESTS },
      scope: pullScope(reference),
      expected: [200],
      doing,
      signal,
    });
    mustNotBeHtml(answer, reference.host, doing);
    return checkManifest(await readAll(answer.body, MAX_JSON_BYTES, doing.slice('read '.length)), {
      digest,
      contentType: answer.headers['content-type'],
      claimed: answer.headers['docker-content-digest'],
      doing,
    });
  }

  async hasBlob(
    reference: Reference,
    descriptor: Descriptor,
    { signal }: RegistryCall = {},
  ): Promise<boolean> {
    const answer = await this.connection(reference.host).send({
      method: 'HEAD',
      target: blobPath(reference, descriptor.digest),
      scope: pullScope(reference),
      expected: [200, 404],
      doing: `find blob ${descriptor.digest}`,
      signal,
    });
    await answer.discard();
    const length = answer.headers['content-length'];
    return answer.status === 200 && (length === undefined || Number(length) === descriptor.size);
  }

  /**
   * The bytes of a blob; a connection that breaks off is taken up again where it ended. A whole read errors at its end
   * unless size and digest match, or its reader sees to that. Addresses in a descriptor are never asked.
   */
  async openBlob(
    reference: Reference,
    descriptor: Descriptor,
    range?: Range,
    { signal, verify = range === undefined }: RegistryCall & { verify?: boolean } = {},
  ): Promise<Readable> {
    const { digest, size } = descriptor;
    const end = Math.min(size, range === undefined ? size : range.offset + range.length);
    const start = Math.min(range?.offset ?? 0, size);
    if (start >= end && range !== undefined) return ReadableStream.from([]);
    const first = await this.blobFrom(reference, descriptor, { start, end }, signal);
    const bytes = downloaded(first, {
      start,
      end,
      isPart: range !== undefined,
      from: (offset) => this.blobFrom(reference, descriptor, { start: offset, end }, signal),
      retry: { ...this.retry, signal },
      what: `blob ${digest}`,
    });
    const expected = { digest, size, hasher: digestHasher(digestAlgorithm(digest)), what: `blob ${digest}` };
    const checked = verify ? verified(bytes, expected) : bytes;
    const stream = ReadableStream.from(checked, { objectMode: false, highWaterMark: 1024 * 1024 });
    // Nobody may come to read it: then the connection has to go all the same.
    stream.once('close', () => void first.discard());
    return stream;
  }

  private async blobFrom(
    reference: Reference,
    descriptor: Descriptor,
    { start, end }: { start: number; end: number },
    signal: AbortSignal | undefined,
  ): Promise<HttpAnswer> {
    const { digest, size, urls } = descriptor;
    const isPart = start > 0 || end < size;
    const doing = `read blob ${digest}`;
    const request = {
      method: 'GET',
      target: blobPath(reference, digest),
      scope: pullScope(reference),
      expected: isPart ? [200, 206, 416] : [200],
      ...(isPart && { headers: { range: `bytes=${start}-${Math.max(start, end - 1)}` } }),
      doing,
      signal,
    } as const;
    try {
      const answer = await this.connection(reference.host).send(request);
      mustNotBeHtml(answer, reference.host, doing);
      return answer;
    } catch (error) {
      if (!isAbsent(error) || urls === undefined || urls.length === 0) throw error;
      throw new PhylloError('unsupported', `${doing}: the layer is foreign, its bytes are kept elsewhere`, {
        hint: `phyllo does not fetch them; the image names ${safeText(urls[0]!)}.`,
        cause: error,
      });
    }
  }

  /** True when the registry took the blob over from another of its repositories. */
  async mountBlob(
    reference: Reference,
    digest: Digest,
    from: string,
    { signal }: RegistryCall = {},
  ): Promise<boolean> {
    const query = new URLSearchParams({ mount: digest, from });
    const answer = await this.connection(reference.host).send({
      method: 'POST',
      target: `/v2/${reference.repository}/blobs/uploads/?${query}`,
      scope: `${pushScope(reference)} repository:${from}:pull`,
      expected: [201, 202],
      doing: `mount blob ${digest}`,
      signal,
    });
    await answer.discard();
    return answer.status === 201;
  }

  /** Goes on where it broke off, as long as the registry keeps what it has. */
  async uploadBlob(
    reference: Reference,
    descriptor: Pick<Descriptor, 'digest' | 'size'>,
    options: Omit<UploadOptions, 'retry'>,
  ): Promise<void> {
    const { retry } = this;
    const place = { repository: reference.repository, scope: pushScope(reference) };
    const upload = new Upload(this.connection(reference.host), place, descriptor, { ...options, retry });
    await upload.run();
  }

  /** Under the tag, or the digest when there is none. Throws `digest-mismatch` when the registry took it for another. */
  async putManifest(
    reference: Reference,
    descriptor: Descriptor,
    data: Uint8Array,
    { signal }: RegistryCall = {},
  ): Promise<void> {
    const doing = `push manifest ${familiarReference(named(reference, reference.tag ? undefined : descriptor.digest))}`;
    const answer = await this.connection(reference.host).send({
      method: 'PUT',
      target: `/v2/${reference.repository}/manifests/${reference.tag ?? descriptor.digest}`,
      headers: { 'content-type': descriptor.mediaType },
      body: data,
      scope: pushScope(reference),
      expected: [200, 201, 202],
      doing,
      signal,
    });
    await answer.discard();
    const claimed = answer.headers['docker-content-digest'];
    if (claimed === undefined || claimed === descriptor.digest) return;
    throw new PhylloError(
      'digest-mismatch',
      `${doing}: the registry took it for ${safeText(String(claimed))}`,
      {
        data: { expected: descriptor.digest },
      },
    );
  }

  /** Sorted. Throws `limit-exceeded` for a list without end. */
  async tags(reference: Reference, { signal }: RegistryCall = {}): Promise<string[]> {
    const request = {
      scope: pullScope(reference),
      doing: `list tags of ${familiarReference(bare(reference))}`,
      signal,
    };
    const path = `/v2/${reference.repository}/tags/list?n=1000`;
    return listPages(this.connection(reference.host), path, tagNames, request);
  }

  /** Repositories, where the registry offers that. */
  async catalog(host: string, { signal }: RegistryCall = {}): Promise<string[]> {
    const request = { scope: 'registry:catalog:*', doing: `list repositories of ${host}`, signal };
    return listPages(this.connection(host), '/v2/_catalog?n=1000', repositoryNames, request);
  }

  /** Signatures, attestations and the like of a manifest. */
  async referrers(
    reference: Reference,
    digest: Digest,
    { signal }: RegistryCall = {},
  ): Promise<Index['manifests']> {
    const doing = `list referrers of ${digest}`;
    const answer = await this.connection(reference.host).send({
      method: 'GET',
      target: `/v2/${reference.repository}/referrers/${digest}`,
      scope: pullScope(reference),
      expected: [200, 404],
      doing,
      signal,
    });
    if (answer.status === 200) {
      mustNotBeHtml(answer, reference.host, doing);
      return parseIndex(await readAll(answer.body, MAX_JSON_BYTES, doing), doing).manifests;
    }
    await answer.discard();
    return this.referrersByTag(reference, digest, signal);
  }

  /** Registries that do not know the request keep the list under a tag. */
  private async referrersByTag(
    { host, repository }: Reference,
    digest: Digest,
    signal: AbortSignal | undefined,
  ): Promise<Index['manifests']> {
    const tag = `${digestAlgorithm(digest)}-${digestHex(digest)}`.slice(0, 128);
    try {
      const { data } = await this.manifest({ host, repository, tag }, { signal });
      return parseIndex(data, `referrers of ${digest}`).manifests;
    } catch (error) {
      if (isAbsent(error)) return [];
      throw error;
    }
  }

  /** Throws `unauthorized` when the registry does not take them. */
  async checkLogin(host: string, credentials: Credentials, { signal }: RegistryCall = {}): Promise<void> {
    const source = { get: (asked: string) => Promise.resolve(asked === host ? credentials : undefined) };
    await this.connect(host, source).ping(signal);
  }

  private connection(host: string): Connection {
    const known = this.connections.get(host) ?? this.connect(host, this.options.credentials);
    this.connections.set(host, known);
    return known;
  }

  private connect(host: string, credentials: CredentialSource): Connection {
    const { insecureHosts = new Set<string>(), onNotice = () => undefined, nowMs = Date.now } = this.options;
    return new Connection({
      host,
      security: securityOf(host, insecureHosts),
      http: this.http,
      credentials,
      retry: this.retry,
      connectMs: this.options.stallMs ?? STALL_MS,
      nowMs,
      onNotice,
    });
  }

  close(): Promise<void> {
    return this.http.close();
  }
}

function blobPath({ repository }: Reference, digest: Digest): string {
  return `/v2/${repository}/blobs/${digest}`;
}

function pullScope({ repository }: Reference): string {
  return `repository:${repository}:pull`;
}

function pushScope({ repository }: Reference): string {
  return `repository:${repository}:pull,push`;
}

function bare({ host, repository }: Reference): Reference {
  return { host, repository };
}

function named(reference: Reference, digest: Digest | undefined): Reference {
  return digest === undefined ? reference : { ...bare(reference), digest };
}

/** A login page of a network, or a web server that answers everything. */
function mustNotBeHtml({ headers }: HttpAnswer, host: string, doing: string): void {
  if (!/^text\/html\b/i.test(headers['content-type'] ?? '')) return;
  throw new PhylloError('network', `${doing}: ${host} is not a registry, it answers with a web page`, {
    hint: 'A proxy or a login page of the network may stand in between.',
  });
}
