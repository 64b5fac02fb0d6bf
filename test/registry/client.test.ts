// What registries are asked for besides images themselves.
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { findOrigin, securityOf } from '../../src/registry/endpoint.ts';
import { describe as describeData, imageOf, json } from '../support/image-build.ts';
import { CANARY, errorOf, testClient } from '../support/registry-clients.ts';
import { FakeRegistry, refuse } from '../support/registry-fake.ts';

const image = imageOf([{ a: 'text' }]);

test('repositories are listed where the registry offers that', async () => {
  const fake = await FakeRegistry.start();
  fake.misbehave = ({ url }, response) => {
    if (!url!.startsWith('/v2/_catalog')) return false;
    response.end(JSON.stringify({ repositories: ['b/c', 'a', '../x', 'UPPER', '\u001b[2J', 3] }));
    return true;
  };
  const { client } = testClient(undefined);
  expect(await client.catalog(fake.host)).toEqual(['a', 'b/c']);
  fake.misbehave = (_, response) => {
    refuse(response, 405, 'UNSUPPORTED');
    return true;
  };
  expect((await errorOf(client.catalog(fake.host))).code).toBe('unsupported');
});

describe('referrers', () => {
  const signature = async (): Promise<{ index: Buffer; digest: string }> => {
    const { descriptor } = await image;
    const manifests = [
      { ...describeData(mediaTypes.ociManifest, Buffer.from('{}')), artifactType: 'text/sig' },
    ];
    const index = json({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests });
    return { index, digest: descriptor.digest };
  };

  test('are asked for', async () => {
    const fake = await FakeRegistry.start();
    const { index, digest } = await signature();
    fake.misbehave = ({ url }, response) => {
      if (!url!.endsWith(`/referrers/${digest}`)) return false;
      response.end(index);
      return true;
    };
    const found = await testClient(undefined).client.referrers(
      fake.reference(),
      (await image).descriptor.digest,
    );
    expect(found.map(({ artifactType }) => artifactType)).toEqual(['text/sig']);
  });

  test('are under a tag where the registry does not know the request, or nowhere', async () => {
    const fake = await FakeRegistry.start();
    const { index, digest } = await signature();
    const { client } = testClient(undefined);
    expect(await client.referrers(fake.reference(), (await image).descriptor.digest)).toEqual([]);
    fake.addManifest(`team/app:${digest.replace(':', '-')}`, describeData(mediaTypes.ociIndex, index), index);
    expect(await client.referrers(fake.reference(), (await image).descriptor.digest)).toHaveLength(1);
  });
});

test('a manifest that the registry takes for another is an error', async () => {
  const fake = await FakeRegistry.start();
  fake.misbehave = (_, response) => {
    response.writeHead(201, { 'docker-content-digest': digestOf('other') }).end();
    return true;
  };
  const { descriptor, manifestData } = await image;
  const putting = testClient(undefined).client.putManifest(fake.reference(), descriptor, manifestData);
  expect((await errorOf(putting)).code).toBe('digest-mismatch');
});

test('a login that is only checked is used for nothing else', async () => {
  const fake = await FakeRegistry.start();
  fake.add(await image);
  fake.misbehave = ({ headers, url }, response) => {
    if (headers.authorization !== undefined || url !== '/v2/') return false;
    refuse(response, 401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="x"' });
    return true;
  };
  const { client } = testClient(undefined);
  await client.checkLogin(fake.host, CANARY);
  await client.manifest(fake.reference());
  expect(fake.seen.map(({ headers }) => headers.authorization !== undefined)).toEqual([false, true, false]);
});

test.each([
  ['localhost:5000', 'loopback'],
  ['127.0.0.1', 'loopback'],
  ['127.9.9.9:80', 'loopback'],
  ['[::1]:5000', 'loopback'],
  ['reg.lan:5000', 'insecure'],
  ['reg.lan', 'strict'],
  ['127.0.0.1.evil.example', 'strict'],
  ['localhost.evil.example:5000', 'strict'],
  ['192.168.0.1:5000', 'strict'],
  ['10.0.0.1', 'strict'],
  ['docker.io', 'strict'],
])('%s is %s', (host, security) => {
  expect(securityOf(host, new Set(['reg.lan:5000']))).toBe(security);
});

test('Docker Hub is asked at the address of its registry', async () => {
  expect(await findOrigin('docker.io', 'strict', { timeoutMs: 1 })).toBe('https://registry-1.docker.io');
});
