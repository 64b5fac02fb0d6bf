import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findEndpoint } from '../../src/docker/find-endpoint.ts';
import { temporaryFolder } from '../support/image-folder.ts';

function contextFolder(name: string, meta: object, { current = name }: { current?: string } = {}): string {
  const folder = temporaryFolder();
  const key = createHash('sha256').update(name).digest('hex');
  mkdirSync(join(folder, 'contexts', 'meta', key), { recursive: true });
  writeFileSync(join(folder, 'contexts', 'meta', key, 'meta.json'), JSON.stringify(meta));
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ currentContext: current }));
  return folder;
}

function metaOf(name: string, host: string): object {
  return { Name: name, Endpoints: { docker: { Host: host, SkipTLSVerify: false } } };
}

describe('which engine is meant', () => {
  test('DOCKER_HOST says it before any context', async () => {
    const DOCKER_CONFIG = contextFolder('far', metaOf('far', 'ssh://far'));
    const found = await findEndpoint({ DOCKER_CONFIG, DOCKER_HOST: 'unix:///here.sock' });
    expect(found).toEqual({ kind: 'unix', path: '/here.sock' });
  });

  test('DOCKER_TLS_VERIFY takes the certificates of DOCKER_CERT_PATH that are there', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'ca.pem'), '');
    const found = await findEndpoint({
      DOCKER_HOST: 'tcp://build',
      DOCKER_TLS_VERIFY: '1',
      DOCKER_CERT_PATH: folder,
    });
    expect(found).toEqual({
      kind: 'tcp',
      host: 'build',
      port: 2376,
      tls: { verify: true, caPath: join(folder, 'ca.pem') },
    });
  });

  test('the current context says it', async () => {
    const DOCKER_CONFIG = contextFolder('far', metaOf('far', 'ssh://me@far'));
    expect(await findEndpoint({ DOCKER_CONFIG })).toEqual({ kind: 'ssh', host: 'far', user: 'me' });
  });

  test('DOCKER_CONTEXT says it before the current one', async () => {
    const DOCKER_CONFIG = contextFolder('far', metaOf('far', 'tcp://far'), { current: 'other' });
    const found = await findEndpoint({ DOCKER_CONFIG, DOCKER_CONTEXT: 'far' });
    expect(found).toEqual({ kind: 'tcp', host: 'far', port: 2375 });
  });

  test.each(['gone', '../../../etc'])('a context that is not there is an error: %s', async (name) => {
    const DOCKER_CONFIG = contextFolder('far', metaOf('far', 'tcp://far'), { current: name });
    await expect(findEndpoint({ DOCKER_CONFIG })).rejects.toMatchObject({ code: 'not-found' });
  });

  test('a context whose host would be an option of ssh is refused', async () => {
    const DOCKER_CONFIG = contextFolder('far', metaOf('far', 'ssh://-oProxyCommand=x'));
    await expect(findEndpoint({ DOCKER_CONFIG })).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  test('a config that is no JSON is an error', async () => {
    const DOCKER_CONFIG = temporaryFolder();
    writeFileSync(join(DOCKER_CONFIG, 'config.json'), '{');
    await expect(findEndpoint({ DOCKER_CONFIG })).rejects.toMatchObject({ code: 'network' });
  });

  test('without any of them it is a socket where engines usually listen', async () => {
    const DOCKER_CONFIG = temporaryFolder();
    expect(await findEndpoint({ DOCKER_CONFIG })).toMatchObject({ kind: 'unix' });
  });
});
