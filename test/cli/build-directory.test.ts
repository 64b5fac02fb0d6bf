// FROM a directory: what --build-context names becomes the first layer of a stage.
import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, lutimesSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { readStream } from '../support/layer-tar.ts';
import { ADDED_ROW, DirectoryBench } from './directory-bench.ts';

const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const bench = new DirectoryBench();
afterAll(() => bench.remove());
const { source, given } = bench;

beforeEach(() => {
  bench.put({ 'a.txt': 'aa\n', 'sub/b.txt': 'b\n' });
  bench.dockerfile('FROM src');
});

describe('the image', () => {
  test('has the files, an empty config, and a row that nobody wrote', async () => {
    const id = await bench.id(...given);
    expect(await bench.paths(id)).toEqual(['/a.txt', '/sub/', '/sub/b.txt']);
    expect(await bench.out('cat', id, '/a.txt')).toBe('aa\n');
    const { config, created, history, rootfs } = bench.document(id);
    expect(config).toEqual({ Env: [PATH], WorkingDir: '/' });
    expect(history).toEqual([{ created, ...ADDED_ROW }]);
    expect(rootfs.diff_ids).toHaveLength(1);
  });

  test('has modes and times of the files, links of both kinds, and root for their owner', async () => {
    symlinkSync('../nowhere', join(source, 'sub/link'));
    linkSync(join(source, 'a.txt'), join(source, 'again'));
    const modes = { 'a.txt': 0o4711, 'sub/b.txt': 0o600, sub: 0o1770 };
    for (const [name, mode] of Object.entries(modes)) chmodSync(join(source, name), mode);
    for (const [at, name] of ['a.txt', 'sub/b.txt', 'sub/link', 'sub'].entries())
      lutimesSync(join(source, name), 1000 + at, 1000 + at);
    const [layer] = bench.document(await bench.id(...given)).rootfs.diff_ids;
    const { entries } = await readStream(bench.blob(layer!));
    const told = entries.map(({ path, type, mode, uid, gid, mtimeSeconds, linkname }) =>
      [Buffer.from(path), type, mode.toString(8), `${uid}:${gid}`, mtimeSeconds, Buffer.from(linkname)].join(
        ' ',
      ),
    );
    expect(told).toEqual([
      'a.txt file 4711 0:0 1000 ',
      'again hardlink 4711 0:0 1000 a.txt',
      'sub dir 1770 0:0 1003 ',
      'sub/b.txt file 600 0:0 1001 ',
      'sub/link symlink 777 0:0 1002 ../nowhere',
    ]);
  });

  test('has no named pipe: it is left out with a warning', async () => {
    execFileSync('mkfifo', [join(source, 'pipe')]);
    const { code, err } = await bench.build(...given);
    expect(code).toBe(0);
    expect(err).toMatch(/a named pipe is no part of a context.*pipe/);
  });

  test('has no file that a layer cannot tell: it is left out with a warning', async () => {
    bench.put({ 'a.txt': 'a', '.wh.gone': '' });
    const { code, err } = await bench.build('-t', 'told', '--no-cache', ...given);
    expect(code).toBe(0);
    expect(err).toMatch(/in a layer it would mean a deletion.*\.wh\.gone/);
    expect(await bench.paths('told')).toEqual(['/a.txt']);
  });

  test('of an empty directory has a layer with nothing in it', async () => {
    bench.put({});
    const id = await bench.id(...given);
    const { history, rootfs } = bench.document(id);
    expect(history).toMatchObject([ADDED_ROW]);
    expect(rootfs.diff_ids).toEqual([
      'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef',
    ]);
    expect(await bench.paths(id)).toEqual([]);
    expect(await bench.outcomes(...given)).toEqual(['FROM src: cached']);
  });

  test('is for the platform that FROM names, else for that of the build', async () => {
    bench.dockerfile('FROM --platform=linux/arm/v7 src');
    expect(bench.document(await bench.id(...given))).toMatchObject({ architecture: 'arm', variant: 'v7' });
    bench.dockerfile('FROM src');
    const { code, err } = await bench.build('-t', 'other', '--platform', 'linux/s390x', ...given);
    expect({ code, err }).toEqual({ code: 0, err: expect.not.stringContaining('the base is for') as string });
    expect(await bench.out('inspect', '--format', '{{.Architecture}}', 'other')).toBe('s390x\n');
  });

  test('has all rows at the time of SOURCE_DATE_EPOCH, and is the same when all is made anew', async () => {
    bench.dockerfile('FROM src', 'COPY own.txt /', 'ENV A=1');
    const dated = ['--build-arg', 'SOURCE_DATE_EPOCH=1000000000', '--no-cache', ...given];
    const id = await bench.id(...dated);
    expect(new Set(bench.document(id).history.map(({ created }) => created))).toEqual(
      new Set(['2001-09-09T01:46:40Z']),
    );
    expect(await bench.id(...dated)).toBe(id);
  });
});

describe('.dockerignore of the directory', () => {
  test('counts for FROM', async () => {
    bench.put({ '.dockerignore': 'sub\n*.log\n!keep.log\n', 'a.log': '', 'keep.log': '', 'sub/b': '' });
    expect(await bench.paths(await bench.id(...given))).toEqual(['/.dockerignore', '/keep.log']);
  });

  test('counts for COPY --from as well; that of the context does not', async () => {
    bench.put({ '.dockerignore': 'b.txt\n.dockerignore\n', 'a.txt': 'a', 'b.txt': 'b' });
    bench.dockerfile('FROM scratch', 'COPY --from=src . /');
    bench.change({ '.dockerignore': 'a.txt\n' });
    expect(await bench.paths(await bench.id(...given))).toEqual(['/a.txt']);
  });

  test('that cannot be read as patterns is told', async () => {
    bench.put({ '.dockerignore': '[\n' });
    const { code, err } = await bench.build(...given);
    expect(code).toBe(1);
    expect(err).toContain(`read ${source}/.dockerignore: `);
  });
});

describe('stages', () => {
  test('stand on it, on each other, and take files from one another', async () => {
    bench.dockerfile(
      'FROM src AS first',
      'WORKDIR /w',
      'FROM first AS second',
      'COPY own.txt sub/',
      'FROM scratch',
      'COPY --from=first /sub /s',
      'COPY --from=second /w /w',
    );
    expect(await bench.paths(await bench.id(...given))).toEqual([
      '/s/',
      '/s/b.txt',
      '/w/',
      '/w/sub/',
      '/w/sub/own.txt',
    ]);
    const second = await bench.id('--target', 'second', ...given);
    expect(bench.document(second).history.map((row) => row['created_by'])).toEqual([
      ADDED_ROW.created_by,
      'WORKDIR /w',
      'COPY own.txt sub/ # buildkit',
    ]);
    expect(await bench.history(await bench.id('--target', 'first', ...given))).toHaveLength(2);
  });

  test('take the directory in the place of an image of its name', async () => {
    bench.dockerfile('FROM docker.io/library/src:latest');
    expect(await bench.paths(await bench.id(...given))).toContain('/sub/b.txt');
  });
});

describe('a directory that is not there', () => {
  const missing = ['--build-context', 'src=/no/such/folder'] as const;

  test('is an error of the build', async () => {
    const { code, err } = await bench.build(...missing);
    expect(code).toBe(1);
    expect(err).toMatch(/read context \/no\/such\/folder: there is no such directory/);
  });

  test.each([
    ['--check', ['--check']],
    ['a stage that is not needed', ['--target', 'other']],
  ])('is not looked at for %s', async (_, args) => {
    bench.dockerfile('FROM src AS unused', 'FROM scratch AS other', 'ENV A=1');
    expect((await bench.build(...args, ...missing)).code).toBe(0);
  });
});
