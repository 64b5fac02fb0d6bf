// Registries whose words are not to be trusted, and hosts that are none.
import { describe, expect, test } from 'vitest';
import { safeText } from '../../src/lib/text.ts';
import { makeCertificates } from '../support/certificates.ts';
import { imageOf } from '../support/image-build.ts';
import { temporaryFolder } from '../support/image-folder.ts';
import { errorOf, expectNoLeak, testClient } from '../support/registry-clients.ts';
import { FakeRegistry, refuse } from '../support/registry-fake.ts';
import { needTool } from '../support/tools.ts';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const image = imageOf([{ a: 'text' }]);

describe('49: what answers everything with a web page', () => {
  test.each([200, 302])('by %d is no registry', async (status) => {
    const fake = await FakeRegistry.start();
    fake.misbehave = ({ url }, response) => {
      const isPage = status === 200 || url === '/login';
      response.writeHead(
        isPage ? 200 : 302,
        isPage ? { 'content-type': 'text/html; charset=utf-8' } : { location: '/login' },
      );
      response.end('<html>Log in</html>');
      return true;
    };
    const error = await errorOf(testClient(undefined).client.manifest(fake.reference()));
    expect(error).toMatchObject({ code: 'network' });
    expect(error.message).toContain('is not a registry');
  });
});

describe('52: a list of tags that', () => {
  test('leads to itself has no end', async () => {
    const fake = await FakeRegistry.start();
    fake.misbehave = ({ url }, response) => {
      response.setHeader('link', `<${url}>; rel="next"`);
      response.end(JSON.stringify({ tags: ['1'] }));
      return true;
    };
    const error = await errorOf(testClient(undefined).client.tags(fake.reference()));
    expect(error.code).toBe('limit-exceeded');
    expect(fake.asked.length).toBeLessThan(5);
  });

  test('always has another page has no end', async () => {
    const fake = await FakeRegistry.start();
    let page = 0;
    fake.misbehave = (_, response) => {
      response.setHeader('link', `</v2/team/app/tags/list?last=${page++}>; rel="next"`);
      response.end(JSON.stringify({ tags: [] }));
      return true;
    };
    expect((await errorOf(testClient(undefined).client.tags(fake.reference()))).code).toBe('limit-exceeded');
    expect(page).toBeLessThanOrEqual(1001);
  });

  test('goes on at another host is not followed', async () => {
    const fake = await FakeRegistry.start();
    const other = await FakeRegistry.start();
    fake.misbehave = (_, response) => {
      response.setHeader('link', `<${other.origin}/v2/x>; rel="next"`);
      response.end(JSON.stringify({ tags: ['1'] }));
      return true;
    };
    expect((await errorOf(testClient(fake.host).client.tags(fake.reference()))).code).toBe('network');
    expect(other.asked).toEqual([]);
  });

  test('comes in pages is put together', async () => {
    const fake = await FakeRegistry.start();
    fake.misbehave = ({ url }, response) => {
      const isFirst = !url!.includes('last=');
      if (isFirst) response.setHeader('link', '</v2/team/app/tags/list?last=b&n=2>; rel="next"');
      response.end(JSON.stringify({ tags: isFirst ? ['b', 'a'] : ['c'] }));
      return true;
    };
    expect(await testClient(undefined).client.tags(fake.reference())).toEqual(['a', 'b', 'c']);
  });
});

test('53: what can be no tag is not listed', async () => {
  const fake = await FakeRegistry.start();
  fake.misbehave = (_, response) => {
    response.end(JSON.stringify({ tags: ['1.0', '\u001b[2J', 'a b', '../x', '', 7, null, 'x'.repeat(200)] }));
    return true;
  };
  expect(await testClient(undefined).client.tags(fake.reference())).toEqual(['1.0']);
});

test('54: a warning is passed on, and one with controls is dropped', async () => {
  const fake = await FakeRegistry.start();
  fake.add(await image);
  let warning = '299 - "this repository moves"';
  fake.misbehave = (_, response) => {
    response.setHeader('warning', Buffer.from(warning, 'utf8').toString('latin1'));
    return false;
  };
  const { client, notices } = testClient(undefined);
  await client.manifest(fake.reference());
  expect(notices).toEqual([`${fake.host} warns: this repository moves`]);
  for (warning of ['299 - "a\u009b2Jb"', '299 - "\u202eabc"', 'nonsense', `299 - "${'x'.repeat(2000)}"`])
    await client.manifest(fake.reference());
  expect(notices).toHaveLength(1);
});

test('60: what a registry says about an error is shown without its controls', async () => {
  const fake = await FakeRegistry.start();
  fake.misbehave = (_, response) => {
    const errors = [{ code: 'DENIED\u001b]0;x\u0007', message: 'no\r\n\u202eway'.repeat(100) }];
    response.writeHead(404).end(JSON.stringify({ errors }));
    return true;
  };
  const { message } = await errorOf(testClient(undefined).client.manifest(fake.reference()));
  expect(message).toBe(safeText(message));
  expect(message).toContain('\\x1b');
  expect(message.length).toBeLessThan(600);
});

test.each(['', 'null', '[]', '{"errors":[null,3,{"code":{}}]}', '{'])(
  '60: an error whose body is %j is told by its number',
  async (body) => {
    const fake = await FakeRegistry.start();
    fake.misbehave = (_, response) => {
      response.writeHead(400).end(body);
      return true;
    };
    const error = await errorOf(testClient(undefined).client.manifest(fake.reference()));
    expect(error.message).toContain('answers 400 Bad Request');
  },
);

test('an image that is not there is said to be so by its name', async () => {
  const fake = await FakeRegistry.start();
  const error = await errorOf(testClient(undefined).client.manifest(fake.reference('team/app:2')));
  expect(error.code).toBe('not-found');
  expect(error.message).toContain(`${fake.host}/team/app:2`);
});

describe.runIf(needTool('openssl'))('57: TLS', () => {
  async function secure(kind: 'trusted' | 'self-signed' | 'expired' | 'wrong name') {
    const folder = temporaryFolder();
    const made = makeCertificates(folder, kind);
    const fake = await FakeRegistry.start({ tls: made, name: 'localhost' });
    fake.add(await image);
    const authorities = join(folder, 'certs.d', fake.host);
    mkdirSync(authorities, { recursive: true });
    if (kind !== 'self-signed') writeFileSync(join(authorities, 'ca.crt'), made.authority);
    return { fake, certificateFolders: [join(folder, 'certs.d')] };
  }

  test('with an authority of its own folder goes well', async () => {
    const { fake, certificateFolders } = await secure('trusted');
    const { client } = testClient(fake.host, { certificateFolders });
    const { descriptor } = await client.manifest(fake.reference());
    expect(descriptor.digest).toBe((await image).descriptor.digest);
  });

  test.each([
    ['self-signed', /self-signed|unknown authority/],
    ['expired', /has expired/],
    ['wrong name', /another name/],
  ] as const)('that is %s is refused by name, and nothing is asked without TLS', async (kind, reason) => {
    const { fake, certificateFolders } = await secure(kind);
    const { client } = testClient(fake.host, { certificateFolders });
    const error = await errorOf(client.manifest(fake.reference()));
    expect(error.code).toBe('network');
    expect(error.message).toMatch(reason);
    expect(error.hint).toContain(`certs.d/${fake.host}`);
    expect(fake.asked).toEqual([]);
    expectNoLeak(fake);
  });

  test('that is not verified is taken where the user says so', async () => {
    const { fake } = await secure('self-signed');
    const { client } = testClient(undefined, { insecureHosts: new Set([fake.host]) });
    await client.manifest(fake.reference());
    expect(fake.asked).toHaveLength(1);
  });

  test('48: is not left by a redirect', async () => {
    const { fake, certificateFolders } = await secure('trusted');
    const other = await FakeRegistry.start();
    fake.misbehave = ({ url }, response) => {
      response.writeHead(307, { location: `${other.origin}${url}` }).end();
      return true;
    };
    const { client } = testClient(fake.host, { certificateFolders });
    const error = await errorOf(client.manifest(fake.reference()));
    expect(error.message).toContain('from https to http');
    expect(other.asked).toEqual([]);
  });

  test('38: is asked of the realm too', async () => {
    const { fake, certificateFolders } = await secure('trusted');
    fake.misbehave = (_, response) => {
      const realm = `Bearer realm="http://localhost:${fake.port}/token"`;
      refuse(response, 401, 'UNAUTHORIZED', { 'www-authenticate': realm });
      return true;
    };
    const { client } = testClient(fake.host, { certificateFolders });
    expect((await errorOf(client.manifest(fake.reference()))).message).toContain('without TLS');
  });
});

test('a host beyond this machine is never asked without TLS', async () => {
  const fake = await FakeRegistry.start();
  // The same server by a name that is not known to be this machine.
  const { client } = testClient(undefined);
  const reference = { ...fake.reference(), host: `0.0.0.0:${fake.port}` };
  const error = await errorOf(client.manifest(reference));
  expect(error.code).toBe('network');
  expect(fake.asked).toEqual([]);
});
