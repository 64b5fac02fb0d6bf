// What goes where: results on standard output, nothing else; colours and progress only for terminals.
import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { Output } from '../../src/cli/output.ts';
import { ProgressLine, progressText } from '../../src/cli/progress.ts';
import { documentLines } from '../../src/cli/json.ts';
import { heapBytes } from '../support/memory.ts';
import { writeArchive } from './archives.ts';
import { CliBench, TestOutput } from './run-cli.ts';
import { Readable } from 'node:stream';

const bench = new CliBench();
const image = bench.path('image.tar');
beforeAll(() =>
  writeArchive(image, {
    names: ['web:1'],
    layers: [
      { a: '1', b: '2' },
      { a: '33', '.wh.b': '', c: '3' },
    ],
  }),
);
afterAll(() => bench.remove());

describe('colours', () => {
  const colours = async (env: Record<string, string>, stdout: boolean): Promise<boolean> =>
    (await bench.run(['tree', '--layer', '1', image], { env, tty: { stdout } })).out.includes('\x1b[');

  test.each([
    ['a terminal', {}, true, true],
    ['a pipe', {}, false, false],
    ['NO_COLOR', { NO_COLOR: '1' }, true, false],
    ['an empty NO_COLOR', { NO_COLOR: '' }, true, true],
    ['a dumb terminal', { TERM: 'dumb' }, true, false],
    ['FORCE_COLOR', { FORCE_COLOR: '1' }, false, true],
    ['FORCE_COLOR=0', { FORCE_COLOR: '0' }, true, false],
  ] as const)('%s', async (_, env, stdout, expected) => {
    expect(await colours(env, stdout)).toBe(expected);
  });

  test('leave the letters that say the same', async () => {
    const ran = await bench.run(['tree', '--layer', '1', image], { tty: { stdout: true } });
    // oxlint-disable-next-line no-control-regex
    expect(ran.out.replace(/\x1b\[\d+m/g, '')).toBe(await bench.out('tree', '--layer', '1', image));
  });
});

describe('progress', () => {
  const line = (
    isTTY: boolean,
    env: Record<string, string> = {},
    columns = 80,
  ): { stderr: TestOutput; progress: ProgressLine } => {
    const stderr = new TestOutput(isTTY, columns);
    const io = { stdout: new TestOutput(false), stderr, stdin: Readable.from([]), env };
    return { stderr, progress: new ProgressLine(io, false) };
  };
  const report = (progress: ProgressLine): void => {
    const until = performance.now() + 450;
    for (let done = 0; performance.now() < until; done += 10) {
      progress.report({ item: 'layer\x1b', doneBytes: done, totalBytes: 10 ** 12 });
    }
    progress.clear();
  };

  test('is one line that goes away, for a terminal', () => {
    const { stderr, progress } = line(true);
    report(progress);
    const text = stderr.bytes.toString();
    expect(text).toMatch(/^\rlayer\\x1b {2}\S+ \/ 1TB {2}\S+\/s {2}\d+s left/);
    expect(text.endsWith('\r\x1b[K')).toBe(true);
    expect(text).not.toContain('\n');
  });

  test('keeps to the width of the terminal, where it tells one', () => {
    const longest = (columns: number): number => {
      const { stderr, progress } = line(true, {}, columns);
      report(progress);
      return Math.max(
        ...Array.from(stderr.bytes.toString().matchAll(/\r([^\r]*)\x1b\[K/g), ([, text]) => text!.length),
      );
    };
    expect(longest(20)).toBe(19);
    expect(longest(0)).toBeGreaterThan(20);
  });

  test.each([
    ['a pipe', false, {}],
    ['a dumb terminal', true, { TERM: 'dumb' }],
  ])('is nothing for %s', (_, isTTY, env) => {
    const { stderr, progress } = line(isTTY, env);
    report(progress);
    expect(stderr.bytes.length).toBe(0);
  });

  test('tells bytes, speed and time left once they are known', () => {
    expect(progressText({ item: 'a', doneBytes: 500_000, totalBytes: 2_000_000 }, 500_000, 1)).toBe(
      'a  500kB / 2MB  500kB/s  3s left',
    );
    expect(progressText({ item: 'a', doneBytes: 5 }, 0, 0)).toBe('a  5B');
  });
});

describe('output', () => {
  test('a slow reader is waited for, however much there is to say', async () => {
    let waiting = 0;
    let most = 0;
    const slow = new Writable({
      highWaterMark: 1024,
      write(chunk: Buffer, _, done) {
        most = Math.max(most, waiting);
        waiting = 0;
        setImmediate(done);
      },
    });
    const lines = (function* () {
      for (let at = 0; at < 200_000; at++) {
        waiting += 80;
        yield 'x'.repeat(79);
      }
    })();
    await new Output(slow).lines(lines);
    expect(most).toBeLessThan(200_000);
  });

  test('a million entries are never one text', async () => {
    const items = (function* () {
      for (let at = 0; at < 1_000_000; at++) yield { path: `/some/directory/file-${at}`, size: at };
    })();
    const before = heapBytes();
    let most = 0;
    let written = 0;
    const sink = new Writable({
      write(chunk: Buffer, _, done) {
        written += chunk.length;
        if (written % 97 === 0) most = Math.max(most, heapBytes() - before);
        setImmediate(done);
      },
    });
    await new Output(sink).lines(documentLines({ schema: 's', head: {}, list: 'entries', items }));
    expect(written).toBeGreaterThan(40_000_000);
    expect(most).toBeLessThan(20_000_000);
  });

  test('a reader that goes away ends it quietly', async () => {
    const stderr = new TestOutput(false);
    const gone = new Writable({
      write(_chunk, _encoding, done) {
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
      },
    });
    const io = { stdout: gone, stderr, stdin: Readable.from([]), env: { PHYLLO_ROOT: bench.root } };
    expect(await main(['tree', image], io)).toBe(0);
    expect(stderr.bytes.length).toBe(0);
  });

  test('a full disk is told', async () => {
    const stderr = new TestOutput(false);
    const full = new Writable({
      write(_chunk, _encoding, done) {
        done(Object.assign(new Error('write ENOSPC'), { code: 'ENOSPC' }));
      },
    });
    const io = { stdout: full, stderr, stdin: Readable.from([]), env: { PHYLLO_ROOT: bench.root } };
    expect(await main(['tree', image], io)).toBe(1);
    expect(stderr.bytes.toString()).toMatch(/^phyllo: .*no space left/);
  });
});

describe('save, copy and import', () => {
  test('an archive on standard output loads again with the same ID', async () => {
    await bench.out('load', '-i', image);
    const { bytes, err } = await bench.run(['save', 'web:1']);
    expect(err).toBe('');
    const other = new CliBench();
    const loaded = await other.run(['load'], { stdin: bytes });
    expect(loaded.out).toBe('Loaded image: web:1\n');
    expect(await other.out('images', '-q', '--no-trunc')).toBe(await bench.out('images', '-q', '--no-trunc'));
    other.remove();
  });

  test('an archive is not written to a terminal', async () => {
    const { code, out, err } = await bench.run(['save', 'web:1'], { tty: { stdout: true } });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('name a file with -o');
  });

  test.each([['docker-archive'], ['oci-archive'], ['oci-dir']])('save --format %s -o', async (format) => {
    const path = bench.path(`saved-${format}`);
    expect(await bench.out('save', '--format', format, '-o', path, 'web:1')).toBe('');
    expect(await bench.out('history', '-q', '--no-trunc', path)).toBe(
      await bench.out('history', '-q', '--no-trunc', 'web:1'),
    );
  });

  test('copy goes from any form to any other', async () => {
    const layout = bench.path('layout');
    expect(await bench.out('copy', image, `oci:${layout}:web`)).toMatch(/^sha256:[0-9a-f]{64}\n$/);
    await bench.out('copy', `oci:${layout}:web`, 'copied:2');
    expect(await bench.out('images', 'copied', '--format', '{{.Tag}} {{.ID}}')).toBe(
      `2 ${(await bench.out('images', '-q', 'web')).trim()}\n`,
    );
  });

  test('import makes an image of a root file system', async () => {
    const tar = readFileSync(image);
    const args = ['import', '-', 'base:1', '-c', 'CMD ["/bin/sh"]', '-c', 'ENV A=b', '-m', 'from a tar'];
    const { out, code } = await bench.run(args, { stdin: tar });
    expect(code).toBe(0);
    expect(out).toBe(await bench.out('inspect', '--format', '{{.Id}}', 'base:1'));
    expect(
      await bench.out('inspect', '--format', '{{json .Config.Cmd}} {{.Config.Env}} {{.Comment}}', 'base:1'),
    ).toBe('["/bin/sh"] [A=b] from a tar\n');
    expect(await bench.out('cat', 'base:1', '/manifest.json')).toContain('RepoTags');
    const wrong = await bench.run(['import', '-', '-c', 'RUN x'], { stdin: tar });
    expect(wrong.code).toBe(2);
  });
});

describe('system check', () => {
  test('fails when a blob is damaged, and says so until it is repaired', async () => {
    const own = new CliBench();
    await own.out('load', '-i', image);
    expect(await own.out('system', 'check')).toMatch(/^Checked 1 image, 4 blobs, .*: all is well\n$/);
    const [document] = JSON.parse(await own.out('inspect', 'web:1')) as { RootFS: { Layers: string[] } }[];
    const layer = document!.RootFS.Layers[0]!.slice('sha256:'.length);
    const { appendFileSync, chmodSync } = await import('node:fs');
    const blob = `${own.root}/blobs/sha256/${layer}`;
    chmodSync(blob, 0o600);
    appendFileSync(blob, 'x');
    const found = await own.run(['system', 'check']);
    expect(found.code).toBe(1);
    expect(found.out).toContain(`problem: blob sha256:${layer}`);
    expect(found.err).toContain('--repair');
    const { problems } = JSON.parse((await own.run(['system', 'check', '--json'])).out) as {
      problems: object[];
    };
    expect(problems).toContainEqual(expect.objectContaining({ kind: 'blob-corrupt', repaired: false }));
    await own.run(['system', 'check', '--repair']);
    expect((await own.run(['system', 'check'])).out).toContain('is missing');
    own.remove();
  });
});
