// Registries that ask for logins in ways that they should not: nothing secret reaches anybody else.
import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { readAll } from '../../src/lib/streams.ts';
import { imageOf } from '../support/image-build.ts';
import { CANARY_TOKEN, errorOf, expectNoLeak, testClient } from '../support/registry-clients.ts';
import { FakeRegistry, type Misbehave, refuse } from '../support/registry-fake.ts';

const image = imageOf([{ 'etc/': {}, 'etc/os': 'one' }]);

function challenge(response: ServerResponse, header: string): true {
  refuse(response, 401, 'UNAUTHORIZED', { 'www-authenticate': header });
  return true;
}

/** Asks for a token of its own service, and takes no other. */
function withTokens(fake: FakeRegistry, answer: string): Misbehave {
  return ({ url, headers }, response) => {
    if (url!.startsWith('/token')) {
      response.end(answer);
      return true;
    }
    if (headers.authorization === `Bearer ${CANARY_TOKEN}`) return false;
    return challenge(response, `Bearer realm="${fake.origin}/token",service="fake"`);
  };
}

async function registry(): Promise<FakeRegistry> {
  const fake = await FakeRegistry.start();
  fake.add(await image);
  return fake;
}

test('a token is had once for a scope, with the login for its service alone', async () => {
  const fake = await registry();
  fake.misbehave = withTokens(fake, JSON.stringify({ token: CANARY_TOKEN, expires_in: 300 }));
  const { client } = testClient(fake.host);
  const { descriptor } = await client.manifest(fake.reference());
  expect(descriptor.digest).toBe((await image).descriptor.digest);
  await client.hasBlob(fake.reference(), (await image).layers[0]!.descriptor);
  expect(fake.asked.map((line) => line.split('/')[1])).toEqual(['v2', 'token', 'v2', 'v2']);
  const token = fake.seen[1]!;
  expect(new URL(token.url, 'http://x').searchParams.get('scope')).toBe('repository:team/app:pull');
  expect(token.headers.authorization).toMatch(/^Basic /);
  expect(fake.seen[3]!.headers.authorization).toBe(`Bearer ${CANARY_TOKEN}`);
});

test('37: a registry that refuses every token is asked twice', async () => {
  const fake = await registry();
  fake.misbehave = ({ url }, response) => {
    if (!url!.startsWith('/token')) return challenge(response, `Bearer realm="${fake.origin}/token"`);
    response.end(JSON.stringify({ token: CANARY_TOKEN }));
    return true;
  };
  const { client } = testClient(fake.host);
  const error = await errorOf(client.manifest(fake.reference()));
  expect(error.code).toBe('unauthorized');
  expect(error.hint).toContain(`phyllo login ${fake.host}`);
  expect(fake.asked).toHaveLength(3);
});

test('37: the same for Basic', async () => {
  const fake = await registry();
  fake.misbehave = (_, response) => challenge(response, 'Basic realm="x"');
  const error = await errorOf(testClient(fake.host).client.manifest(fake.reference()));
  expect(error.code).toBe('unauthorized');
  expect(fake.asked).toHaveLength(2);
});

describe('38: a realm that', () => {
  test.each([
    ['is another port of this machine', (other: FakeRegistry) => `${other.origin}/token`],
    ['is this machine by name', (other: FakeRegistry) => `http://localhost:${other.port}/token`],
    ['is this machine as a number', (other: FakeRegistry) => `http://2130706433:${other.port}/token`],
    ['is an address of a cloud', () => 'http://169.254.169.254/latest'],
    ['is a private address', () => 'https://10.0.0.1/token'],
    ['is an address of IPv6', () => 'https://[fe80::1]/token'],
    ['needs no TLS at another host', () => 'http://auth.example/token'],
    ['is a file', () => 'file:///etc/passwd'],
    ['has a password in it', (other: FakeRegistry) => `http://user:pass@127.0.0.1:${other.port}/token`],
    ['is nothing', () => ''],
    ['is no URL', () => '\\u0000::'],
  ])('%s gets no login', async (_, realm) => {
    const fake = await registry();
    const other = await FakeRegistry.start();
    fake.misbehave = (__, response) => challenge(response, `Bearer realm="${realm(other)}",service="x"`);
    const error = await errorOf(testClient(fake.host).client.manifest(fake.reference()));
    expect(error.code).toBe('unauthorized');
    expect(other.asked).toEqual([]);
    expect(fake.asked).toHaveLength(1);
  });
});

describe('39: a challenge with', () => {
  test.each([
    ['no realm', 'Bearer service="x"'],
    ['an unknown scheme', 'Negotiate abc'],
    ['an open quote', 'Bearer realm="http://127.0.0.1'],
    ['nothing', ''],
  ])('%s is an error', async (_, header) => {
    const fake = await registry();
    fake.misbehave = (__, response) => challenge(response, header);
    expect((await errorOf(testClient(fake.host).client.manifest(fake.reference()))).code).toBe(
      'unauthorized',
    );
  });

  test('two schemes is answered by a token', async () => {
    const fake = await registry();
    const tokens = withTokens(fake, JSON.stringify({ access_token: CANARY_TOKEN }));
    fake.misbehave = (request, response, body) => {
      if (request.url!.startsWith('/token') || request.headers.authorization)
        return tokens(request, response, body);
      return challenge(response, `Basic realm="a", Bearer realm="${fake.origin}/token"`);
    };
    await testClient(fake.host).client.manifest(fake.reference());
    expect(fake.seen[2]!.headers.authorization).toBe(`Bearer ${CANARY_TOKEN}`);
  });

  test('a megabyte of header is an error', async () => {
    const fake = await registry();
    fake.misbehave = (_, response) => challenge(response, `Bearer realm="${'x'.repeat(1024 * 1024)}"`);
    const error = await errorOf(testClient(fake.host).client.manifest(fake.reference()));
    expect(error).toMatchObject({ code: 'network' });
    expect(error.message).toContain('headers are too large');
  });
});

describe('40: a token service whose answer', () => {
  test.each([
    ['is no JSON', 'token', 'unauthorized'],
    ['has no token', '{"expires_in":1}', 'unauthorized'],
    ['is a list', '[]', 'unauthorized'],
    ['would break a header', JSON.stringify({ token: 'a\r\nx: y' }), 'unauthorized'],
    ['is larger than any token', JSON.stringify({ token: 'x'.repeat(1024 * 1024) }), 'limit-exceeded'],
  ])('%s is an error', async (_, answer, code) => {
    const fake = await registry();
    fake.misbehave = withTokens(fake, answer);
    expect((await errorOf(testClient(fake.host).client.manifest(fake.reference()))).code).toBe(code);
  });

  test('never ends is cut off', async () => {
    const fake = await registry();
    const tokens = withTokens(fake, '');
    fake.misbehave = (request, response, body) => {
      if (!request.url!.startsWith('/token')) return tokens(request, response, body);
      const more = (): boolean => response.write(Buffer.alloc(64 * 1024, 'x'));
      response.on('drain', more);
      more();
      return true;
    };
    const error = await errorOf(testClient(fake.host).client.manifest(fake.reference()));
    expect(error.code).toBe('limit-exceeded');
  });

  test.each([-1, 0, 'x', null, 1e300])('expires in %j is good for a minute', async (expiresIn) => {
    const fake = await registry();
    fake.misbehave = withTokens(fake, JSON.stringify({ token: CANARY_TOKEN, expires_in: expiresIn }));
    let now = 0;
    const { client } = testClient(fake.host, { nowMs: () => now });
    await client.manifest(fake.reference());
    now = 40_000;
    await client.manifest(fake.reference());
    expect(fake.asked.filter((line) => line.includes('/token'))).toHaveLength(1);
  });

  test('has expired is asked again', async () => {
    const fake = await registry();
    fake.misbehave = withTokens(fake, JSON.stringify({ token: CANARY_TOKEN, expires_in: 60 }));
    let now = 0;
    const { client } = testClient(fake.host, { nowMs: () => now });
    await client.manifest(fake.reference());
    now = 61_000;
    await client.manifest(fake.reference());
    expect(fake.asked.filter((line) => line.includes('/token'))).toHaveLength(2);
  });

  test('is a redirect is not followed with the login', async () => {
    const fake = await registry();
    const other = await FakeRegistry.start();
    const tokens = withTokens(fake, '');
    fake.misbehave = (request, response, body) => {
      if (!request.url!.startsWith('/token')) return tokens(request, response, body);
      response.writeHead(302, { location: `${other.origin}/token` }).end();
      return true;
    };
    await errorOf(testClient(fake.host).client.manifest(fake.reference()));
    expect(other.asked).toEqual([]);
  });
});

test('48: a redirect to another host takes no login along, and one that never ends is given up', async () => {
  const fake = await registry();
  const other = await registry();
  const { descriptor } = (await image).layers[0]!;
  const away: Misbehave = ({ url, headers }, response) => {
    if (headers.authorization === undefined) return challenge(response, 'Basic realm="x"');
    if (!url!.includes('/blobs/')) return false;
    response.writeHead(307, { location: `${other.origin}${url}` }).end();
    return true;
  };
  fake.misbehave = away;
  const { client } = testClient(fake.host);
  const stream = await client.openBlob(fake.reference(), descriptor);
  expect(await readAll(stream as AsyncIterable<Uint8Array>, 1024 * 1024, 'blob')).toHaveLength(
    descriptor.size,
  );
  expect(other.asked).toHaveLength(1);
  expectNoLeak(other);

  fake.misbehave = ({ url }, response) => {
    response.writeHead(307, { location: url }).end();
    return true;
  };
  const before = fake.asked.length;
  const error = await errorOf(client.openBlob(fake.reference(), descriptor));
  expect(error.message).toContain('leads on without end');
  expect(fake.asked.length - before).toBeLessThan(15);
});

test('a login is for one exact host: another one that asks gets none', async () => {
  const fake = await registry();
  fake.misbehave = (_, response) => challenge(response, 'Basic realm="x"');
  const { client } = testClient(`localhost:${fake.port}`);
  const error = await errorOf(client.manifest(fake.reference()));
  expect(error.code).toBe('unauthorized');
  expectNoLeak(fake);
});

test('what a registry repeats of the login is not shown', async () => {
  const fake = await registry();
  fake.misbehave = ({ headers }, response) => {
    if (headers.authorization === undefined) return challenge(response, 'Basic realm="x"');
    const told = Buffer.from(headers.authorization.slice(6), 'base64').toString();
    const errors = [{ code: 'DENIED', message: `${headers.authorization} ${told}` }];
    response.writeHead(403).end(JSON.stringify({ errors }));
    return true;
  };
  const error = await errorOf(testClient(fake.host).client.manifest(fake.reference()));
  expect(error.code).toBe('unauthorized');
  expect(error.message).toContain('***');
});
