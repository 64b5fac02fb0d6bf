// Debian's docker-registry, plain and with TLS and logins: what we push others can use, what others push we can use, and
// no digest ever changes.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseReference } from '../../src/oci/reference.ts';
import { RegistryClient } from '../../src/registry/client.ts';
import { CliBench, type Ran } from '../cli/run-cli.ts';
import { type DockerRegistry, REGISTRY_LOGIN, startDockerRegistry } from '../support/docker-registry.ts';
import { ociImages, writeDirectory } from '../support/image-archives.ts';
import { type BuiltImage, describe as describeData, imageOf } from '../support/image-build.ts';
import { containersTools } from '../support/image-engines.ts';
import type { Layer } from '../layer/apply-fixtures.ts';
import { needTool } from '../support/tools.ts';

const { username, password } = REGISTRY_LOGIN;
const pair = Buffer.from(`${username}:${password}`).toString('base64');
const FORMS = ['plain', 'gzip', 'zstd'] as const;

describe
  .runIf(needTool('docker-registry', 'htpasswd', 'openssl', 'skopeo'))
  .each(['plain', 'secure'] as const)('%s registry', (kind) => {
  const folder = mkdtempSync(join(tmpdir(), `phyllo-registry-${kind}-`));
  const bench = new CliBench();
  let registry: DockerRegistry;
  let image: BuiltImage;
  const environment = { DOCKER_CONFIG: join(folder, 'docker'), HOME: folder, XDG_CONFIG_HOME: folder };

  const phyllo = (...args: string[]): Promise<Ran> => bench.run(args, { env: environment });
  const { skopeo } = containersTools(join(folder, 'containers-tools'));
  const remote = (side: 'src' | 'dest'): string[] =>
    kind === 'plain'
      ? [`--${side}-tls-verify=false`]
      : [`--${side}-cert-dir=${registry.certificates!.own}`, `--${side}-creds=${username}:${password}`];

  beforeAll(async () => {
    registry = await startDockerRegistry(folder, { secure: kind === 'secure' });
    if (kind === 'secure') {
      const args = ['login', '-u', username, '--password-stdin', registry.host];
      await bench.run(args, { env: environment, stdin: password });
    }
    const specs: readonly Layer[] = [
      { 'etc/': {}, 'etc/os': kind, big: { content: 'x'.repeat(2_000_000) } },
      { 'etc/os': 'two' },
    ];
    image = await imageOf(specs);
    for (const form of FORMS) {
      const layout = writeDirectory(
        join(folder, form),
        ociImages([{ image: await imageOf(specs, form), names: ['x:1'] }]),
      );
      await phyllo('copy', `oci:${layout}:x:1`, `${registry.host}/team/${form}:1`);
    }
  });

  afterAll(async () => {
    await registry.stop();
    bench.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(FORMS)(
    'an image with layers in %s goes there and comes back by skopeo and by us',
    async (form) => {
      const name = `${registry.host}/team/${form}:1`;
      const layout = join(folder, form);
      const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as {
        manifests: { digest: string }[];
      };
      const { digest } = index.manifests[0]!;
      const pushed = await phyllo('push', name);
      expect(pushed.code).toBe(0);
      expect(pushed.out).toMatch(new RegExp(`^1: digest: ${digest} size: \\d+\\n$`));
      expect(pushed.err).toContain('Pushed');

      const copy = join(folder, `copy-${form}`);
      await skopeo('copy', '-q', '--preserve-digests', ...remote('src'), `docker://${name}`, `oci:${copy}:1`);
      const copied = JSON.parse(readFileSync(join(copy, 'index.json'), 'utf8')) as {
        manifests: { digest: string }[];
      };
      expect(copied.manifests[0]!.digest).toBe(digest);

      const back = `${registry.host}/skopeo/${form}:2`;
      await skopeo(
        'copy',
        '-q',
        '--preserve-digests',
        ...remote('dest'),
        `oci:${copy}:1`,
        `docker://${back}`,
      );
      const pulled = await phyllo('pull', back);
      expect(pulled.code).toBe(0);
      expect(pulled.out).toContain(`Digest: ${digest}\n`);
      expect((await phyllo('images', '--digests', back)).out).toContain(digest);
    },
  );

  test('a second push of another tag sends nothing', async () => {
    await phyllo('tag', `${registry.host}/team/gzip:1`, `${registry.host}/team/gzip:2`);
    const pushed = await phyllo('push', `${registry.host}/team/gzip:2`);
    expect(pushed.err).not.toContain('Pushed');
    expect(pushed.err.match(/Layer already exists/g)).toHaveLength(image.layers.length);
  });

  test('another repository takes the layers over', async () => {
    await phyllo('tag', `${registry.host}/team/gzip:1`, `${registry.host}/other/app:1`);
    const pushed = await phyllo('push', `${registry.host}/other/app:1`);
    expect(pushed.err.match(/Mounted from (?:team|skopeo)\//g)).toHaveLength(image.layers.length);
  });

  test('tags are listed', async () => {
    expect((await phyllo('search-tags', `${registry.host}/team/gzip`)).out).toBe('1\n2\n');
    const none = await phyllo('search-tags', `${registry.host}/team/none`);
    expect(none.code).toBe(1);
  });

  test('an image is looked into there without being pulled', async () => {
    const other = new CliBench();
    try {
      const args = ['layers', '--json', `docker://${registry.host}/team/gzip:1`];
      const { code, out } = await other.run(args, { env: environment });
      expect(code).toBe(0);
      expect((JSON.parse(out) as { image: { id: string } }).image.id).toBe(image.id);
      expect(readdirSync(join(other.root, 'blobs'))).toEqual([]);
      const file = ['cat', `docker://${registry.host}/team/gzip:1`, '/etc/os'];
      expect((await other.run(file, { env: environment })).out).toBe('two');
    } finally {
      other.remove();
    }
  });

  test('an index of platforms is pulled for one of them', async () => {
    const arm = await imageOf([{ a: 'arm' }], 'gzip', { architecture: 'arm64' });
    const layout = writeDirectory(join(folder, 'arm'), ociImages([{ image: arm, names: ['arm:1'] }]));
    await phyllo('copy', `oci:${layout}:arm:1`, `docker://${registry.host}/multi/app:arm`);
    await phyllo('copy', `${registry.host}/team/gzip:1`, `docker://${registry.host}/multi/app:amd`);
    const manifests = [
      { ...arm.descriptor, platform: { os: 'linux', architecture: 'arm64' } },
      { ...image.descriptor, platform: { os: 'linux', architecture: 'amd64' } },
    ];
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    const data = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
    const client = new RegistryClient({
      credentials: { get: async () => ({ username, secret: password }) },
      certificateFolders: [join(folder, 'containers/certs.d')],
    });
    const all = parseReference(`${registry.host}/multi/app:all`);
    await client.putManifest(all, describeData(mediaType, data), data);
    await client.close();
    const pulled = await phyllo('pull', '--platform', 'linux/arm64', `${registry.host}/multi/app:all`);
    expect(pulled.code).toBe(0);
    const inspected = await phyllo(
      'image',
      'inspect',
      '--format',
      '{{.Id}}',
      `${registry.host}/multi/app:all`,
    );
    expect(inspected.out.trim()).toBe(arm.id);
  });
});

describe.runIf(needTool('docker-registry', 'htpasswd', 'openssl'))('a registry with TLS and logins', () => {
  const folder = mkdtempSync(join(tmpdir(), 'phyllo-registry-logins-'));
  const bench = new CliBench();
  const environment = { DOCKER_CONFIG: join(folder, 'docker'), HOME: folder, XDG_CONFIG_HOME: folder };
  const phyllo = (args: readonly string[], stdin = ''): Promise<Ran> =>
    bench.run(args, { env: environment, stdin });
  let registry: DockerRegistry;
  let name: string;

  beforeAll(async () => {
    registry = await startDockerRegistry(folder, { secure: true });
    name = `${registry.host}/team/app:1`;
    const image = await imageOf([{ 'etc/': {}, 'etc/os': 'one' }]);
    const layout = writeDirectory(join(folder, 'layout'), ociImages([{ image, names: ['x:1'] }]));
    await phyllo(['copy', `oci:${layout}:x:1`, name]);
  });

  afterAll(async () => {
    await registry.stop();
    bench.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test('refuses those who are not logged in, and a wrong password, which is not kept', async () => {
    const refused = await phyllo(['push', name]);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain(`phyllo login ${registry.host}`);
    const wrong = await phyllo(['login', '-u', username, '--password-stdin', registry.host], 'not-it');
    expect(wrong.code).toBe(1);
    expect(wrong.err).not.toContain('not-it');
    expect(readdirSync(folder)).not.toContain('docker');
  });

  test("takes a login, which is in docker's file and nowhere else, and goes at logout", async () => {
    const ran = await phyllo(['login', '-u', username, '--password-stdin', registry.host], `${password}\n`);
    expect(ran).toMatchObject({ code: 0, out: 'Login Succeeded\n' });
    const path = join(folder, 'docker/config.json');
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ auths: { [registry.host]: { auth: pair } } });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await phyllo(['push', '--debug', name])).code).toBe(0);
    const search = ['-rlaE', `${password}|${pair}`, folder, bench.folder];
    const found = execFileSync('grep', search, { encoding: 'utf8' });
    expect(found.trim().split('\n')).toEqual([path]);
    const out = await phyllo(['logout', registry.host]);
    expect(out.out).toBe(`Removing login credentials for ${registry.host}\n`);
    expect((await phyllo(['logout', registry.host])).out).toBe(`Not logged in to ${registry.host}\n`);
    expect((await phyllo(['pull', name])).code).toBe(1);
  });

  test('whose certificate nobody vouches for is refused by name', async () => {
    mkdirSync(join(folder, 'empty'));
    const env = { XDG_CONFIG_HOME: join(folder, 'empty'), HOME: join(folder, 'empty') };
    const { code, err } = await bench.run(['pull', name], { env });
    expect(code).toBe(1);
    expect(err).toContain('its certificate is signed by an unknown authority');
    const insecure = await bench.run(['pull', '--insecure', name], { env });
    expect(insecure.err).toContain('login');
  });
});
