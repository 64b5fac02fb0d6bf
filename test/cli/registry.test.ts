// pull, push, login, logout and search-tags: docker's words and streams.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { smallImage } from '../support/image-services.ts';
import type { BuiltImage } from '../support/image-build.ts';
import { shortDigest } from '../../src/oci/digest.ts';
import { FakeRegistry, refuse } from '../support/registry-fake.ts';
import { CliBench, type Ran, type RunOptions } from './run-cli.ts';
import { problemsOf } from './schemas.ts';

let bench: CliBench;
let fake: FakeRegistry;
let image: BuiltImage;

beforeEach(async () => {
  bench = new CliBench();
  fake = await FakeRegistry.start();
  image = await smallImage();
  fake.add(image);
});

afterEach(() => bench.remove());

function phyllo(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return bench.run(args, { ...options, env: { HOME: bench.folder, DOCKER_CONFIG: bench.path('docker') } });
}

const layers = (): string[] => image.layers.map(({ descriptor }) => shortDigest(descriptor.digest));
const events = (out: string): Record<string, unknown>[] =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('pull', () => {
  test("has docker's lines: results on standard output, layers on standard error", async () => {
    const name = `${fake.host}/team/app:1`;
    const { code, out, err } = await phyllo(['pull', name]);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      `Digest: ${image.descriptor.digest}`,
      `Status: Downloaded newer image for ${name}`,
      name,
      '',
    ]);
    const lines = err.trim().split('\n');
    expect(lines[0]).toBe('1: Pulling from team/app');
    for (const layer of layers()) expect(lines).toContain(`${layer}: Pull complete`);
    const again = await phyllo(['image', 'pull', name]);
    expect(again.out).toContain(`Status: Image is up to date for ${name}`);
    for (const layer of layers()) expect(again.err).toContain(`${layer}: Already exists`);
  });

  test('-q prints the name alone', async () => {
    const name = `${fake.host}/team/app:1`;
    expect(await phyllo(['pull', '-q', name])).toMatchObject({ code: 0, out: `${name}\n`, err: '' });
  });

  test('--progress=json prints an event a line', async () => {
    const { out, err } = await phyllo(['pull', '--progress=json', `${fake.host}/team/app:1`]);
    expect(err).toBe('');
    const told = events(out);
    expect(told.flatMap(problemsOf)).toEqual([]);
    expect(told.at(-1)).toMatchObject({
      event: 'image',
      id: image.id,
      digest: image.descriptor.digest,
      isNew: true,
    });
    expect(told.filter(({ status }) => status === 'Pull complete')).toHaveLength(3);
  });

  test('on a terminal shows what is done below the lines, and nothing of it stays', async () => {
    const { err } = await phyllo(['pull', `${fake.host}/team/app:1`], { tty: { stderr: true } });
    expect(err).not.toContain('Pulling fs layer');
    expect(err).toContain('Pull complete');
  });

  test('of what is not there is one line', async () => {
    const { code, out, err } = await phyllo(['pull', `${fake.host}/team/none`]);
    expect(code).toBe(1);
    expect(out).toBe('');
    expect(err.trim().split('\n').at(-1)).toMatch(
      /^phyllo: read manifest .*team\/none:latest: .* answers 404/,
    );
  });

  test.each([
    ['-a', ':1'],
    ['--platform', 'a/b/c/d', ''],
  ])('%s %s is wrong usage', async (...words) => {
    const flags = words.slice(0, -1);
    expect((await phyllo(['pull', ...flags, `${fake.host}/team/app${words.at(-1)}`])).code).toBe(2);
  });
});

test("push has docker's lines, as events too", async () => {
  await phyllo(['pull', '-q', `${fake.host}/team/app:1`]);
  const target = await FakeRegistry.start();
  const name = `${target.host}/a/b:2`;
  await phyllo(['tag', `${fake.host}/team/app:1`, name]);
  const { descriptor } = image;
  const first = await phyllo(['push', name]);
  expect(first).toMatchObject({ code: 0, out: `2: digest: ${descriptor.digest} size: ${descriptor.size}\n` });
  const lines = first.err.trim().split('\n');
  expect(lines[0]).toBe(`The push refers to repository [${target.host}/a/b]`);
  for (const layer of layers())
    expect(lines).toEqual(expect.arrayContaining([`${layer}: Preparing`, `${layer}: Pushed`]));
  const again = await phyllo(['push', name]);
  for (const layer of layers()) expect(again.err).toContain(`${layer}: Layer already exists`);
  const told = events((await phyllo(['push', '--progress', 'json', name])).out);
  expect(told.flatMap(problemsOf)).toEqual([]);
  expect(told.at(-1)).toMatchObject({ event: 'image', digest: descriptor.digest, size: descriptor.size });
  expect(await phyllo(['push', '-q', name])).toMatchObject({ out: `${name}\n`, err: '' });
});

test('search-tags lists tags, as JSON too', async () => {
  fake.add(image, 'team/app:2');
  expect((await phyllo(['search-tags', `${fake.host}/team/app`])).out).toBe('1\n2\n');
  const document = JSON.parse(
    (await phyllo(['search-tags', '--json', `${fake.host}/team/app`])).out,
  ) as object;
  expect(problemsOf({ ...document })).toEqual([]);
  expect(document).toMatchObject({ tags: ['1', '2'] });
});

describe('login', () => {
  beforeEach(() => {
    const right = `Basic ${Buffer.from('me:right').toString('base64')}`;
    fake.misbehave = ({ headers }, response) => {
      if (headers.authorization === right) return false;
      refuse(response, 401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="x"' });
      return true;
    };
  });

  test('is checked, kept, used and forgotten', async () => {
    const args = ['login', '-u', 'me', '--password-stdin', fake.host];
    const { code, out, err } = await phyllo(args, { stdin: 'right\n' });
    expect({ code, out }).toEqual({ code: 0, out: 'Login Succeeded\n' });
    expect(err).toContain('kept as plain text');
    expect(readFileSync(join(bench.path('docker'), 'config.json'), 'utf8')).toContain(fake.host);
    expect((await phyllo(['pull', '-q', `${fake.host}/team/app:1`])).code).toBe(0);
    expect((await phyllo(['logout', fake.host])).out).toBe(`Removing login credentials for ${fake.host}\n`);
    expect((await phyllo(['pull', '-q', `${fake.host}/team/app:1`])).code).toBe(1);
  });

  test('that is wrong is not kept', async () => {
    const { code, err } = await phyllo(['login', '-u', 'me', '--password-stdin', fake.host], {
      stdin: 'wrong-one',
    });
    expect(code).toBe(1);
    expect(err).not.toContain('wrong-one');
    expect(existsSync(bench.path('docker'))).toBe(false);
  });

  test('-p warns', async () => {
    const { code, err } = await phyllo(['login', '-u', 'me', '-p', 'right', fake.host]);
    expect(code).toBe(0);
    expect(err).toContain('--password-stdin');
  });

  test('asks on a terminal, and does not show the password', async () => {
    const { code, err } = await phyllo(['login', '-u', 'me', fake.host], {
      stdin: 'righx\x7ft\r',
      tty: { stdin: true },
    });
    expect(code).toBe(0);
    expect(err).toContain('Password: ');
    expect(err).not.toContain('right');
  });

  test.each([
    [['login', 'x'], 'no terminal'],
    [['login', '--password-stdin', 'x'], 'needs --username'],
    [['login', '-u', 'a', '-p', 'b', '--password-stdin', 'x'], 'exclude each other'],
    [['login', '-u', 'a:b', '--password-stdin', 'x'], 'colon'],
    [['login', '-u', 'a', '--password-stdin', 'x'], 'password is empty'],
  ])('%j is wrong usage', async (args, reason) => {
    const { code, err } = await phyllo(args);
    expect(code).toBe(2);
    expect(err).toContain(reason);
  });
});
