// Verbs of containers print what docker prints and end as docker ends: over the simulated engine everywhere, over the
// linux one where it runs.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canRun } from '../support/linux-engines.ts';
import { CliBench, type RunOptions } from './run-cli.ts';
import { problemsOf } from './schemas.ts';

const ID = /^[0-9a-f]{64}\n$/;

const ENGINES = [
  { engine: 'virtual', image: 'phyllo/cow', sample: 'cow', runs: true },
  { engine: 'linux', image: 'phyllo/cow:busybox', sample: 'cow-busybox', runs: canRun('crun') },
] as const;

for (const { engine, image, sample, runs } of ENGINES) {
  describe.runIf(runs)(`over the ${engine} engine`, () => {
    const bench = new CliBench();
    const env = { PHYLLO_ENGINE: engine };
    const phyllo = (args: readonly string[], options: RunOptions = {}): ReturnType<CliBench['run']> =>
      bench.run(args, { ...options, env });
    const out = async (...args: readonly string[]): Promise<string> => {
      const ran = await phyllo(args);
      expect({ code: ran.code, err: ran.err }).toEqual({ code: 0, err: '' });
      return ran.out;
    };
    const inShell = (script: string, ...flags: readonly string[]): ReturnType<CliBench['run']> =>
      phyllo(['run', '--rm', ...flags, image, 'sh', '-c', script]);

    beforeAll(() => bench.out('samples', 'make', sample));
    afterAll(async () => {
      const left = (await bench.out('ps', '-aq')).split('\n').filter(Boolean);
      if (left.length > 0) await bench.run(['rm', '-f', ...left]);
      bench.remove();
    });

    describe('run', () => {
      test('ends as its program ends, and its output is the program’s', async () => {
        expect(await inShell('echo out; echo err >&2; exit 42')).toMatchObject({
          code: 42,
          out: 'out\n',
          err: 'err\n',
        });
      });

      test.each([
        ['127 for a program that is not there', [image, 'no-such-program'], 127],
        ['126 for a directory', [image, '/etc'], 126],
        ['125 for an image that is not there', ['no-such-image', 'true'], 125],
        ['125 for an option that there is not', ['--no-such-option', image], 125],
        ['125 for a port that is none', ['-p', 'x', image], 125],
        ['125 for a mode that a volume cannot have', ['-v', '/tmp:/a:maybe', image], 125],
        ['125 for a network that there is not', ['--network', 'mine', image], 125],
        ['125 for a name that cannot be', ['--name', 'a b', image], 125],
        ['125 for a file of variables that is not there', ['--env-file', '/no/such', image], 125],
        ['125 for an engine that there is not', ['--engine', 'steam', image], 125],
        ['125 without an image', [], 125],
      ])('gives %s', async (_, args, expected) => {
        const { code, err } = await phyllo(['run', '--rm', ...args]);
        expect({ code, err }).toEqual({ code: expected, err: expect.stringMatching(/^phyllo: \S/) });
        expect(await bench.out('ps', '-aq')).toBe('');
      });

      test('-i hands standard input on, without it there is none', async () => {
        const options = { stdin: 'one\ntwo\n' };
        expect(await phyllo(['run', '--rm', '-i', image, 'cat'], options)).toMatchObject({
          code: 0,
          out: 'one\ntwo\n',
        });
        expect(await phyllo(['run', '--rm', image, 'cat'], options)).toMatchObject({ code: 0, out: '' });
      });

      test('-it needs a terminal', async () => {
        const { code, err } = await phyllo(['run', '--rm', '-it', image, 'cat'], { stdin: 'x' });
        expect(code).toBe(125);
        expect(err).toContain('not a terminal');
      });

      test('takes variables of files, then of the command line', async () => {
        writeFileSync(bench.path('vars'), '# comment\nA=file\nB=file\n');
        const flags = ['--env-file', bench.path('vars'), '-e', 'A=line', '-e', 'PHYLLO_ENGINE'];
        const { out: printed } = await inShell('echo "$A $B $PHYLLO_ENGINE"', ...flags);
        expect(printed).toBe(`line file ${engine}\n`);
      });

      test('takes a directory, a host name and an entry point', async () => {
        expect((await inShell('pwd; echo $HOSTNAME', '-w', '/etc', '-h', 'box')).out).toBe('/etc\nbox\n');
        const withEntrypoint = (...args: readonly string[]): ReturnType<CliBench['run']> =>
          phyllo(['run', '--rm', '--entrypoint', ...args]);
        const fine = { code: 0, err: '' };
        expect(await withEntrypoint('echo', image, 'a', 'b')).toMatchObject({ ...fine, out: 'a b\n' });
        expect(await withEntrypoint('', image, 'echo', 'c')).toMatchObject({ ...fine, out: 'c\n' });
      });

      test('-d prints the ID and does not wait', async () => {
        expect(await out('run', '-d', '--name', 'back', image, 'sh', '-c', 'exit 3')).toMatch(ID);
        expect(await out('wait', 'back')).toBe('3\n');
        expect(await out('rm', 'back')).toBe('back\n');
      });

      test('-d of a program that is not there leaves the container to be looked at', async () => {
        const { code, out: printed, err } = await phyllo(['run', '-d', '--name', 'nox', image, 'nothing']);
        expect({ code, printed }).toEqual({ code: 127, printed: expect.stringMatching(ID) });
        expect(err).toMatch(/^phyllo: run \S*nothing/);
        expect(await out('ps', '-a', '--format', '{{.Names}} {{.Status}}')).toBe('nox Created\n');
        expect(await phyllo(['start', 'nox'])).toMatchObject({ code: 1, out: '' });
        await out('rm', 'nox');
      });
    });

    describe('a container', () => {
      beforeAll(async () => {
        await out(
          'create',
          '--name',
          'web',
          '-l',
          'tier=front',
          image,
          'sh',
          '-c',
          'echo "a b"; echo no >&2',
        );
        await out('start', '-a', 'web').catch(() => undefined);
      });
      afterAll(() => out('rm', 'web'));

      test('is in docker’s columns', async () => {
        const id = (await out('ps', '-aq')).trim();
        const [head, row] = (await out('ps', '-a')).split('\n');
        expect(head).toMatch(/^CONTAINER ID {3}IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES$/);
        expect(row!.split(/ {3,}/)).toEqual([
          id,
          image,
          `"sh -c 'echo \\"a b\\"; …"`,
          expect.stringMatching(/ ago$/),
          expect.stringMatching(/^Exited \(0\) .* ago$/),
          'web',
        ]);
        expect(await out('ps')).toBe(
          'CONTAINER ID   IMAGE     COMMAND   CREATED   STATUS    PORTS     NAMES\n',
        );
      });

      test.each([
        [['--filter', 'name=we'], 'web\n'],
        [['--filter', 'label=tier=front'], 'web\n'],
        [['--filter', 'label=tier=back'], ''],
        [['--filter', 'status=running'], ''],
        [['--filter', 'exited=0'], 'web\n'],
        [['--filter', `ancestor=${image}`], 'web\n'],
        [['-l'], 'web\n'],
        [['-n', '0'], ''],
      ])('is found by ps %j', async (flags, expected) => {
        expect(await out('ps', '-a', ...flags, '--format', '{{.Names}}')).toBe(expected);
      });

      test('has a size with -s', async () => {
        expect(await out('ps', '-as', '--format', '{{.Size}}')).toMatch(/^[\d.]+k?B \(virtual [\d.]+MB\)\n$/);
      });

      test('keeps what it wrote, standard output and error apart', async () => {
        const ran = await phyllo(['logs', 'web']);
        expect(ran).toMatchObject({ code: 0, out: 'a b\n', err: 'no\n' });
        expect((await phyllo(['logs', '-t', 'web'])).out).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z a b\n$/);
        expect((await phyllo(['logs', '--tail', '0', 'web'])).out).toBe('');
        expect((await phyllo(['logs', '--until', '2020-01-01', 'web'])).out).toBe('');
      });

      test('is told of as JSON', async () => {
        const [document] = JSON.parse(await out('inspect', 'web')) as [Record<string, unknown>];
        expect(document).toMatchObject({
          Name: '/web',
          Path: 'sh',
          Engine: engine,
          State: { Status: 'exited', Running: false, ExitCode: 0, Error: '' },
          Config: { Image: image, Labels: { tier: 'front' }, Entrypoint: null },
        });
        expect(await out('container', 'inspect', '--format', '{{.Name}}', 'web')).toBe('/web\n');
        const { code, out: printed } = await phyllo(['container', 'inspect', 'none', 'web']);
        expect({ code, length: (JSON.parse(printed) as unknown[]).length }).toEqual({ code: 1, length: 1 });
      });

      test('is no image', async () => {
        expect((await phyllo(['image', 'inspect', 'web'])).code).toBe(1);
      });
    });

    describe('a running container', () => {
      const written = bench.path('from');
      beforeAll(async () => {
        await out('run', '-d', '--name', 'busy', image, 'sh', '-c', 'sleep 1000');
        mkdirSync(join(bench.path('site'), 'deep'), { recursive: true });
        writeFileSync(join(bench.path('site'), 'page'), 'page\n');
        writeFileSync(join(bench.path('site'), 'deep', 'more'), 'more\n');
        symlinkSync('page', join(bench.path('site'), 'link'));
        mkdirSync(written);
      });
      afterAll(() => out('rm', '-f', 'busy'));

      test('has state that verbs respect: what it is not fit for is exit code 1', async () => {
        expect(await phyllo(['rm', 'busy'])).toMatchObject({ code: 1, out: '' });
        expect(await phyllo(['start', 'busy'])).toMatchObject({ code: 0, out: 'busy\n' });
        expect(await phyllo(['rename', 'busy', 'b@d'])).toMatchObject({ code: 1 });
        expect(await phyllo(['kill', '-s', 'NOPE', 'busy'])).toMatchObject({ code: 1 });
        expect(await phyllo(['exec', 'busy'])).toMatchObject({ code: 2 });
      });

      test('runs more programs', async () => {
        expect(await phyllo(['exec', 'busy', 'sh', '-c', 'echo in; exit 3'])).toMatchObject({
          code: 3,
          out: 'in\n',
        });
        expect(await phyllo(['exec', '-i', 'busy', 'cat'], { stdin: 'typed' })).toMatchObject({
          code: 0,
          out: 'typed',
        });
        expect(
          (await phyllo(['exec', '-w', '/etc', '-e', 'A=b', 'busy', 'sh', '-c', 'pwd; echo $A'])).out,
        ).toBe('/etc\nb\n');
        expect(await phyllo(['exec', 'busy', 'nothing'])).toMatchObject({ code: 127 });
        expect(await phyllo(['exec', 'none', 'true'])).toMatchObject({ code: 1 });
      });

      test.each([
        ['a file', [bench.path('site/page'), 'busy:/demo/a'], '/demo/a'],
        ['a file to a directory', [bench.path('site/page'), 'busy:/demo'], '/demo/page'],
        ['a directory under a new name', [bench.path('site'), 'busy:/demo/new'], '/demo/new/page'],
        ['a directory into one', [bench.path('site'), 'busy:/demo'], '/demo/site/page'],
        ['what is in a directory', [`${bench.path('site')}/.`, 'busy:/demo'], '/demo/deep/more'],
        ['what a link points to', ['-L', bench.path('site/link'), 'busy:/demo/l'], '/demo/l'],
      ])('takes %s', async (_, args, path) => {
        const { code, err } = await phyllo(['cp', ...args]);
        expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(/^Successfully copied /) });
        expect((await phyllo(['exec', 'busy', 'cat', path])).out).toBe(
          path.endsWith('more') ? 'more\n' : 'page\n',
        );
      });

      test('takes a tar, gives one', async () => {
        const { bytes } = await phyllo(['cp', 'busy:/etc/passwd', '-']);
        expect(bytes.includes('passwd\0')).toBe(true);
        await phyllo(['exec', 'busy', 'mkdir', '/demo/tar']);
        const ran = await phyllo(['cp', '-', 'busy:/demo/tar'], { stdin: Readable.from([bytes]) });
        expect(ran).toMatchObject({ code: 0, err: '' });
        expect((await phyllo(['exec', 'busy', 'ls', '/demo/tar'])).out).toBe('passwd\n');
      });

      test('gives files and directories', async () => {
        await phyllo([
          'exec',
          'busy',
          'sh',
          '-c',
          'mkdir -p /w/d; echo 1 >/w/one; echo 2 >/w/d/two; ln -s w /lw',
        ]);
        const copied = async (from: string, to: string): Promise<void> => {
          expect(await phyllo(['cp', '-q', `busy:${from}`, join(written, to)])).toMatchObject({
            code: 0,
            err: '',
          });
        };
        const read = (path: string): string => readFileSync(join(written, path), 'utf8');
        await copied('/w/one', 'file');
        expect(read('file')).toBe('1\n');
        await copied('/w', 'dir');
        expect(read('dir/d/two')).toBe('2\n');
        await copied('/w', 'dir');
        expect(read('dir/w/one')).toBe('1\n');
        await copied('/w/d/.', 'dir');
        expect(read('dir/two')).toBe('2\n');
        await copied('/lw/', 'led');
        expect(read('led/one')).toBe('1\n');
      });

      test.each([
        [['busy:/no/such', '.'], 1],
        [['no/such', 'busy:/demo'], 1],
        [[bench.path('site'), 'busy:/etc/passwd'], 1],
        [[bench.path('site/page'), 'busy:/no/such/dir'], 1],
        [['busy:/etc', bench.path('site/page')], 1],
        [['none:/etc', '.'], 1],
        [['a', 'b'], 2],
        [['busy:/a', 'busy:/b'], 2],
      ])('refuses cp %j', async (args, expected) => {
        const { code, err } = await phyllo(['cp', ...args]);
        expect({ code, err }).toEqual({ code: expected, err: expect.stringMatching(/^phyllo: /) });
      });

      test('tells what it changed, as lines and as JSON', async () => {
        await phyllo([
          'exec',
          'busy',
          'sh',
          '-c',
          'echo new >/etc/new; echo more >>/etc/passwd; rm /data/read-me.txt',
        ]);
        const lines = (await out('diff', 'busy')).split('\n');
        expect(lines).toEqual(expect.arrayContaining(['C /etc', 'A /etc/new', 'C /etc/passwd']));
        const document = JSON.parse(await out('diff', '--json', 'busy')) as {
          changes: { path: string; kind: string; because?: string }[];
        };
        expect(problemsOf(document as never)).toEqual([]);
        expect(document.changes.find(({ path }) => path === '/etc/passwd')).toMatchObject({
          kind: 'copy-up',
          because: 'write',
        });
      });

      test('tells of changes as they happen, a JSON document a line', async () => {
        const stop = new AbortController();
        const following = phyllo(['diff', '--follow', '--json', 'busy'], { signal: stop.signal });
        await phyllo(['exec', 'busy', 'sh', '-c', 'echo x >>/etc/followed']);
        await phyllo(['exec', 'busy', 'sh', '-c', 'sleep 1; echo y >>/etc/followed; sleep 1']);
        stop.abort();
        const { out: printed } = await following;
        const events = printed
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as Record<string, unknown>);
        expect(events.flatMap((event) => problemsOf(event))).toEqual([]);
        expect(
          events.find(({ path, action }) => path === '/etc/followed' && action === 'write'),
        ).toMatchObject({
          kind: 'add',
        });
      });

      test('becomes an image', async () => {
        await phyllo(['exec', 'busy', 'sh', '-c', 'mkdir /kept /left; echo k >/kept/k; echo l >/left/l']);
        const flags = ['-a', 'Ada', '-m', 'why', '-c', 'CMD ["cat", "/kept/k"]', '-c', 'ENV KEPT=yes'];
        const id = await out('commit', ...flags, '--exclude', '/left', 'busy', 'made:1');
        expect(id).toMatch(/^sha256:[0-9a-f]{64}\n$/);
        expect(await out('run', '--rm', 'made:1')).toBe('k\n');
        expect((await phyllo(['run', '--rm', 'made:1', 'sh', '-c', 'echo $KEPT; ls /left'])).out).toBe(
          'yes\n',
        );
        expect(await out('history', '--format', '{{.Comment}}', 'made:1')).toMatch(/^why\n/);
        expect(await phyllo(['commit', '-c', 'RUN true', 'busy'])).toMatchObject({ code: 1 });
        expect(await phyllo(['commit', 'busy', 'BAD'])).toMatchObject({ code: 1 });
      });

      test('keeps its image', async () => {
        expect((await phyllo(['rmi', image])).code).toBe(1);
      });

      test('is exported without a directory above all', async () => {
        const { bytes, code } = await phyllo(['export', 'busy']);
        expect(code).toBe(0);
        expect(bytes.subarray(0, bytes.indexOf(0)).toString()).not.toMatch(/^[./]/);
        expect(await phyllo(['export', 'busy'], { tty: { stdout: true } })).toMatchObject({ code: 2 });
      });

      test('gets another name, but none that is taken', async () => {
        await out('create', '--name', 'other', image);
        expect(await phyllo(['rename', 'busy', 'other'])).toMatchObject({ code: 1 });
        await out('rename', 'other', 'another');
        expect(await out('rm', 'another')).toBe('another\n');
      });

      test('ends by a signal, and runs again', async () => {
        expect(await out('kill', 'busy')).toBe('busy\n');
        expect(await out('wait', 'busy')).toBe('137\n');
        expect(await phyllo(['kill', 'busy'])).toMatchObject({ code: 1 });
        expect(await phyllo(['attach', 'busy'])).toMatchObject({ code: 1 });
        expect(await phyllo(['exec', 'busy', 'true'])).toMatchObject({ code: 1 });
        expect(await out('stop', 'busy')).toBe('busy\n');
        expect(await out('restart', '-t', '0', 'busy')).toBe('busy\n');
        expect(await out('ps', '--format', '{{.Names}}')).toBe('busy\n');
      });
    });

    test('rm tells of those that are not there, and the others go', async () => {
      await out('create', '--name', 'one', image);
      const { code, out: printed, err } = await phyllo(['rm', 'none', 'one']);
      expect({ code, printed }).toEqual({ code: 1, printed: 'one\n' });
      expect(err).toMatch(/^phyllo: find container none: /);
      expect(await phyllo(['rm', '-f', 'none'])).toMatchObject({ code: 0, out: '', err: '' });
      expect(await phyllo(['rm', '-f', ''])).toMatchObject({ code: 1, out: '' });
    });

    test('system df counts them, system prune removes what does not run', async () => {
      const id = (await out('create', '--name', 'idle', image)).trim();
      const row = async (type: string): Promise<string[]> =>
        (await out('system', 'df'))
          .split('\n')
          .find((line) => line.startsWith(type))!
          .split(/\s+/);
      expect((await row('Containers')).slice(0, 3)).toEqual(['Containers', '1', '0']);
      expect(await phyllo(['system', 'prune'])).toMatchObject({ code: 2 });
      expect(await out('system', 'prune', '-f')).toMatch(
        new RegExp(`^Deleted Containers:\n${id}\n\n[^]*Total reclaimed space: `),
      );
      expect((await row('Containers')).slice(0, 3)).toEqual(['Containers', '0', '0']);
      await out('system', 'prune', '-af');
      expect((await row('Layers')).slice(0, 4)).toEqual(['Layers', '0', '-', '0B']);
      expect((await inShell('echo again')).out).toBe('again\n');
    });

    test('a damaged record hides no other container', async () => {
      const id = (await out('create', '--name', 'bad', image)).trim();
      await out('create', '--name', 'good', image);
      writeFileSync(join(bench.root, 'containers', id, 'state.json'), '{');
      expect(await out('ps', '-a', '--format', '{{.Names}} {{.Status}}')).toBe(
        `good Created\n${id.slice(0, 12)} Dead (its record is damaged)\n`,
      );
      expect(await out('rm', 'good')).toBe('good\n');
      expect(await out('rm', id)).toBe(`${id}\n`);
      expect(await out('ps', '-aq')).toBe('');
    });
  });
}

test('an engine that cannot be asked hides no container of the others', async () => {
  const bench = new CliBench();
  try {
    await bench.out('samples', 'make', 'cow');
    await bench.out('create', '--engine', 'virtual', '--name', 'here', 'phyllo/cow');
    for (const host of [`unix://${bench.path('none')}`, 'tcp://127.0.0.1:1', 'nonsense']) {
      const { code, out } = await bench.run(['ps', '-aq', '--filter', 'name=here'], {
        env: { DOCKER_HOST: host },
      });
      expect({ host, code, out }).toEqual({ host, code: 0, out: expect.stringMatching(/^[0-9a-f]{12}\n$/) });
    }
    const { code } = await bench.run(['run', '--engine', 'docker', 'phyllo/cow'], {
      env: { DOCKER_HOST: `unix://${bench.path('none')}` },
    });
    expect(code).toBe(125);
  } finally {
    bench.remove();
  }
});
