// Arguments, help, errors and exit codes.
import { afterAll, describe, expect, test } from 'vitest';
import { makeProgram } from '../../src/cli/program.ts';
import { Context } from '../../src/cli/context.ts';
import { meantWord } from '../../src/cli/usage.ts';
import { VERBS } from '../../src/cli/verbs.ts';
import { CliBench, TestOutput } from './run-cli.ts';
import { Readable } from 'node:stream';
import { writeArchive } from './archives.ts';

const bench = new CliBench();
afterAll(() => bench.remove());

const spellings = VERBS.flatMap(({ names, examples }) => names.map((name) => [name, examples] as const));

describe('help', () => {
  test.each(spellings)('of %s has an example', async (name, examples) => {
    const { code, out, err } = await bench.run([...name.split(' '), '--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const example of examples) expect(out).toContain(`\n  ${example}\n`);
  });

  test('of phyllo lists each verb once', async () => {
    const out = await bench.out('--help');
    const listed = Array.from(out.matchAll(/^ {2}([a-z]+)(?= |$)/gm), ([, word]) => word);
    expect(listed.filter((word, at) => listed.indexOf(word) !== at)).toEqual([]);
    expect(listed).toEqual(
      expect.arrayContaining(['layers', 'tree', 'images', 'image', 'system', 'samples']),
    );
  });

  test('is what phyllo prints where there is no terminal, as wrong usage', async () => {
    const { code, out } = await bench.run([]);
    expect(code).toBe(2);
    expect(out).toBe(await bench.out('--help'));
  });

  test('of a group is printed when it stands alone', async () => {
    expect(await bench.out('image')).toContain('prune');
  });

  test('names no flag twice in a verb', () => {
    const io = {
      stdout: new TestOutput(false),
      stderr: new TestOutput(false),
      stdin: Readable.from([]),
      env: {},
    };
    const program = makeProgram(new Context(io), () => Promise.resolve());
    for (const command of program.commands) {
      const flags = command.options.flatMap(({ short, long }) => [short, long]).filter(Boolean);
      expect(flags).toEqual([...new Set(flags)]);
    }
  });
});

describe('a misspelt', () => {
  test.each([
    [['imags'], 'run phyllo: unknown command "imags"', 'Did you mean phyllo images?'],
    [['Layers', 'x'], 'unknown command "Layers"', 'Did you mean phyllo layers?'],
    [['tre', 'x', '--json'], 'unknown command "tre"', 'Did you mean phyllo tree?'],
    [['image', 'lss'], 'run image: unknown command "lss"', 'Did you mean phyllo image ls?'],
    [['system', 'pune'], 'run system: unknown command "pune"', 'Did you mean phyllo system prune?'],
    [['images', '--al'], "run images: unknown option '--al'", 'Did you mean --all?'],
    [['tree', '--jsn', 'x'], "run tree: unknown option '--jsn'", 'Did you mean --json?'],
    [['--vrsion'], "unknown option '--vrsion'", 'Did you mean --version?'],
    [['samples', 'mak'], 'unknown command "mak"', 'Did you mean phyllo samples make?'],
  ])('%j is answered with the nearest', async (args, reason, meant) => {
    const { code, out, err } = await bench.run(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    const [message, hint, ...rest] = err.trimEnd().split('\n');
    expect(message).toMatch(/^phyllo: run /);
    expect(message).toContain(reason);
    expect(hint).toContain(`  ${meant} See phyllo`);
    expect(rest).toEqual([]);
  });

  test('word far from any verb is an image that is not there', async () => {
    const { code, err } = await bench.run(['postgres']);
    expect(code).toBe(1);
    expect(err).toMatch(/^phyllo: find image "postgres": no such image\n {2}\S.*\n$/);
  });

  test.each([
    ['imgaes', 'images'],
    ['histroy', 'history'],
    ['lod', 'load'],
    ['comp', 'completion'],
    ['postgres', undefined],
    ['x', undefined],
  ])('%s means %s', (word, meant) => {
    expect(meantWord(word, ['images', 'history', 'load', 'completion', 'layers'])).toBe(meant);
  });
});

describe('exit codes', () => {
  test.each([
    [0, ['images']],
    [0, ['version']],
    [0, ['--version']],
    [0, ['help', 'tree']],
    [1, ['layers', 'nosuch']],
    [1, ['layers', './nosuch.tar']],
    [1, ['layers', 'docker://nginx']],
    [1, ['tag', 'nosuch', 'a:b']],
    [1, ['load', '-i', '/nosuch']],
    [2, ['layers']],
    [2, ['layers', 'a', 'b']],
    [2, ['cat', 'image']],
    [2, ['fly', 'image']],
    [2, ['save', '--format', 'zip', 'x']],
    [2, ['save', '--format', 'oci-dir', 'x']],
    [2, ['images', '--format', '{{.Nope']],
    [2, ['completion', 'tcsh']],
    [2, ['layers', '--platform', 'a/b/c/d', 'x']],
  ])('%i: phyllo %j', async (expected, args) => {
    const { code, err } = await bench.run(args);
    expect(code).toBe(expected);
    expect(err === '').toBe(expected === 0);
  });

  test('130 for what Ctrl-C ended, without a word', async () => {
    const signal = AbortSignal.abort();
    await writeArchive(bench.path('a.tar'), { layers: [{ a: 'b' }] });
    expect(await bench.run(['layers', bench.path('a.tar')], { signal })).toMatchObject({
      code: 130,
      err: '',
    });
  });

  test('130 while standard input has not ended', async () => {
    const stop = new AbortController();
    const running = bench.run(['load'], {
      stdin: new Readable({ read: () => stop.abort() }),
      signal: stop.signal,
    });
    expect(await running).toMatchObject({ code: 130, out: '', err: '' });
  });
});

describe('errors', () => {
  test('are one line and an indented hint; --debug adds the causes', async () => {
    const plain = await bench.run(['load', '-i', '/nosuch']);
    expect(plain.err).toBe('phyllo: open /nosuch: no such file or directory\n');
    const { err } = await bench.run(['load', '--debug', '-i', '/nosuch']);
    expect(err.split('\n').slice(0, 2)).toEqual([plain.err.trimEnd(), '  code: not-found']);
    expect(err).toMatch(/\n {2}caused by Error: ENOENT/);
    expect((await bench.run(['--debug', 'load', '-i', '/nosuch'])).err).toBe(err);
  });

  test('of a format list the fields', async () => {
    await writeArchive(bench.path('f.tar'), { names: ['f:1'], layers: [{ a: 'b' }] });
    await bench.out('load', '-i', bench.path('f.tar'));
    const { code, err } = await bench.run(['images', '--format', '{{.Nope}}']);
    expect(code).toBe(2);
    expect(err).toMatch(/there is no field Nope\n {2}Fields: Containers, CreatedAt, .*VirtualSize\.\n$/);
  });
});

describe('phyllo IMAGE', () => {
  test('prints its layers where there is no terminal', async () => {
    const path = bench.path('plain.tar');
    await writeArchive(path, { layers: [{ a: 'b' }] });
    expect(await bench.out(path)).toBe(await bench.out('layers', path));
    expect(await bench.out(`docker-archive:${path}`)).toBe(await bench.out('layers', path));
  });

  test('takes a name that looks like a verb when there is such an image', async () => {
    await writeArchive(bench.path('n.tar'), { names: ['layer:latest'], layers: [{ a: 'b' }] });
    await bench.out('load', '-i', bench.path('n.tar'));
    expect(await bench.out('layer')).toBe(await bench.out('layers', 'layer'));
  });

  test('takes nothing after it', async () => {
    const { code, err } = await bench.run(['./x.tar', '--json']);
    expect(code).toBe(2);
    expect(err).toContain('nothing may follow the image, but "--json" does');
  });
});

describe('samples', () => {
  test('are listed, made, and opened where there is a terminal', async () => {
    const own = new CliBench();
    expect(await own.out('samples')).toMatch(/^tour +phyllo\/tour:latest +no /m);
    expect(await own.run(['samples', '--open'])).toMatchObject({
      code: 0,
      out: 'Made phyllo/tour:latest\n',
      err: expect.stringContaining('phyllo phyllo/tour:latest in a terminal opens it'),
    });
    expect((await own.run(['samples', '--open'])).out).toBe('There is phyllo/tour:latest\n');
    expect(await own.out('samples', 'make', 'tour-slim')).toBe('Made phyllo/tour:slim\n');
    expect(await own.out('samples')).toMatch(/^tour-slim +phyllo\/tour:slim +yes /m);
    expect((await own.run(['samples', 'make', 'nosuch'])).code).toBe(1);
    own.remove();
  });
});
