// Which Dockerfile and which ignore file count, and that neither is read from a place that the context only links to.
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DockerfileText } from '../../../src/build/context/dockerfile-text.ts';
import { type DockerfilePlace, readDockerfile } from '../../../src/build/context/read-dockerfile.ts';
import { readDockerfileIn } from '../../../src/build/context/source-dockerfile.ts';
import { openTarContext } from '../../../src/build/context/tar-context.ts';
import { loadNative } from '../../../src/lib/native.ts';
import { type Layer, Sandbox, tarOf } from '../../layer/apply-fixtures.ts';
import { streamOf } from './trees.ts';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

const at = (path: string): string => join(sandbox.root, path);
const write = (path: string, text = path): void => {
  mkdirSync(join(at(path), '..'), { recursive: true });
  writeFileSync(at(path), text);
};
const text = (found: { data: Uint8Array } | undefined): string | undefined =>
  found && Buffer.from(found.data).toString();
const summary = ({ ignore, ...dockerfile }: DockerfileText): unknown[] => [text(dockerfile), text(ignore)];
const read = (place: DockerfilePlace = {}): Promise<DockerfileText> =>
  readDockerfile({ context: sandbox.root, ...place });

describe('a local context', () => {
  test('has its Dockerfile, whatever its ignore file says of both', async () => {
    write('Dockerfile');
    write('.dockerignore', '*\n');
    expect(summary(await read())).toEqual(['Dockerfile', '*\n']);
    expect((await read()).name).toBe(at('Dockerfile'));
  });

  test('may have none of the ignore files', async () => {
    write('Dockerfile');
    expect(await read()).not.toHaveProperty('ignore');
  });

  test('may write its name small, unless it has both', async () => {
    write('dockerfile');
    expect(summary(await read())[0]).toBe('dockerfile');
    write('Dockerfile');
    expect(summary(await read())[0]).toBe('Dockerfile');
  });

  test('the ignore file of the Dockerfile beats that of the context', async () => {
    write('Dockerfile');
    write('.dockerignore');
    write('Dockerfile.dockerignore');
    write('sub/Other');
    write('sub/Other.dockerignore');
    write('sub/.dockerignore', 'counts for nothing');
    write('sub/Third');
    expect(summary(await read())).toEqual(['Dockerfile', 'Dockerfile.dockerignore']);
    expect(summary(await read({ file: at('sub/Other') }))).toEqual(['sub/Other', 'sub/Other.dockerignore']);
    expect(summary(await read({ file: at('sub/Third') }))).toEqual(['sub/Third', '.dockerignore']);
  });

  test('-f may name a file anywhere, relative to the working directory', async () => {
    const file = join(sandbox.canary, 'file');
    expect(summary(await read({ file }))[0]).toBe('canary');
    expect(summary(await read({ file: relative(process.cwd(), file) }))[0]).toBe('canary');
  });

  test('-f - is standard input with the ignore file of the context', async () => {
    write('Dockerfile');
    write('.dockerignore');
    write('-.dockerignore', 'no');
    const stdin = streamOf(Buffer.from('FROM scratch'), 3);
    const found = await read({ file: '-', stdin });
    expect(summary(found)).toEqual(['FROM scratch', '.dockerignore']);
    expect(found.name).toBe('-');
  });

  test('without a context standard input is all there is', async () => {
    expect(summary(await readDockerfile({ stdin: streamOf(Buffer.from('FROM a')) }))).toEqual([
      'FROM a',
      undefined,
    ]);
  });

  test('bytes are what they are', async () => {
    writeFileSync(at('Dockerfile'), Buffer.from([0xff, 0xfe, 0x00, 0x0d, 0x0a]));
    expect([...(await read()).data]).toEqual([0xff, 0xfe, 0x00, 0x0d, 0x0a]);
  });
});

describe('what is not read', () => {
  test('none there: an error that says where', async () => {
    await expect(read()).rejects.toMatchObject({
      code: 'not-found',
      message: `read Dockerfile: there is none in ${sandbox.root}`,
    });
    await expect(read({ file: at('x') })).rejects.toMatchObject({ code: 'not-found' });
    await expect(read({ file: at('x/y') })).rejects.toMatchObject({ code: 'not-found' });
  });

  test('-f relative to the context: a hint', async () => {
    write('only-here.dockerfile');
    await expect(read({ file: 'only-here.dockerfile' })).rejects.toMatchObject({
      code: 'not-found',
      hint: expect.stringContaining(`-f ${at('only-here.dockerfile')}`),
    });
  });

  test.each(['Dockerfile', '.dockerignore', 'Dockerfile.dockerignore'])('%s that links out', async (name) => {
    if (name !== 'Dockerfile') write('Dockerfile');
    symlinkSync('../canary/file', at(name));
    await expect(read()).rejects.toMatchObject({
      code: 'path-escape',
      message: expect.stringContaining(at(name)),
    });
  });

  test('links that stay inside are followed, those to nothing are not', async () => {
    write('docker/real');
    symlinkSync('docker/real', at('Dockerfile'));
    expect(summary(await read())[0]).toBe('docker/real');
    symlinkSync('nowhere', at('.dockerignore'));
    await expect(read()).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('link to nothing'),
    });
  });

  test('a directory above that links out', async () => {
    mkdirSync(at('sub'));
    symlinkSync(sandbox.canary, at('sub/out'));
    symlinkSync('sub/out/file', at('Dockerfile'));
    await expect(read()).rejects.toMatchObject({ code: 'path-escape' });
  });

  test('a directory, a pipe', async () => {
    mkdirSync(at('Dockerfile'));
    await expect(read()).rejects.toMatchObject({ code: 'invalid-argument' });
    loadNative()!.makeNode(Buffer.from(at('pipe')), 'fifo', 0o644, 0, 0);
    await expect(read({ file: at('pipe') })).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  test('more than 16 MiB, from a file or a stream', async () => {
    write('Dockerfile');
    truncateSync(at('Dockerfile'), 16 * 1024 * 1024 + 1);
    await expect(read()).rejects.toMatchObject({ code: 'limit-exceeded' });
    const stdin = streamOf(Buffer.alloc(16 * 1024 * 1024 + 1), 1024 * 1024);
    await expect(read({ file: '-', stdin })).rejects.toMatchObject({ code: 'limit-exceeded' });
  });

  test('a name that would move the cursor shows escaped', async () => {
    await expect(read({ file: at('\x1b[2J') })).rejects.toMatchObject({
      message: expect.not.stringContaining('\x1b'),
    });
  });
});

describe('a context that is an archive', () => {
  async function readIn(layer: Layer, file?: string): Promise<DockerfileText> {
    const source = await openTarContext(tarOf(layer), { folder: sandbox.base });
    return readDockerfileIn(source, file);
  }

  test('has the same files', async () => {
    expect(summary(await readIn({ Dockerfile: 'D', '.dockerignore': '*' }))).toEqual(['D', '*']);
    expect(summary(await readIn({ dockerfile: 'd' }))).toEqual(['d', undefined]);
    const two = { 'sub/X': 'X', 'sub/X.dockerignore': 'x', '.dockerignore': '*' };
    expect(summary(await readIn(two, './sub//X'))).toEqual(['X', 'x']);
    expect(summary(await readIn(two, '../../sub/X'))).toEqual(['X', 'x']);
  });

  test('links lead to its own root', async () => {
    const layer: Layer = {
      Dockerfile: { link: '../../etc/passwd' },
      'etc/passwd': 'inner',
      lib: { link: '/usr/lib' },
      'usr/lib/X': 'lib',
    };
    expect(summary(await readIn(layer))[0]).toBe('inner');
    expect(summary(await readIn(layer, 'lib/X'))[0]).toBe('lib');
  });

  test.each<[string, Layer, string | undefined, string]>([
    ['is not there', { a: 'x' }, undefined, 'not-found'],
    ['is not there by its name', { Dockerfile: 'x' }, 'Other', 'not-found'],
    ['is a directory', { 'Dockerfile/': {} }, undefined, 'invalid-argument'],
    ['is a link to nothing', { Dockerfile: { link: '/etc/passwd' } }, undefined, 'not-found'],
    ['is a link to itself', { Dockerfile: { link: 'Dockerfile' } }, undefined, 'invalid-argument'],
    [
      'links in a circle',
      { Dockerfile: { link: 'b' }, b: { link: './Dockerfile' } },
      undefined,
      'invalid-argument',
    ],
  ])('an error where it %s', async (_, layer, file, code) => {
    await expect(readIn(layer, file)).rejects.toMatchObject({ code });
  });
});
