// phyllo build: where it takes things from, what it makes, what it prints. No engine is needed here.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { composeServices } from '../../src/app/compose.ts';
import { type TarMember, writeTar } from '../../src/layer/tar-writer.ts';
import { BuildBench, eventsOf, stepEvents } from './build-bench.ts';

const bench = new BuildBench();
afterAll(() => bench.remove());

const DOCKERFILE = `FROM scratch AS one
ARG V=1
ENV A=b
COPY a.txt /a.txt
WORKDIR /w
COPY <<EOF /h.txt
hello $A
EOF

FROM scratch
COPY --from=one / /
ADD a.txt /added/
CMD ["x"]
`;
const FILES = { Dockerfile: DOCKERFILE, 'a.txt': 'aa\n', 'sub/b.txt': 'b\n' };
const ID = /^sha256:[0-9a-f]{64}\n$/;

beforeEach(() => bench.write(FILES));

function tarOf(files: Readonly<Record<string, string>>): Readable {
  const members = Object.entries(files).map(([name, text]): TarMember => {
    const body = Buffer.from(text);
    const path = Buffer.from(name);
    return { header: { path, type: 'file', mode: 0o644, sizeBytes: body.length }, body: [body] };
  });
  return Readable.from(writeTar(members));
}

describe('an image', () => {
  test('has what the stages made, and the history that BuildKit writes', async () => {
    const id = await bench.id('-t', 'web:1');
    expect(await bench.history('web:1')).toEqual([
      'COPY / / # buildkit',
      'ADD a.txt /added/ # buildkit',
      'CMD ["x"]',
    ]);
    expect(await bench.paths(id)).toEqual(['/a.txt', '/added/', '/added/a.txt', '/h.txt', '/w/']);
    expect(await bench.out('cat', 'web:1', '/h.txt')).toBe('hello b\n');
    expect(await bench.config('web:1')).toMatchObject({ Cmd: ['x'], WorkingDir: '/' });
  });

  test('has a size that the store knows once it was listed', async () => {
    const id = await bench.id();
    const listed = await bench.out('images', '-a', '--no-trunc', '--format', '{{.ID}} {{.Size}}');
    expect(listed.split('\n')).toContain(`${id} 14B`);
    const { root } = bench;
    const services = await composeServices({ env: { PHYLLO_CONFIG: bench.path('none') }, root });
    const images = await services.images.list();
    await services.close();
    expect(images.find((image) => image.id === id)).toMatchObject({ sizeKnown: true, sizeBytes: 14 });
  });

  test('of a target is that stage’s', async () => {
    const id = await bench.id('--target', 'one');
    expect(await bench.history(id)).toEqual([
      'ARG V=1',
      'ENV A=b',
      'COPY a.txt /a.txt # buildkit',
      'WORKDIR /w',
      'COPY <<EOF /h.txt # buildkit',
    ]);
    expect(await bench.config(id)).toMatchObject({ WorkingDir: '/w' });
    expect(await bench.id('--target', 'ONE')).toBe(id);
    expect(await bench.id('--target', '0')).toBe(id);
  });

  test('built again is the same, in another folder and with other times, too', async () => {
    const id = await bench.id();
    expect(await bench.id()).toBe(id);
    const elsewhere = bench.copyOfContext('elsewhere');
    expect((await bench.out('build', '-q', elsewhere)).trim()).toBe(id);
  });

  test('takes more names at once, and none at all', async () => {
    await bench.id('-t', 'many:1', '-t', 'many:2', '--tag', 'localhost:5000/many');
    const names = await bench.out('images', '--format', '{{.Repository}}:{{.Tag}}');
    expect(names.split('\n')).toEqual(
      expect.arrayContaining(['many:1', 'many:2', 'localhost:5000/many:latest']) as string[],
    );
    const id = await bench.id('--label', 'only=here');
    expect(await bench.out('images', '--no-trunc', '-q')).toContain(id);
  });

  test('takes labels of the command line, over those of the Dockerfile', async () => {
    bench.change({ Dockerfile: 'FROM scratch\nLABEL a=1 b=2\n' });
    const id = await bench.id('--label', 'b=3', '--label', 'c=x=y', '--label', 'd');
    expect((await bench.config(id))['Labels']).toEqual({ a: '1', b: '3', c: 'x=y', d: '' });
    expect(await bench.history(id)).toEqual(['LABEL a=1 b=2']);
  });

  test('takes build arguments, and those of the environment', async () => {
    bench.change({ Dockerfile: 'FROM scratch\nARG A=0 B=0 C=0\nLABEL v=$A-$B-$C\n' });
    const run = await bench.run(
      ['build', '-q', '--build-arg', 'A=1', '--build-arg', 'B', '--build-arg', 'constructor', bench.context],
      { env: { B: 'env' } },
    );
    expect(run.code).toBe(0);
    expect((await bench.config(run.out.trim()))['Labels']).toEqual({ v: '1-env-0' });
  });

  test('of scratch alone has no layer', async () => {
    bench.change({ Dockerfile: 'FROM scratch\nENV A=1\n' });
    const [document] = JSON.parse(await bench.out('inspect', await bench.id())) as [Record<string, unknown>];
    expect(document['RootFS']).toMatchObject({ Layers: [] });
  });

  test('does what its base wants first: ONBUILD, of a stage', async () => {
    bench.change({
      Dockerfile:
        'FROM scratch AS other\nCOPY a.txt /f\nFROM scratch AS base\nONBUILD COPY --from=other /f /got\nONBUILD USER u\nFROM base\nENV A=1\n',
    });
    const id = await bench.id();
    expect(await bench.history(id)).toEqual(['COPY /f /got # buildkit', 'USER u', 'ENV A=1']);
    expect((await bench.config(id))['OnBuild'] ?? null).toBeNull();
  });

  test('does what its base wants first: ONBUILD, of an image that takes from a stage here', async () => {
    bench.change({ Dockerfile: 'FROM scratch\nONBUILD COPY --from=other /f /got\n' });
    await bench.id('-t', 'wants:1');
    bench.change({ Dockerfile: 'FROM scratch AS other\nCOPY a.txt /f\nFROM wants:1\n' });
    expect(await bench.paths(await bench.id())).toEqual(['/got']);
  });

  test('is made again from what was left in the store by an older one of the same name', async () => {
    await bench.id('-t', 'same');
    bench.change({ 'a.txt': 'changed\n' });
    await bench.id('-t', 'same');
    expect(await bench.out('cat', 'same', '/a.txt')).toBe('changed\n');
  });
});

describe('the Dockerfile', () => {
  test('may lie outside of the context, with its own ignore file', async () => {
    const path = bench.path('Outside.Dockerfile');
    writeFileSync(path, 'FROM scratch\nCOPY . /\n');
    writeFileSync(`${path}.dockerignore`, 'sub\nDockerfile\n');
    bench.change({ '.dockerignore': '*\n' });
    expect(await bench.paths(await bench.id('-f', path))).toEqual(['/.dockerignore', '/a.txt']);
  });

  test('may lie in it, under any name', async () => {
    bench.change({ 'sub/My.Dockerfile': 'FROM scratch\nCOPY a.txt /mine\n' });
    expect(await bench.paths(await bench.id('-f', join(bench.context, 'sub/My.Dockerfile')))).toEqual([
      '/mine',
    ]);
  });

  test('may be standard input', async () => {
    const { code, out } = await bench.run(['build', '-q', '-f', '-', bench.context], {
      stdin: 'FROM scratch\nCOPY sub /s\n',
    });
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(ID) as string });
    expect(await bench.paths(out.trim())).toEqual(['/s/', '/s/b.txt']);
  });

  test('may be left out by .dockerignore', async () => {
    bench.change({
      '.dockerignore': 'Dockerfile\n.dockerignore\nsub\n',
      Dockerfile: 'FROM scratch\nCOPY . /\n',
    });
    expect(await bench.paths(await bench.id())).toEqual(['/a.txt']);
  });

  test('names another frontend, which nobody runs', async () => {
    bench.change({ Dockerfile: '# syntax=evil.example/x\nFROM scratch\nCOPY a.txt /\n' });
    const { code, err } = await bench.build();
    expect(code).toBe(0);
    expect(err).not.toMatch(/pull|fetch/);
  });
});

describe('the context', () => {
  test('may be no more than a Dockerfile on standard input', async () => {
    const stdin = 'FROM scratch\nCOPY <<E /e\nx\nE\n';
    const { code, out } = await bench.run(['build', '-q', '-'], { stdin });
    expect(code).toBe(0);
    expect(await bench.paths(out.trim())).toEqual(['/e']);
    const failing = await bench.run(['build', '-'], { stdin: 'FROM scratch\nCOPY a.txt /\n' });
    expect(failing).toMatchObject({ code: 1, err: expect.stringContaining('copy a.txt: ') as string });
  });

  test('may be a tar on standard input', async () => {
    const files = {
      Dockerfile: 'FROM scratch\nCOPY . /c/\n',
      f: 'f',
      '.dockerignore': 'no\n',
      no: 'n',
      'd/e': 'e',
    };
    const { code, out, err } = await bench.run(['build', '-q', '-'], { stdin: tarOf(files) });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(await bench.paths(out.trim())).toEqual([
      '/c/',
      '/c/.dockerignore',
      '/c/Dockerfile',
      '/c/d/',
      '/c/d/e',
      '/c/f',
    ]);
  });

  test('may be a tar, and -f a name in it', async () => {
    const stdin = tarOf({ 'x/D': 'FROM scratch\nCOPY f /\n', f: 'f' });
    const { code, out } = await bench.run(['build', '-q', '-f', 'x/D', '-'], { stdin });
    expect(code).toBe(0);
    expect(await bench.paths(out.trim())).toEqual(['/f']);
  });

  test('may have more beside it', async () => {
    mkdirSync(bench.path('more/deep'), { recursive: true });
    writeFileSync(bench.path('more/deep/m'), 'm');
    bench.change({ Dockerfile: 'FROM scratch\nCOPY --from=more deep /d\n' });
    const id = await bench.id('--build-context', `more=${bench.path('more')}`);
    expect(await bench.paths(id)).toEqual(['/d/', '/d/m']);
  });

  test('may have an image in the place of one that FROM names', async () => {
    await bench.id('-t', 'real:1');
    bench.change({ Dockerfile: 'FROM docker.io/library/wanted\nCOPY sub /s\n' });
    const id = await bench.id('--build-context', 'wanted=docker-image://real:1');
    expect(await bench.paths(id)).toContain('/added/a.txt');
  });
});

describe('output', () => {
  test('-q prints the ID and nothing else', async () => {
    bench.change({ Dockerfile: `${DOCKERFILE}MAINTAINER me\n` });
    const ran = await bench.build('-q', '-t', 'quiet');
    expect(ran).toMatchObject({ code: 0, out: expect.stringMatching(ID) as string, err: '' });
  });

  test('--iidfile has the ID', async () => {
    const path = bench.path('iid');
    const { code, out } = await bench.build('--iidfile', path);
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(`${readFileSync(path, 'utf8')}\n`).toMatch(ID);
  });

  test('--iidfile of a build that fails is not written', async () => {
    const path = bench.path('no-iid');
    bench.change({ Dockerfile: 'FROM scratch\nCOPY none /\n' });
    expect((await bench.build('--iidfile', path)).code).toBe(1);
    expect(existsSync(path)).toBe(false);
  });

  test('plain progress tells steps with their stages, on standard error', async () => {
    bench.change({ plain: 'FROM scratch AS one\nCOPY a.txt /plain\nENV A=1\n' });
    const file = join(bench.context, 'plain');
    const { code, out, err } = await bench.build('--progress', 'plain', '-f', file);
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(err.replaceAll(/\d\.\ds/g, 'Ns').split('\n')).toEqual([
      '#1 [one 1/3] FROM scratch AS one',
      '#1 DONE Ns',
      '',
      '#2 [one 2/3] COPY a.txt /plain',
      '#2 cache miss: not built before',
      '#2 DONE Ns',
      '',
      '#3 [one 3/3] ENV A=1',
      '#3 DONE Ns',
      '',
      expect.stringMatching(/^built sha256:[0-9a-f]{64}$/) as string,
      '',
    ]);
  });

  test('a stage without a name is called by its number, unless it is alone', async () => {
    expect((await bench.build('--progress', 'plain')).err).toMatch(/^#\d+ \[stage-1 1\/4\] FROM scratch$/m);
    bench.change({ Dockerfile: 'FROM scratch\nENV A=1\n' });
    expect((await bench.build('--progress', 'plain')).err).toMatch(/^#1 \[1\/2\] FROM scratch$/m);
  });

  test('json progress is one event a line, on standard output', async () => {
    bench.change({ json: 'FROM scratch AS one\nCOPY a.txt \\\n  /json\nENV A=1\n' });
    const file = join(bench.context, 'json');
    const { code, out, err } = await bench.build('--progress', 'json', '-t', 'j:1', '-f', file);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const events = eventsOf(out);
    expect(events.every((event) => event['schema'] === 'phyllo.build-event/1')).toBe(true);
    expect(stepEvents(out).map(({ step, status, lines }) => [step, status, lines])).toEqual([
      ['0.0', 'running', [1, 1]],
      ['0.0', 'done', [1, 1]],
      ['0.1', 'running', [2, 3]],
      ['0.1', 'done', [2, 3]],
      ['0.2', 'running', [4, 4]],
      ['0.2', 'done', [4, 4]],
    ]);
    const copy = stepEvents(out)[3]!;
    expect(copy).toMatchObject({ stage: 0, stageName: 'one', index: 1, cache: { kind: 'miss', why: 'new' } });
    expect(copy.image).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(events.at(-1)).toMatchObject({
      event: 'image',
      image: stepEvents(out).at(-1)!.image,
      tags: ['j:1'],
    });
  });

  test('on a terminal steps are drawn, and the name of the image stays', async () => {
    const { code, err } = await bench.run(['build', '-t', 'drawn', bench.context], { tty: { stderr: true } });
    expect(code).toBe(0);
    expect(err).toContain('\u001b[J');
    expect(err).toMatch(/built sha256:[0-9a-f]{64} named drawn/);
  });

  test('warnings of the text are told with their places, not with -q', async () => {
    bench.change({ Dockerfile: 'from scratch\nMAINTAINER me\n' });
    const { code, err } = await bench.build();
    expect(code).toBe(0);
    expect(err).toMatch(/Dockerfile:2:1: .*\n {2}MAINTAINER me\n {2}\^+\n/);
  });
});

describe('--check', () => {
  test('builds nothing and says that all is well', async () => {
    bench.change({ Dockerfile: 'FROM scratch\nCOPY checked /\n' });
    expect(await bench.build('--check')).toMatchObject({
      code: 0,
      out: 'Check complete, no warnings found.\n',
      err: '',
    });
  });

  test('tells warnings and errors, and fails', async () => {
    bench.change({ Dockerfile: 'FROM scratch as Base\nCOPPY a b\nMAINTAINER m\n' });
    const { code, out } = await bench.build('--check');
    expect(code).toBe(1);
    expect(out).toMatch(
      /Dockerfile:2:1: unknown instruction: COPPY\n {2}COPPY a b\n {2}\^{5}\ndid you mean COPY\?/,
    );
    expect(out).toMatch(/Dockerfile:3:1: /);
    expect(out).toMatch(/Check complete, \d found, 1 of them errors\.\n$/);
  });

  test('knows checks that are not wanted', async () => {
    bench.change({ Dockerfile: '# check=skip=all\nFROM scratch as Base\nMAINTAINER m\n' });
    expect((await bench.build('--check')).code).toBe(0);
  });
});
