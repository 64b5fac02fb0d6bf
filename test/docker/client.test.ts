import { env } from 'node:process';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { DockerClient, MAX_JSON_ANSWER_BYTES } from '../../src/docker/client.ts';
import { inspectImage, listImages, loadImages } from '../../src/docker/images.ts';
import { PhylloError } from '../../src/lib/errors.ts';
import { readAll } from '../../src/lib/streams.ts';
import { answering, fakeEngine } from '../support/docker-fake.ts';

const ASK = { path: '/thing', doing: 'ask for a thing' } as const;

describe('what the engine is', () => {
  test.each([
    ['1.41', '1.41'],
    ['1.24', '1.24'],
    ['1.99', '1.47'],
  ])('of API %s is spoken to in %s', async (offered, spoken) => {
    const { client, asked } = await fakeEngine({
      ping: { 'api-version': offered },
      answer: answering(200, {}),
    });
    await client.fields(ASK);
    expect(asked).toEqual([`GET /v${spoken}/thing`]);
  });

  test('an engine that is too old is told so', async () => {
    const { client } = await fakeEngine({ ping: { 'api-version': '1.12' } });
    await expect(client.fields(ASK)).rejects.toMatchObject({ code: 'unsupported' });
  });

  test.each(['', '2.0', '1.41/../../x', '1.99999'])(
    'something else than an engine is told so: "%s"',
    async (text) => {
      const { client } = await fakeEngine({ ping: { 'api-version': text } });
      await expect(client.fields(ASK)).rejects.toMatchObject({ code: 'engine-unavailable' });
    },
  );

  test('Podman is known', async () => {
    const { client } = await fakeEngine({ ping: { 'api-version': '1.41', 'libpod-api-version': '4.3.1' } });
    expect(await client.facts()).toEqual({ apiVersion: '1.41', isPodman: true });
  });

  test('where nobody listens there is no engine, with a hint', async () => {
    const client = new DockerClient({ endpoint: { kind: 'unix', path: '/nonexistent/docker.sock' }, env });
    await expect(client.facts()).rejects.toMatchObject({
      code: 'engine-unavailable',
      hint: expect.stringContaining('DOCKER_HOST'),
    });
  });
});

describe('errors of the engine', () => {
  test.each([
    [400, 'invalid-argument'],
    [401, 'unauthorized'],
    [404, 'not-found'],
    [409, 'invalid-argument'],
    [500, 'io'],
    [501, 'unsupported'],
  ])('a status of %i is %s', async (status, code) => {
    const { client } = await fakeEngine({ answer: answering(status, { message: 'no way' }) });
    await expect(client.fields(ASK)).rejects.toMatchObject({
      code,
      message: 'ask for a thing: no way',
      data: { status, reason: 'no way' },
    });
  });

  test('what it says is made safe and short', async () => {
    const { client } = await fakeEngine({
      answer: answering(500, { message: `\u001b[2J${'x'.repeat(9000)}` }),
    });
    const error = await client.fields(ASK).catch((thrown: unknown) => thrown as Error);
    expect((error as Error).message).toMatch(/^ask for a thing: \\x1b\[2Jx{100}/);
    expect((error as Error).message.length).toBeLessThan(2100);
  });

  test.each(['', 'plain words', '[]', '{"message":7}', '{'])(
    'an answer without words is no trouble: %s',
    async (body) => {
      const { client } = await fakeEngine({
        answer: (_request, response) => void response.writeHead(500).end(body),
      });
      await expect(client.fields(ASK)).rejects.toMatchObject({ code: 'io', data: { status: 500 } });
    },
  );
});

describe('hostile answers', () => {
  test('JSON without end is given up', async () => {
    const { client } = await fakeEngine({
      answer: (_request, response) => {
        response.writeHead(200);
        response.end(Buffer.alloc(MAX_JSON_ANSWER_BYTES + 1, ' '));
      },
    });
    await expect(client.fields(ASK)).rejects.toMatchObject({ code: 'limit-exceeded' });
  });

  test.each(['', '[]', 'null', '3', '{'])('what is not an object is an error: "%s"', async (body) => {
    const { client } = await fakeEngine({ answer: (_request, response) => void response.end(body) });
    await expect(client.fields(ASK)).rejects.toMatchObject({ code: 'network' });
  });

  test('fields of other types are as if they were missing', async () => {
    const { client } = await fakeEngine({
      answer: answering(200, [
        { Id: 7 },
        { Id: 'sha256:short' },
        null,
        'x',
        { Id: `sha256:${'a'.repeat(64)}`, RepoTags: [7, null, 'name:1'], Size: 'big', Created: 1e300 },
      ]),
    });
    expect(await listImages(client)).toEqual([
      { id: `sha256:${'a'.repeat(64)}`, names: ['name:1'], sizeBytes: 0, createdSeconds: 0 },
    ]);
  });

  test('names of objects that all have are not found in an answer', async () => {
    const { client } = await fakeEngine({ answer: answering(200, {}) });
    const fields = await client.fields(ASK);
    expect([fields.text('constructor'), fields.fields('__proto__').text('toString')]).toEqual(['', '']);
  });

  test('an answer that breaks off is an error', async () => {
    const { client } = await fakeEngine({
      answer: (_request, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{', () => response.destroy());
      },
    });
    await expect(client.fields(ASK)).rejects.toMatchObject({ code: 'network' });
  });

  test('a name cannot lead to another path', async () => {
    const { client, asked } = await fakeEngine({ answer: answering(404, {}) });
    expect(await inspectImage(client, '../containers/x?force=1#')).toBeUndefined();
    expect(asked).toEqual(['GET /v1.41/images/..%2Fcontainers%2Fx%3Fforce%3D1%23/json']);
  });
});

describe('time', () => {
  test('an engine that does not answer is given up', async () => {
    const { client } = await fakeEngine();
    await expect(client.fields({ ...ASK, timeoutMs: 50 })).rejects.toMatchObject({
      code: 'engine-unavailable',
    });
  });

  test('a question can be given up', async () => {
    const { client } = await fakeEngine();
    const signal = AbortSignal.timeout(30);
    await expect(client.fields({ ...ASK, signal, timeoutMs: 0 })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  test('a stream can be given up', async () => {
    const { client } = await fakeEngine({ answer: (_request, response) => void response.write('some') });
    const giveUp = new AbortController();
    const stream = await client.stream({ ...ASK, signal: giveUp.signal });
    const reading = readAll(stream, 100, 'stream');
    giveUp.abort();
    await expect(reading).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('a stream that nobody reads lets go of its connection', async () => {
    const closed = Promise.withResolvers<void>();
    const { client } = await fakeEngine({
      answer: (request, response) => {
        request.socket.once('close', () => closed.resolve());
        response.write('some');
      },
    });
    (await client.stream(ASK)).destroy();
    await expect(closed.promise).resolves.toBeUndefined();
  });
});

describe('connections that become streams', () => {
  test('carry bytes both ways, and each half ends by itself', async () => {
    const { client } = await fakeEngine({
      upgrade: (_request, connection) => {
        connection.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nearly ');
        connection.on('data', (chunk: Buffer) => connection.write(chunk));
        connection.on('end', () => connection.end(' late'));
      },
    });
    const stream = await client.hijack({ ...ASK, method: 'POST', json: { Tty: true } });
    stream.end('typed');
    expect((await readAll(stream, 1000, 'stream')).toString()).toMatch(/^early .*typed late$/);
  });

  test('are refused with the reason', async () => {
    const { client } = await fakeEngine({
      upgrade: (_request, connection) => {
        connection.end('HTTP/1.1 409 Conflict\r\nContent-Length: 22\r\n\r\n{"message":"it paused"');
      },
    });
    const asked = client.hijack({ ...ASK, method: 'POST' });
    await expect(asked).rejects.toMatchObject({ code: 'invalid-argument', data: { status: 409 } });
  });

  test('must become streams', async () => {
    const { client } = await fakeEngine({
      upgrade: (_request, connection) => connection.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
    });
    await expect(client.hijack({ ...ASK, method: 'POST' })).rejects.toMatchObject({ code: 'network' });
  });
});

describe('handing an image over', () => {
  test('counts what was sent, and tells what was found in it', async () => {
    const { client } = await fakeEngine({
      answer: (request, response) => {
        request.resume();
        request.on('end', () =>
          response.end('{"stream":"Loaded image: a:1\\n"}\r\n{"stream":"Loaded image ID: sha256:ab\\n"}'),
        );
      },
    });
    let sent = 0;
    const archive = Readable.from([Buffer.alloc(1000), Buffer.alloc(500)]);
    expect(await loadImages(client, archive, { onBytes: (done) => (sent = done) })).toEqual([
      'a:1',
      'sha256:ab',
    ]);
    expect(sent).toBe(1500);
  });

  test('tells why it was not taken', async () => {
    const { client } = await fakeEngine({
      answer: (request, response) => {
        request.resume();
        request.on('end', () => response.end('{"errorDetail":{"message":"bad tar"},"error":"bad tar"}\n'));
      },
    });
    await expect(loadImages(client, Readable.from([Buffer.alloc(10)]))).rejects.toMatchObject({
      code: 'invalid-archive',
      data: { reason: 'bad tar' },
    });
  });

  test('is told about a source that fails', async () => {
    const { client } = await fakeEngine({ answer: (request) => void request.resume() });
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(10);
      throw new PhylloError('no-space', 'read it: the disk is gone');
    };
    const loading = loadImages(client, Readable.from(failing()), { onBytes: () => undefined });
    await expect(loading).rejects.toMatchObject({ code: 'no-space' });
  });
});
