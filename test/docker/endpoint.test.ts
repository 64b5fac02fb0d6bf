import { describe, expect, test } from 'vitest';
import { type Endpoint, endpointText, isRemote, parseEndpoint } from '../../src/docker/endpoint.ts';
import { sshArguments } from '../../src/docker/ssh-connection.ts';

const TLS = { verify: true, caPath: '/certs/ca.pem' };

describe('addresses of engines', () => {
  const READ: readonly (readonly [text: string, endpoint: Endpoint])[] = [
    ['unix:///var/run/docker.sock', { kind: 'unix', path: '/var/run/docker.sock' }],
    ['unix:///with space%20', { kind: 'unix', path: '/with space%20' }],
    ['tcp://build:2376', { kind: 'tcp', host: 'build', port: 2376 }],
    ['tcp://build', { kind: 'tcp', host: 'build', port: 2375 }],
    ['tcp://[::1]:99/', { kind: 'tcp', host: '::1', port: 99 }],
    ['http://build:1', { kind: 'tcp', host: 'build', port: 1 }],
    ['https://build', { kind: 'tcp', host: 'build', port: 2376, tls: { verify: true } }],
    ['ssh://build', { kind: 'ssh', host: 'build' }],
    ['ssh://me@build:2222', { kind: 'ssh', host: 'build', user: 'me', port: 2222 }],
    [
      'ssh://me@[fe80::1]/run/podman/podman.sock',
      { kind: 'ssh', host: 'fe80::1', user: 'me', socketPath: '/run/podman/podman.sock' },
    ],
  ];
  test.each(READ)('%s is read', (text, endpoint) => {
    expect(parseEndpoint(text)).toEqual(endpoint);
  });

  test.each([
    '',
    'docker.sock',
    'npipe:////./pipe/docker',
    'unix://',
    'tcp://host/v1',
    'tcp://me@host',
    'tcp://host:99999',
    'tcp://host?x=1',
    'ssh://',
    'ssh://-oProxyCommand=reboot',
    'ssh://-oProxyCommand=reboot@host',
    'ssh://%2DoProxyCommand@host',
    'ssh://me:secret@host',
    'ssh://host/run/$(reboot)',
    'ssh://host/a;reboot',
    'ssh://ho st',
    'ssh://me%0Ayou@host',
    'ssh://me%@host',
  ])('%s is refused', (text) => {
    expect(() => parseEndpoint(text)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });

  test('a refused one is shown without what would harm a terminal', () => {
    expect(() => parseEndpoint('\u001b[2J')).toThrow(/^[\x20-\x7e…]*$/u);
  });

  test('certificates make a plain address a secure one', () => {
    expect(parseEndpoint('tcp://build', TLS)).toEqual({ kind: 'tcp', host: 'build', port: 2376, tls: TLS });
  });

  test('it is told which ones are on another machine', () => {
    const texts = ['unix:///a', 'tcp://127.0.0.1', 'tcp://localhost', 'tcp://build', 'ssh://localhost'];
    expect(texts.map((text) => isRemote(parseEndpoint(text)))).toEqual([false, false, false, true, true]);
    expect(texts.map((text) => endpointText(parseEndpoint(text)))).toEqual([
      'unix:///a',
      'tcp://127.0.0.1:2375',
      'tcp://localhost:2375',
      'tcp://build:2375',
      'ssh://localhost',
    ]);
  });
});

describe('what ssh is called with', () => {
  test('has everything foreign behind its place', () => {
    const endpoint = parseEndpoint('ssh://me@build:22/run/user/1000/docker.sock');
    expect(sshArguments(endpoint as Endpoint & { kind: 'ssh' })).toEqual(
      '-T -o BatchMode=yes -o ConnectTimeout=30 -l me -p 22 -- build docker --host unix:///run/user/1000/docker.sock system dial-stdio'.split(
        ' ',
      ),
    );
  });
});
