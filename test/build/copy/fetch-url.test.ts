// ADD of a URL, against a server on this machine.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FetchOptions, type FetchedFile, fetchUrl } from '../../../src/build/copy/fetch-url.ts';
import { fetchedSource } from '../../../src/build/copy/fetched-source.ts';
import { entry, tar } from '../../support/layer-tar.ts';
import { copied, paths, request } from './trees.ts';

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const seen: IncomingMessage[] = [];
const answers = new Map<string, Answer>();
let server: Server;
let other: Server;
let folder: string;

beforeAll(async () => {
  const listen = (handler: Answer): Promise<Server> =>
    new Promise((resolve) => {
      const made = createServer((request, response) => handler(response, request)).listen(
        0,
        '127.0.0.1',
        () => resolve(made),
      );
    });
  const answer: Answer = (response, request) => {
    seen.push(request);
    const path = new URL(request.url!, 'http://x').pathname;
    (answers.get(path) ?? text('body'))(response, request);
  };
  server = await listen(answer);
  other = await listen(answer);
});
afterAll(() => {
  for (const each of [server, other]) {
    each.closeAllConnections();
    each.close();
  }
});
beforeEach(() => {
  seen.length = 0;
  answers.clear();
  folder = mkdtempSync(join(tmpdir(), 'phyllo-url-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function text(body: string | Uint8Array, headers: Record<string, string> = {}): Answer {
  return (response) => response.writeHead(200, headers).end(body);
}

function redirect(location: string, status = 302): Answer {
  return (response) => response.writeHead(status, { location }).end('elsewhere');
}

function origin(of = server): string {
  return `http://127.0.0.1:${(of.address() as AddressInfo).port}`;
}

function load(path: string, options: Partial<FetchOptions> = {}): Promise<FetchedFile> {
  return fetchUrl(`${origin()}${path}`, { folder, ...options });
}

const SHA_BODY = createHash('sha256').update('body').digest('hex');

test('the bytes, their digest, the name and the time', async () => {
  answers.set('/d/file.txt', text('body', { 'last-modified': 'Wed, 21 Oct 2015 07:28:00 GMT' }));
  const file = await load('/d/file.txt?x=1');
  expect(file).toEqual({
    path: file.path,
    name: 'file.txt',
    sizeBytes: 4,
    digest: SHA_BODY,
    mtimeSeconds: 1445412480,
  });
  expect(readFileSync(file.path, 'utf8')).toBe('body');
  expect(statSync(file.path).mode & 0o777).toBe(0o600);
});

test('it is copied with mode 600 and unpacked only when asked', async () => {
  answers.set('/a*.tar', text(tar(entry({ name: 'in', body: 'I' }))));
  const file = await load('/a*.tar');
  const copy = (destination: string, unpacks: boolean) => {
    const from = fetchedSource(file, unpacks);
    return copied({ ...request(from.source, destination), sources: [from] });
  };
  const whole = await copy('/x/', false);
  expect(whole.lines.at(-1)!.slice(0, 20)).toBe('600 0:0 0 x/a*.tar =');
  expect(paths(await copy('/x', true))).toEqual(['x/', 'x/in = I']);
});

describe('names', () => {
  test.each<[path: string, disposition: string | undefined, name: string]>([
    ['/a/b.txt', 'attachment; filename="other"', 'b.txt'],
    ['/a/b/', undefined, 'b'],
    ['/%E2%82%AC', undefined, '\u20ac'],
    ['/x%2f..%2f..%2fetc%2fpasswd', undefined, 'passwd'],
    ['/x%2f..', undefined, '__unnamed__'],
    ['/x%00y', undefined, '__unnamed__'],
    ['/bad%ff', undefined, 'bad%ff'],
    ['/', undefined, '__unnamed__'],
    ['/', 'attachment; filename="given.txt"', 'given.txt'],
    ['/', 'attachment; filename=plain', 'plain'],
    ['/', 'attachment; filename="../../etc/passwd"', 'passwd'],
    ['/', 'attachment; filename=".."', '__unnamed__'],
    [`/${'n'.repeat(300)}`, undefined, '__unnamed__'],
  ])('%s with %s is %s', async (path, disposition, name) => {
    answers.set(path, text('body', disposition === undefined ? {} : { 'content-disposition': disposition }));
    expect((await load(path)).name).toBe(name);
  });
});

describe('redirects', () => {
  test('are followed; the name is that of the first URL', async () => {
    answers.set('/first', redirect('/second', 307));
    answers.set('/second', redirect(`${origin(other)}/third`));
    answers.set('/third', text('body'));
    expect(await load('/first')).toMatchObject({ name: 'first', digest: SHA_BODY });
  });

  test('end somewhere', async () => {
    answers.set('/loop', redirect('/loop'));
    await expect(load('/loop')).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining('more than 10 times'),
    });
    expect(seen).toHaveLength(11);
  });

  test.each(['file:///etc/passwd', 'ftp://x/y', 'http://'])('to %s are refused', async (location) => {
    answers.set('/r', redirect(location));
    await expect(load('/r')).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  test('take a password along to no other server', async () => {
    answers.set('/first', redirect('/second'));
    answers.set('/second', redirect(`${origin(other)}/third`));
    await fetchUrl(`http://me:p%40ss@${origin().slice('http://'.length)}/first`, { folder });
    const basic = `Basic ${Buffer.from('me:p@ss').toString('base64')}`;
    expect(seen.map(({ headers }) => headers.authorization)).toEqual([basic, basic, undefined]);
  });
});

describe('checksums', () => {
  test('a right one', async () => {
    expect((await load('/f', { checksum: `sha256:${SHA_BODY}` })).digest).toBe(SHA_BODY);
  });

  test('a wrong one leaves nothing', async () => {
    await expect(load('/f', { checksum: `sha256:${'0'.repeat(64)}` })).rejects.toMatchObject({
      code: 'digest-mismatch',
      data: { found: `sha256:${SHA_BODY}` },
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each(['md5:x', `sha512:${'0'.repeat(128)}`, 'sha256:12', SHA_BODY])('%s is none', async (checksum) => {
    await expect(load('/f', { checksum })).rejects.toMatchObject({ code: 'invalid-argument' });
    expect(seen).toEqual([]);
  });
});

describe('servers that go wrong', () => {
  test.each([404, 500, 304])('status %i', async (status) => {
    answers.set('/s', (response) => response.writeHead(status).end());
    await expect(load('/s')).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining(`answers ${status}`),
    });
  });

  test('a body that is too large', async () => {
    answers.set('/big', text(Buffer.alloc(100_000)));
    await expect(load('/big', { maxBytes: 1000 })).rejects.toMatchObject({ code: 'limit-exceeded' });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a body that is cut short', async () => {
    answers.set('/cut', (response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    });
    await expect(load('/cut')).rejects.toMatchObject({ code: 'network' });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('one that falls silent', async () => {
    answers.set('/stall', (response) => response.writeHead(200).write('x'));
    await expect(load('/stall', { stallMs: 50 })).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining('sends nothing any more'),
    });
  });

  test('nobody there', async () => {
    await expect(fetchUrl('http://127.0.0.1:1/x', { folder })).rejects.toMatchObject({ code: 'network' });
  });
});

test('a cancelled loading leaves nothing', async () => {
  const stopped = new AbortController();
  answers.set('/slow', (response) => response.writeHead(200).write('x'));
  const loading = load('/slow', { signal: stopped.signal, onProgress: () => stopped.abort() });
  await expect(loading).rejects.toMatchObject({ code: 'cancelled' });
  expect(readdirSync(folder)).toEqual([]);
});

test('progress has the length, bytes are asked for as they are', async () => {
  const told: unknown[] = [];
  answers.set('/f', text('body', { 'content-length': '4' }));
  await load('/f', { onProgress: (progress) => told.push(progress) });
  expect(told.at(-1)).toEqual({ item: `${origin()}/f`, doneBytes: 4, totalBytes: 4 });
  expect(seen[0]!.headers['accept-encoding']).toBe('identity');
});

test('a transfer that is compressed all the same is undone', async () => {
  answers.set('/z', text(gzipSync('body'), { 'content-encoding': 'gzip' }));
  expect((await load('/z')).digest).toBe(SHA_BODY);
});

describe('what is no URL', () => {
  test.each(['ftp://x/y', 'file:///etc/passwd', 'http://', 'nonsense'])('%s', async (url) => {
    await expect(fetchUrl(url, { folder })).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  test.each([
    'https://example.com/a/b.git',
    'https://example.com/a/b.git#main:dir',
    'git@example.com:a/b',
    'ssh://git@x/y',
  ])('git: %s', async (url) => {
    await expect(fetchUrl(url, { folder })).rejects.toMatchObject({ code: 'unsupported' });
  });
});

test('errors show no password and no query', async () => {
  answers.set('/f', (response) => response.writeHead(403).end());
  const failed = fetchUrl(`http://me:secret@${origin().slice('http://'.length)}/f?token=secret`, { folder });
  await expect(failed).rejects.toMatchObject({ message: expect.not.stringContaining('secret') });
});
