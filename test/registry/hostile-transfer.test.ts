// Registries that break off, lie about what they send, or send something else.
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readAll } from '../../src/lib/streams.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { describe as describeBlob, imageOf, json } from '../support/image-build.ts';
import { errorOf, expectNoLeak, testClient } from '../support/registry-clients.ts';
import { FakeRegistry, type Misbehave, refuse } from '../support/registry-fake.ts';

const MEGABYTE = 1024 * 1024;
const blob = Buffer.alloc(3 * MEGABYTE, 'leaf after leaf. ');
const descriptor = describeBlob(mediaTypes.ociLayer, blob);

async function registry(): Promise<FakeRegistry> {
  const fake = await FakeRegistry.start();
  fake.blobs.set(descriptor.digest, blob);
  return fake;
}

async function fetched(fake: FakeRegistry, options = {}): Promise<Buffer> {
  const { client } = testClient(undefined, options);
  const stream = await client.openBlob(fake.reference(), descriptor);
  return readAll(stream as AsyncIterable<Uint8Array>, 10 * MEGABYTE, 'blob');
}

const isBlob = (url: string | undefined): boolean => url!.includes('/blobs/sha256:');

/** Cuts the connection of the first `times` answers in the middle. */
function breakOff(times: number, after = MEGABYTE): Misbehave {
  let left = times;
  return ({ url, headers }, response) => {
    if (!isBlob(url) || left-- <= 0) return false;
    const from = Number(/^bytes=(\d+)/.exec(headers.range ?? '')?.[1] ?? 0);
    const facts = {
      'content-length': blob.length - from,
      'content-range': `bytes ${from}-${blob.length - 1}/${blob.length}`,
    };
    response.writeHead(from > 0 ? 206 : 200, facts);
    response.write(blob.subarray(from, from + after), () => response.destroy());
    return true;
  };
}

describe('41: a registry that has enough', () => {
  const busy = (retryAfter: string | undefined, times = 1): Misbehave => {
    let left = times;
    return (_, response) => {
      if (left-- <= 0) return false;
      refuse(response, 429, 'TOOMANYREQUESTS', retryAfter === undefined ? {} : { 'retry-after': retryAfter });
      return true;
    };
  };

  test('is waited for as long as it asks, and each second is told', async () => {
    const fake = await registry();
    fake.misbehave = busy('2');
    const told: number[] = [];
    const { client, waits } = testClient(undefined, { onWait: ({ leftSeconds }) => told.push(leftSeconds) });
    expect(await client.hasBlob(fake.reference(), descriptor)).toBe(true);
    expect(waits).toEqual([1000, 1000]);
    expect(told).toEqual([2, 1]);
  });

  test('may say it by a date', async () => {
    const fake = await registry();
    fake.misbehave = busy('Thu, 01 Jan 1970 00:00:03 GMT');
    const { client, waits } = testClient(undefined, { nowMs: () => 0 });
    expect(await client.hasBlob(fake.reference(), descriptor)).toBe(true);
    expect(waits).toEqual([1000, 1000, 1000]);
  });

  test('is not waited for half a life', async () => {
    const fake = await registry();
    fake.misbehave = busy('1000000000');
    const { client, waits } = testClient(undefined);
    const error = await errorOf(client.hasBlob(fake.reference(), descriptor));
    expect(error).toMatchObject({ code: 'network', hint: 'It asks to come back in 1000000000 seconds.' });
    expect(waits).toEqual([]);
  });

  test.each([undefined, 'soon', '-5', '1e3'])('and says %j is asked again soon', async (retryAfter) => {
    const fake = await registry();
    fake.misbehave = busy(retryAfter);
    const { client, waits } = testClient(undefined);
    expect(await client.hasBlob(fake.reference(), descriptor)).toBe(true);
    expect(waits).toHaveLength(1);
    expect(waits[0]).toBeLessThan(1000);
  });
});

test('42: 503, 503, 200 goes well, and 503 without end ends', async () => {
  const fake = await registry();
  let left = 2;
  fake.misbehave = (_, response) => {
    if (left-- <= 0) return false;
    refuse(response, 503, 'UNAVAILABLE');
    return true;
  };
  const { client } = testClient(undefined);
  expect(await client.hasBlob(fake.reference(), descriptor)).toBe(true);
  left = Infinity;
  expect(await errorOf(client.hasBlob(fake.reference(), descriptor))).toMatchObject({ code: 'network' });
  expect(fake.asked).toHaveLength(3 + 5);
});

test('43: a connection that breaks off is taken up where it ended', async () => {
  const fake = await registry();
  fake.misbehave = breakOff(2);
  expect((await fetched(fake)).equals(blob)).toBe(true);
  const ranges = fake.seen.map(({ headers }) => headers.range);
  expect(ranges[0]).toBeUndefined();
  expect(ranges).toHaveLength(3);
  expect(Number(/^bytes=(\d+)-/.exec(ranges[1]!)![1])).toBeGreaterThan(0);
});

test('43: one that breaks off at once every time is given up', async () => {
  const fake = await registry();
  fake.misbehave = breakOff(Infinity, 10);
  expect(await errorOf(fetched(fake))).toMatchObject({ code: 'network' });
  expect(fake.seen.length).toBeLessThan(10);
});

describe('44: a registry that', () => {
  test('sends all instead of the rest corrupts nothing', async () => {
    const fake = await registry();
    const broken = breakOff(1);
    fake.misbehave = (request, response, body) => {
      if (broken(request, response, body)) return true;
      if (!isBlob(request.url)) return false;
      response.writeHead(200, { 'content-length': blob.length }).end(blob);
      return true;
    };
    expect((await fetched(fake)).equals(blob)).toBe(true);
  });

  test.each(['bytes 5-9/10', 'bytes 9999999-10000000/*', 'bytes -5', 'lines 1-2/3', ''])(
    'sends the range %j is not believed',
    async (contentRange) => {
      const fake = await registry();
      const broken = breakOff(1);
      fake.misbehave = (request, response, body) => {
        if (broken(request, response, body)) return true;
        if (!isBlob(request.url)) return false;
        response.writeHead(206, { 'content-range': contentRange }).end(blob.subarray(MEGABYTE));
        return true;
      };
      const error = await errorOf(fetched(fake));
      expect(['network', 'size-mismatch', 'digest-mismatch']).toContain(error.code);
    },
  );
});

describe('45 and 46: a body that', () => {
  const sends = (data: Buffer, length?: number): Misbehave => {
    return ({ url }, response) => {
      if (!isBlob(url)) return false;
      response.writeHead(200, length === undefined ? {} : { 'content-length': length });
      response.end(data);
      return true;
    };
  };

  test('is short, with a length that says so, is an error and asked for once', async () => {
    const fake = await registry();
    fake.misbehave = sends(blob.subarray(0, 1000), 1000);
    expect((await errorOf(fetched(fake))).code).toBe('size-mismatch');
    expect(fake.asked).toHaveLength(1);
  });

  test('is longer than the blob is cut off', async () => {
    const fake = await registry();
    fake.misbehave = sends(Buffer.concat([blob, Buffer.alloc(MEGABYTE)]));
    expect((await errorOf(fetched(fake))).code).toBe('size-mismatch');
  });

  test('comes without a length is read to its end', async () => {
    const fake = await registry();
    fake.misbehave = sends(blob);
    expect((await fetched(fake)).equals(blob)).toBe(true);
  });

  test('has the right length and wrong bytes is an error and asked for once', async () => {
    const fake = await registry();
    fake.misbehave = sends(Buffer.alloc(blob.length), blob.length);
    expect((await errorOf(fetched(fake))).code).toBe('digest-mismatch');
    expect(fake.asked).toHaveLength(1);
  });

  test('59: comes encoded is refused', async () => {
    const fake = await registry();
    fake.misbehave = ({ url }, response) => {
      if (!isBlob(url)) return false;
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(blob);
      return true;
    };
    expect((await errorOf(fetched(fake))).message).toContain('encoded');
    expect(fake.seen[0]!.headers['accept-encoding']).toBe('identity');
  });
});

describe('47 and 50: a manifest', () => {
  const image = imageOf([{ a: 'text' }]);

  test.each([
    ['whose digest header lies', { 'docker-content-digest': digestOf('other') }, 'digest-mismatch'],
    ['that is sent as an index', { 'content-type': mediaTypes.ociIndex }, 'invalid-image'],
    ["that is sent as docker's", { 'content-type': mediaTypes.dockerManifest }, 'invalid-image'],
  ])('%s is refused', async (_, headers, code) => {
    const fake = await registry();
    const { manifestData } = await image;
    fake.misbehave = (__, response) => {
      response.writeHead(200, { ...headers }).end(manifestData);
      return true;
    };
    expect((await errorOf(testClient(undefined).client.manifest(fake.reference()))).code).toBe(code);
  });

  test('that is another one than the digest asks for is refused', async () => {
    const fake = await registry();
    fake.misbehave = (_, response) => {
      response.writeHead(200, { 'content-type': mediaTypes.ociManifest }).end('{"schemaVersion":2}');
      return true;
    };
    const reference = { ...fake.reference(), digest: (await image).descriptor.digest };
    expect((await errorOf(testClient(undefined).client.manifest(reference))).code).toBe('digest-mismatch');
  });

  test('without its type in it has the type that is sent', async () => {
    const fake = await registry();
    const { config, layers } = { config: descriptor, layers: [] };
    fake.misbehave = (_, response) => {
      response.writeHead(200, { 'content-type': mediaTypes.dockerManifest });
      response.end(json({ schemaVersion: 2, config, layers }));
      return true;
    };
    const { descriptor: found } = await testClient(undefined).client.manifest(fake.reference());
    expect(found.mediaType).toBe(mediaTypes.dockerManifest);
  });

  test('that is larger than any manifest is cut off', async () => {
    const fake = await registry();
    fake.misbehave = (_, response) => {
      response.end(Buffer.alloc(5 * MEGABYTE, ' '));
      return true;
    };
    expect((await errorOf(testClient(undefined).client.manifest(fake.reference()))).code).toBe(
      'limit-exceeded',
    );
  });
});

describe('51: a registry that', () => {
  test('sends a byte now and then is no better than one that sends nothing', async () => {
    const fake = await registry();
    fake.misbehave = ({ url }, response) => {
      if (!isBlob(url)) return false;
      response.writeHead(200, { 'content-length': blob.length });
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
      return true;
    };
    const error = await errorOf(fetched(fake, { stallMs: 150 }));
    expect(error).toMatchObject({ code: 'network' });
    expect(error.message).toContain('nothing came for');
  });

  test('never answers is given up', async () => {
    const fake = await registry();
    fake.misbehave = () => true;
    expect((await errorOf(fetched(fake, { stallMs: 50 }))).message).toContain('nothing came for');
  });
});

test('55: an upload that is to go to another host takes no login along', async () => {
  const fake = await registry();
  const other = await FakeRegistry.start();
  fake.misbehave = ({ method, headers }, response) => {
    if (headers.authorization === undefined) {
      refuse(response, 401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="x"' });
      return true;
    }
    if (method !== 'POST') return false;
    response.writeHead(202, { location: `${other.origin}/elsewhere` }).end();
    return true;
  };
  other.misbehave = (_, response) => {
    response.writeHead(201).end();
    return true;
  };
  const { client } = testClient(fake.host);
  await client.uploadBlob(fake.reference(), { digest: digestOf('x'), size: 1 }, { open: () => bytes('x') });
  expect(other.asked).toEqual(['PUT /elsewhere']);
  expectNoLeak(other);
});

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

test('an upload that breaks off goes on where the registry says', async () => {
  const fake = await registry();
  fake.blobs.clear();
  fake.breakUploadAfterBytes = MEGABYTE;
  const offsets: number[] = [];
  const open = async function* (offset: number): AsyncGenerator<Uint8Array> {
    offsets.push(offset);
    for (let at = offset; at < blob.length; at += 64 * 1024) yield blob.subarray(at, at + 64 * 1024);
  };
  await testClient(undefined).client.uploadBlob(fake.reference(), descriptor, { open });
  expect(fake.blobs.get(descriptor.digest)?.equals(blob)).toBe(true);
  expect(offsets[0]).toBe(0);
  expect(offsets[1]).toBeGreaterThanOrEqual(MEGABYTE);
});

test('an upload whose session is forgotten begins anew', async () => {
  const fake = await registry();
  fake.blobs.clear();
  let forgotten = false;
  fake.misbehave = ({ method }, response) => {
    if (method !== 'PATCH' || forgotten) return false;
    forgotten = true;
    refuse(response, 404, 'BLOB_UPLOAD_UNKNOWN');
    return true;
  };
  const open = async function* (offset: number): AsyncGenerator<Uint8Array> {
    yield blob.subarray(offset);
  };
  await testClient(undefined).client.uploadBlob(fake.reference(), descriptor, { open });
  expect(fake.blobs.has(descriptor.digest)).toBe(true);
});

test('56: a blob that is said to be there and is not is named', async () => {
  const fake = await registry();
  fake.misbehave = ({ method, url }, response) => {
    if (method !== 'GET' || !isBlob(url)) return false;
    refuse(response, 404, 'BLOB_UNKNOWN');
    return true;
  };
  const { client } = testClient(undefined);
  expect(await client.hasBlob(fake.reference(), descriptor)).toBe(true);
  const error = await errorOf(client.openBlob(fake.reference(), descriptor));
  expect(error.code).toBe('not-found');
  expect(error.message).toContain(descriptor.digest);
});

test('the addresses that a descriptor names are never asked', async () => {
  const fake = await FakeRegistry.start();
  const other = await FakeRegistry.start();
  other.misbehave = (_, response) => {
    response.end(blob);
    return true;
  };
  const foreign = { ...descriptor, urls: [`${other.origin}/layer`] };
  const error = await errorOf(testClient(fake.host).client.openBlob(fake.reference(), foreign));
  expect(error.code).toBe('unsupported');
  expect(other.asked).toEqual([]);
});

describe('58: a server that', () => {
  test.each([
    ['speaks no HTTP', 'SSH-2.0-OpenSSH\r\n'],
    [
      'has a chunk of absurd size',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nx\r\n',
    ],
    ['has two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    ['says to go on for ever', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(1000)],
    ['hangs up', ''],
  ])('%s is an error', async (_, text) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (data) =>
        data[0] === 0x16 ? socket.end('HTTP/1.1 400 Bad Request\r\n\r\n') : socket.end(text),
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const { client } = testClient(undefined, { stallMs: 500 });
    const error = await errorOf(client.manifest(parseReference(`127.0.0.1:${port}/a:1`)));
    expect(error.code).toBe('network');
  });
});
