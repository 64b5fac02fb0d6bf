// blame and compare: what they tell of archives that were never seen before, and of containers.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { containerConfig } from '../../src/cli/container-config.ts';
import { parseConfig } from '../../src/oci/config.ts';
import { aContainer } from '../support/containers.ts';
import { type WrittenArchive, writeArchive } from './archives.ts';
import { CliBench } from './run-cli.ts';

const bench = new CliBench();
const oldPath = bench.path('old.tar');
const newPath = bench.path('new.tar');
let oldImage: WrittenArchive;

const dpkg = (...packages: string[]): string =>
  packages
    .map((text) => `Package: ${text.replace(' ', '\nStatus: install ok installed\nVersion: ')}\n`)
    .join('\n');

beforeAll(async () => {
  const base = {
    'etc/conf': 'one\ntwo\n',
    'etc/same': 'same',
    'usr/bin/tool': 'v1',
    'usr/link': { link: 'bin' },
  };
  oldImage = await writeArchive(oldPath, {
    layers: [
      base,
      { 'etc/conf': 'one\nTWO\n', 'etc/gone': 'x', 'var/lib/dpkg/status': dpkg('curl 8.5', 'zlib 1.3') },
      { 'etc/.wh.gone': '', 'etc/same': { content: 'same', mode: 0o600 }, 'usr/bin/tool': 'v1' },
    ],
    config: { Env: ['PORT=80', 'A=1'], Cmd: ['old'], Labels: { 'a\u001b[2J': 'x\u001b[31m' } },
  });
  await writeArchive(newPath, {
    layers: [
      base,
      {
        'etc/conf': 'one\ntwo!\n',
        'etc/new': 'new\u001b[31m',
        'usr/bin/tool': { content: 'v2', mtime: 1_000_000_005 },
        'etc/same': { content: 'same', mtime: 1_000_000_009 },
        'var/lib/dpkg/status': dpkg('curl 8.6', 'zlib 1.3', 'jq 1.7'),
      },
    ],
    config: { Env: ['PORT=8080', 'A=1'], Cmd: ['new'] },
  });
});
afterAll(() => bench.remove());

describe('blame', () => {
  const touches = async (path: string): Promise<unknown[][]> => {
    const { history } = (await bench.json('blame', '--json', oldPath, path)) as {
      history: { layer: number; status: string; reason: string[]; size: number; diffID: string }[];
    };
    return history.map(({ layer, status, reason, size, diffID }) => {
      expect(diffID).toBe(oldImage.diffIDs[layer]);
      return [layer, status, reason.join(' '), size];
    });
  };

  test.each<[string, unknown[][]]>([
    [
      '/etc/conf',
      [
        [0, 'added', '', 8],
        [1, 'modified', 'content', 8],
      ],
    ],
    [
      'etc/gone',
      [
        [1, 'added', '', 1],
        [2, 'removed', '', 1],
      ],
    ],
    [
      '/etc/same',
      [
        [0, 'added', '', 4],
        [2, 'modified', 'mode', 4],
      ],
    ],
    [
      '/usr/bin/tool',
      [
        [0, 'added', '', 2],
        [2, 'unchanged', '', 2],
      ],
    ],
    [
      '/usr/link/tool',
      [
        [0, 'added', '', 2],
        [2, 'unchanged', '', 2],
      ],
    ],
    ['/usr/link', [[0, 'added', '', 0]]],
  ])('%s', async (path, expected) => {
    expect(await touches(path)).toEqual(expected);
  });

  test('is a table for people, with the instructions', async () => {
    const lines = (await bench.out('blame', oldPath, '/etc/same')).trimEnd().split('\n');
    expect(lines).toEqual([
      '/etc/same',
      expect.stringMatching(/^LAYER +SIZE +CHANGE +INSTRUCTION$/),
      expect.stringMatching(/^ +0 +4B +added +RUN step 0$/),
      expect.stringMatching(/^ +2 +4B +modified: mode +RUN step 2$/),
    ]);
  });

  test('of what no layer has is an error', async () => {
    const { code, err } = await bench.run(['blame', oldPath, '/etc/never']);
    expect([code, err]).toEqual([1, 'phyllo: blame /etc/never: there is no such path in the image\n']);
  });
});

interface Document {
  readonly layers: {
    shared: { a: number; b: number }[];
    onlyA: { index: number }[];
    onlyB: { index: number }[];
  };
  readonly config: { field: string; a: unknown; b: unknown }[];
  readonly packages: { kind: string; name: string; a: string | null; b: string | null }[];
  readonly files: { path: string; status: string; reason: string[]; diff?: string; a?: object; b?: object }[];
  readonly bytes: object;
}

const compared = async (...args: string[]): Promise<Document> =>
  (await bench.json('compare', '--json', ...args)) as unknown as Document;
const told = ({ files }: Document): string[] =>
  files.map(({ path, status, reason }) => [status, path, ...reason].join(' '));

describe('compare', () => {
  test('tells what two images do not have in common', async () => {
    const document = await compared(oldPath, newPath);
    expect(document.layers).toMatchObject({
      shared: [{ a: 0, b: 0, diffID: oldImage.diffIDs[0] }],
      onlyA: [{ index: 1 }, { index: 2 }],
      onlyB: [{ index: 1 }],
    });
    expect(told(document)).toEqual([
      'modified /etc/conf content',
      'added /etc/new',
      'modified /etc/same mode mtime',
      'modified /usr/bin/tool content mtime',
      'modified /var/lib/dpkg/status content',
    ]);
    expect(document.config).toEqual([
      { field: 'cmd', a: ['old'], b: ['new'] },
      { field: 'env.PORT', a: '80', b: '8080' },
      { field: 'labels.a\u001b[2J', a: 'x\u001b[31m', b: null },
    ]);
    expect(document.packages).toEqual([
      { kind: 'deb', name: 'curl', a: '8.5', b: '8.6' },
      { kind: 'deb', name: 'jq', a: null, b: '1.7' },
    ]);
    expect(document.files[0]).toMatchObject({ a: { size: 8, mode: '0644' }, b: { size: 9 } });
    expect(document.files[1]).not.toHaveProperty('a');
  });

  test('an image is like itself, whole or in part', async () => {
    expect(await compared(oldPath, oldPath)).toMatchObject({
      files: [],
      config: [],
      packages: [],
      bytes: { added: 0, removed: 0 },
    });
    expect(await bench.out('compare', newPath, newPath)).toMatch(/^layers: 2 shared .*\nno differences\n$/);
  });

  test('layers of one image are compared by --upto-a and --upto-b', async () => {
    expect(told(await compared('--upto-a', '1', '--upto-b', '2', oldPath, oldPath))).toEqual([
      'removed /etc/gone',
      'modified /etc/same mode',
    ]);
    const { code, err } = await bench.run(['compare', '--upto-b', '3', oldPath, oldPath]);
    expect([code, err]).toEqual([
      2,
      expect.stringContaining('--upto-b: there is no layer 3; the layers are 0 to 2'),
    ]);
  });

  test('is lines for people, safe to look at, what differs in time alone only counted', async () => {
    const out = await bench.out('compare', '--upto-a', '1', oldPath, newPath);
    expect(out).not.toContain('\u001b');
    expect(out.split('\n')).toEqual([
      expect.stringMatching(
        /^layers: 1 shared \(\w+\), 1 only in .*old\.tar \(\w+\), 1 only in .*new\.tar \(\w+\)$/,
      ),
      'config:',
      '  M cmd  ["old"] -> ["new"]',
      '  M env.PORT  80 -> 8080',
      '  D labels.a\\x1b[2J  x\\x1b[31m',
      'packages:',
      '  M deb curl  8.5 -> 8.6',
      '  A deb jq  1.7',
      'files:',
      '  M       +1B  /etc/conf (content)',
      '  D       -1B  /etc/gone',
      '  A       +8B  /etc/new',
      '  M        0B  /usr/bin/tool (content, mtime)',
      expect.stringMatching(/^ {2}M +\+\d+B {2}\/var\/lib\/dpkg\/status \(content\)$/),
      expect.stringMatching(/^1 added \(\+\w+\), 3 modified, 1 removed \(-\w+\)$/),
      '1 more differ in their time alone',
      '',
    ]);
  });

  test('--content shows how texts differ, and that bytes do', async () => {
    const out = await bench.out('compare', '--content', oldPath, newPath);
    expect(out).toContain('--- a/etc/conf\n+++ b/etc/conf\n@@ -1,2 +1,2 @@\n one\n-TWO\n+two!\n');
    const { files } = await compared('--content', oldPath, newPath);
    expect(files.map(({ diff }) => diff?.split('\n')[0])).toEqual([
      '@@ -1,2 +1,2 @@',
      undefined,
      undefined,
      '@@ -1,1 +1,1 @@',
      '@@ -1,7 +1,11 @@',
    ]);
  });

  test('of something that is not there is an error', async () => {
    expect(await bench.run(['compare', oldPath, bench.path('none')])).toMatchObject({ code: 1 });
  });
});

describe('a container', () => {
  const env = { PHYLLO_ENGINE: 'virtual' };
  const script = 'echo hello > /etc/motd; rm /etc/os-release; chmod 600 /etc/passwd';

  beforeAll(async () => {
    await bench.out('samples', 'make', 'tour-slim');
    const args = ['run', '--name', 'other', '-e', 'NEW=1', 'phyllo/tour:slim', 'sh', '-c', script];
    const { code, err } = await bench.run(args, { env });
    if (code !== 0) throw new Error(`no container was made: ${err}`);
  });
  afterAll(() => bench.run(['rm', '-f', 'other'], { env }));

  test('is compared with its image by what it wrote', async () => {
    const document = await compared('phyllo/tour:slim', 'container:other');
    expect(document.layers).toMatchObject({ onlyA: [], onlyB: [{ index: 7, diffID: null }] });
    expect(told(document)).toEqual(
      expect.arrayContaining(['added /etc/motd', 'removed /etc/os-release', 'modified /etc/passwd mode']),
    );
    expect(document.config.map(({ field }) => field)).toEqual(['cmd', 'env.NEW']);
    const untouched = await compared('--upto-b', '6', 'phyllo/tour:slim', 'container:other');
    expect(untouched).toMatchObject({ files: [], config: [] });
  });

  test('is blamed for what it changed', async () => {
    const { history } = (await bench.json('blame', '--json', 'container:other', '/etc/os-release')) as {
      history: object[];
    };
    expect(history.at(-1)).toMatchObject({ layer: 7, diffID: null, status: 'removed' });
  });

  test('that is not there is an error', async () => {
    const { code, err } = await bench.run(['blame', 'container:none', '/etc']);
    expect([code, err]).toEqual([
      1,
      expect.stringContaining('find container none: there is no such container'),
    ]);
  });
});

test('a container has the settings that it was made with; defaults are not differences', () => {
  const image = parseConfig(
    Buffer.from(
      JSON.stringify({
        architecture: 'amd64',
        os: 'linux',
        config: { Env: ['A=1'], User: 'web', Volumes: { '/v': {} } },
        rootfs: { type: 'layers', diff_ids: [] },
      }),
    ),
  );
  const container = aContainer({
    entrypoint: [],
    command: ['run'],
    env: ['A=2'],
    labels: { x: '1' },
    stopSignal: 'SIGTERM',
    process: { argv: ['run'], env: [], workingDir: '/', user: 'web', tty: false, stdin: false },
  });
  expect(containerConfig(container, image).config).toEqual({
    cmd: ['run'],
    env: ['A=2'],
    exposedPorts: [],
    labels: { x: '1' },
    onBuild: [],
    user: 'web',
    volumes: ['/v'],
  });
});
