// docker's and podman's files and helpers: read and written as those do it.
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { env } from 'node:process';
import { beforeEach, describe, expect, test } from 'vitest';
import { CredentialStore } from '../../src/registry/credentials.ts';
import { parseRegistryHost } from '../../src/registry/endpoint.ts';
import { temporaryFolder } from '../support/image-folder.ts';
import { CANARY, errorOf } from '../support/registry-clients.ts';

let folder: string;
let docker: string;
let warnings: string[];

beforeEach(() => {
  folder = temporaryFolder();
  docker = join(folder, 'docker');
  mkdirSync(docker);
  warnings = [];
});

function write(document: unknown, path = join(docker, 'config.json'), mode = 0o600): void {
  writeFileSync(path, typeof document === 'string' ? document : JSON.stringify(document), { mode });
}

function store(more: Record<string, string> = {}): CredentialStore {
  const path = `${join(folder, 'bin')}${delimiter}${env['PATH']}`;
  const environment = { DOCKER_CONFIG: docker, HOME: folder, PATH: path, ...more };
  return new CredentialStore(environment, (text) => warnings.push(text));
}

function saved(path = join(docker, 'config.json')): Record<string, unknown> {
  return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
}

const auth = (text: string): { auth: string } => ({ auth: Buffer.from(text).toString('base64') });

/** A helper that keeps what it is told in a file beside it. */
function helper(name: string, script: string): void {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  const path = join(folder, 'bin', `docker-credential-${name}`);
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  chmodSync(path, 0o755);
}

describe('a login is found', () => {
  test.each<[string, string, object]>([
    ['by its host', 'reg.example:5000', { 'reg.example:5000': auth('me:pass') }],
    ['by the URL that docker wrote once', 'reg.example', { 'https://reg.example/v1/': auth('me:pass') }],
    ["by docker's own key", 'docker.io', { 'https://index.docker.io/v1/': auth('me:pass') }],
    ["by podman's key", 'docker.io', { 'docker.io': auth('me:pass') }],
    ['in plain fields', 'reg.example', { 'reg.example': { username: 'me', password: 'pass' } }],
    ['padded', 'reg.example', { 'reg.example': auth('me:pass\0\0') }],
  ])('%s', async (_, host, auths) => {
    write({ auths });
    expect(await store().get(host)).toEqual({ username: 'me', secret: 'pass' });
  });

  test('with a colon in the password', async () => {
    write({ auths: { a: auth('me:pa:ss') } });
    expect(await store().get('a')).toEqual({ username: 'me', secret: 'pa:ss' });
  });

  test('as an identity token', async () => {
    write({ auths: { a: { ...auth('me:'), identitytoken: 'idt' } } });
    expect(await store().get('a')).toEqual({ username: 'me', secret: '', identityToken: 'idt' });
  });

  test.each([
    'reg.example',
    'reg.example:5001',
    'eg.example:5000',
    'xreg.example:5000',
    'docker.io',
    'constructor',
  ])('not for %s', async (host) => {
    write({ auths: { 'reg.example:5000': auth('me:pass'), 'reg.example/team': auth('me:pass') } });
    expect(await store().get(host)).toBeUndefined();
  });

  test("in docker's file before podman's, and in either alone", async () => {
    const podman = join(folder, 'auth.json');
    write({ auths: { a: auth('podman:1'), b: auth('podman:2') } }, podman);
    const both = store({ REGISTRY_AUTH_FILE: podman });
    expect(await both.get('a')).toEqual({ username: 'podman', secret: '1' });
    write({ auths: { a: auth('docker:3') } });
    expect(await both.get('a')).toEqual({ username: 'docker', secret: '3' });
    expect(await both.get('b')).toEqual({ username: 'podman', secret: '2' });
  });

  test('nowhere when there is no file', async () => {
    expect(await store().get('a')).toBeUndefined();
  });

  test.each([
    '',
    '{}',
    '{"auths":null}',
    '{"auths":{"a":null}}',
    '{"auths":{"a":{"auth":""}}}',
    '{"auths":[]}',
  ])('not in %j', async (text) => {
    write(text);
    expect(await store().get('a')).toBeUndefined();
  });

  test.each(['{"auths":{"a":{"auth":"canary-password-7f3a"', '[]', 'null'])(
    'not in a damaged file, whose text is not shown',
    async (text) => {
      write(text);
      expect((await errorOf(store().get('a'))).code).toBe('io');
    },
  );

  test('in a file that others can read, with a warning', async () => {
    write({ auths: { a: auth('me:pass') } }, undefined, 0o644);
    chmodSync(join(docker, 'config.json'), 0o644);
    await store().get('a');
    expect(warnings).toEqual([expect.stringContaining('chmod 600')]);
  });
});

describe('a helper', () => {
  test('is asked for its host before the store, and the store before the file', async () => {
    helper('one', `read host; [ "$1 $host" = "get a" ] && echo '{"Username":"one","Secret":"1"}'`);
    helper('all', `read host; echo "{\\"Username\\":\\"all\\",\\"Secret\\":\\"$host\\"}"`);
    write({ credHelpers: { a: 'one' }, credsStore: 'all', auths: { a: auth('file:3'), b: auth('file:3') } });
    expect(await store().get('a')).toEqual({ username: 'one', secret: '1' });
    expect(await store().get('b')).toEqual({ username: 'all', secret: 'b' });
    expect(await store().get('docker.io')).toEqual({
      username: 'all',
      secret: 'https://index.docker.io/v1/',
    });
  });

  test('may give an identity token', async () => {
    helper('t', `echo '{"Username":"<token>","Secret":"idt"}'`);
    write({ credsStore: 't' });
    expect(await store().get('a')).toEqual({ username: '', secret: '', identityToken: 'idt' });
  });

  test('may have nothing', async () => {
    helper('none', `echo 'credentials not found in native keychain'; exit 1`);
    write({ credsStore: 'none' });
    expect(await store().get('a')).toBeUndefined();
  });

  test.each([
    ['that fails', `echo ${CANARY.secret}; echo ${CANARY.secret} >&2; exit 1`],
    ['that says no JSON', `echo ${CANARY.secret}`],
    ['that leaves out the secret', `echo '{"Username":"${CANARY.secret}"}'`],
    ['that never stops talking', `while :; do echo ${CANARY.secret}; done`],
    ['that kills itself', 'kill -9 $$'],
  ])('%s is an error, never no login, and nothing it says is shown', async (_, script) => {
    helper('bad', script);
    write({ credsStore: 'bad', auths: { a: auth('me:pass') } });
    expect((await errorOf(store().get('a'))).code).toBe('unauthorized');
  });

  test.each(['../../bin/sh', 'a b', 'x;y', 'UPPER', '$(id)'])('called %j is not started', async (name) => {
    write({ credsStore: name });
    expect((await errorOf(store().get('a'))).message).toContain('name is not valid');
  });

  test('that is not installed is named', async () => {
    write({ credsStore: 'nowhere' });
    const error = await errorOf(store().get('a'));
    expect(error.message).toContain('docker-credential-nowhere: it is not installed');
  });

  test('keeps what is saved, and forgets it', async () => {
    const kept = join(folder, 'kept');
    helper(
      'file',
      `case $1 in store) cat >${kept};; get) cat ${kept} 2>/dev/null || { echo credentials not found; exit 1; };; erase) rm ${kept};; esac`,
    );
    write({ credsStore: 'file', other: 1 });
    expect(await store().save('a', CANARY)).toEqual({ where: 'docker-credential-file', isPlain: false });
    expect(JSON.parse(readFileSync(kept, 'utf8'))).toEqual({
      ServerURL: 'a',
      Username: CANARY.username,
      Secret: CANARY.secret,
    });
    expect(saved()).toEqual({ credsStore: 'file', other: 1, auths: { a: {} } });
    expect(await store().get('a')).toEqual(CANARY);
    expect(await store().erase('a')).toBe(true);
    expect(saved()).toEqual({ credsStore: 'file', other: 1, auths: {} });
    expect(await store().get('a')).toBeUndefined();
    expect(await store().erase('a')).toBe(false);
  });
});

describe('saving', () => {
  test('keeps all else, and the file is for the user alone', async () => {
    write({ HttpHeaders: { a: 'b' }, auths: { b: auth('x:y') }, psFormat: 'z' });
    chmodSync(join(docker, 'config.json'), 0o644);
    expect(await store().save('reg.example', { username: 'me', secret: 'pass' })).toEqual({
      where: join(docker, 'config.json'),
      isPlain: true,
    });
    expect(saved()).toEqual({
      HttpHeaders: { a: 'b' },
      auths: { b: auth('x:y'), 'reg.example': auth('me:pass') },
      psFormat: 'z',
    });
    expect(statSync(join(docker, 'config.json')).mode & 0o777).toBe(0o600);
    expect(readdirSync(docker)).toEqual(['config.json']);
  });

  test('makes file and folder', async () => {
    const home = join(folder, 'home');
    mkdirSync(home);
    await new CredentialStore({ HOME: home }).save('docker.io', { username: 'me', secret: 'pass' });
    const path = join(home, '.docker/config.json');
    expect(saved(path)).toEqual({ auths: { 'https://index.docker.io/v1/': auth('me:pass') } });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(home, '.docker')).mode & 0o777).toBe(0o700);
  });

  test('goes to REGISTRY_AUTH_FILE where only that is named', async () => {
    const path = join(folder, 'auth.json');
    await new CredentialStore({ HOME: folder, REGISTRY_AUTH_FILE: path }).save('a', {
      username: 'me',
      secret: 'p',
    });
    expect(saved(path)).toEqual({ auths: { a: auth('me:p') } });
  });

  test('does not follow a link', async () => {
    write({}, join(folder, 'elsewhere'));
    symlinkSync(join(folder, 'elsewhere'), join(docker, 'config.json'));
    const error = await errorOf(store().save('a', CANARY));
    expect(error.code).toBe('read-only');
    expect(readFileSync(join(folder, 'elsewhere'), 'utf8')).toBe('{}');
  });

  test('does not replace a file that it cannot read', async () => {
    write('{"auths":');
    expect((await errorOf(store().save('a', CANARY))).code).toBe('io');
    expect(readFileSync(join(docker, 'config.json'), 'utf8')).toBe('{"auths":');
  });

  test('is undone from every file', async () => {
    const podman = join(folder, 'auth.json');
    write({ auths: { a: auth('1:1'), 'https://a/v1/': auth('2:2'), b: auth('3:3') } });
    write({ auths: { a: auth('4:4') } }, podman);
    expect(await store({ REGISTRY_AUTH_FILE: podman }).erase('a')).toBe(true);
    expect(saved()).toEqual({ auths: { b: auth('3:3') } });
    expect(saved(podman)).toEqual({ auths: {} });
    expect(await store().erase('a')).toBe(false);
  });
});

test.each([
  ['reg.example', 'reg.example'],
  ['https://reg.example/v2/', 'reg.example'],
  ['localhost:5000', 'localhost:5000'],
  ['[::1]:5000', '[::1]:5000'],
  ['https://index.docker.io/v1/', 'docker.io'],
  ['registry-1.docker.io', 'docker.io'],
])('the registry %s is %s', (text, host) => {
  expect(parseRegistryHost(text)).toBe(host);
});

test.each(['', 'https://', 'a b', 'user:pass@host', 'a\nb', 'host:port:x', '\u202ea'])(
  '%j is no registry',
  (text) => {
    expect(() => parseRegistryHost(text)).toThrow(/expected host/);
  },
);
