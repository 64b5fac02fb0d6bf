// What cannot be built: where it is told, how phyllo ends, and what hostile texts and contexts come to.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { canRun } from '../support/linux-engines.ts';
import { BuildBench } from './build-bench.ts';

const bench = new BuildBench();
afterAll(() => bench.remove());
beforeEach(() => bench.write({ f: 'f' }));

function buildOf(lines: readonly string[], ...args: readonly string[]): ReturnType<BuildBench['build']> {
  bench.change({ Dockerfile: `${lines.join('\n')}\n` });
  return bench.build('--progress', 'plain', ...args);
}

describe('the place is shown: line, column, the line itself and a caret', () => {
  test.each<[string, readonly string[], string, string]>([
    ['a word that is none', ['FROM scratch', 'COPPY f /'], '2:1', 'COPPY f /'],
    ['a flag that is none', ['FROM scratch', 'COPY --frm=x f /'], '2:6', 'COPY --frm=x f /'],
    ['no FROM', ['COPY f /'], '1:1', 'COPY f /'],
    ['a heredoc without an end', ['FROM scratch', 'COPY <<E /', 'x'], '2:6', 'COPY <<E /'],
    ['an empty base', ['ARG X', 'FROM $X'], '2:1', 'FROM $X'],
    ['a stage that needs itself', ['FROM scratch AS a', 'COPY --from=a f /'], '2:1', 'COPY --from=a f /'],
    [
      'a stage that comes later',
      ['FROM scratch', 'COPY --from=b f /', 'FROM scratch AS b', 'FROM 0'],
      '2:1',
      'COPY --from=b f /',
    ],
    [
      'a variable that must be set',
      ['FROM scratch', 'ENV A="${B:?not set}"'],
      '2:1',
      'ENV A="${B:?not set}"',
    ],
    ['what is no port', ['FROM scratch', 'EXPOSE http'], '2:1', 'EXPOSE http'],
    [
      'a mount that is none',
      ['FROM scratch', 'RUN --mount=type=bnd,target=/t x'],
      '2:5',
      'RUN --mount=type=bnd,target=/t x',
    ],
    ['a file that is not there', ['FROM scratch', '', 'COPY none /'], '3:1', 'COPY none /'],
    ['a base that is not there', ['FROM scratch AS a', 'FROM nowhere:1'], '2:1', 'FROM nowhere:1'],
    ['a checksum that is none', ['FROM scratch', 'COPY --chmod=9 f /'], '2:1', 'COPY --chmod=9 f /'],
  ])('%s', async (_, lines, place, text) => {
    const needsAll = lines.at(-1) === 'FROM 0';
    const { code, out, err } = await buildOf(lines, ...(needsAll ? ['--target', '0'] : []));
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(`Dockerfile:${place}: `);
    expect(err).toMatch(new RegExp(`^  ${text.replaceAll(/[$^.*+?{}()|[\]\\]/g, '\\$&')}\\n  +\\^+$`, 'm'));
    expect(err).toMatch(/^phyllo: [^\n]+$/m);
  });

  test('standard input is called by a dash', async () => {
    const { err } = await bench.run(['build', '-f', '-', bench.context], {
      stdin: 'FROM scratch\nCOPPY a b\n',
    });
    expect(err).toMatch(/^-:2:1: unknown instruction: COPPY\n {2}COPPY a b\n {2}\^{5}\n/);
  });

  test('of several all are shown', async () => {
    const { err } = await buildOf(['FROM scratch', 'COPPY a b', 'LABLE a=b']);
    expect(err).toContain('Dockerfile:2:1: ');
    expect(err).toContain('Dockerfile:3:1: ');
  });

  test('of one step of many at once the one that failed is told', async () => {
    const lines = [
      'FROM scratch AS good',
      'COPY f /',
      'FROM scratch AS bad',
      'COPY none /',
      'FROM scratch',
      'COPY --from=good / /',
      'COPY --from=bad / /',
    ];
    const { code, err } = await buildOf(lines);
    expect(code).toBe(1);
    expect(err).toMatch(/^phyllo: copy none: there is no such file or directory$/m);
  });
});

describe('exit codes', () => {
  test.each<[string, number, readonly string[], RegExp]>([
    ['no context', 2, ['build'], /^phyllo: /],
    ['two contexts', 2, ['build', 'a', 'b'], /^phyllo: /],
    ['an option that there is not', 2, ['build', '--nope', '.'], /^phyllo: .*--nope/],
    ['a context that is not there', 1, ['build', '/no/such/folder'], /there is no such directory/],
    ['a context of an address', 1, ['build', 'https://example.invalid/x.git'], /contexts are not fetched/],
    ['a name that cannot be', 2, ['build', '-t', 'Bad Name', '.'], /--tag/],
    ['a name with a digest', 2, ['build', '-t', `x@sha256:${'a'.repeat(64)}`, '.'], /--tag/],
    ['a build argument without a name', 2, ['build', '--build-arg', '=1', '.'], /has no name/],
    ['a secret without an ID', 2, ['build', '--secret', 'src=x', '.'], /has no id/],
    ['a secret with what it has not', 2, ['build', '--secret', 'id=x,mode=1', '.'], /no field "mode"/],
    ['a secret that is no pair', 2, ['build', '--secret', 'x', '.'], /NAME=VALUE/],
    ['a context without a name', 2, ['build', '--build-context', '=x', '.'], /NAME=VALUE/],
    ['a network that there is not', 2, ['build', '--network', 'mine', '.'], /--network/],
    ['an engine that there is not', 2, ['build', '--engine', 'steam', '.'], /steam/],
    ['a progress that there is not', 2, ['build', '--progress', 'loud', '.'], /progress/],
    ['a platform that there is not', 2, ['build', '--platform', 'a/b/c/d', '.'], /platform/],
    ['an agent that is not there', 2, ['build', '--ssh', 'default', '.'], /SSH_AUTH_SOCK/],
    ['stepping without a terminal', 2, ['build', '--step', '.'], /terminal/],
  ])('of %s: %i', async (_, expected, args, message) => {
    bench.change({ Dockerfile: 'FROM scratch\nENV A=1\n' });
    const { code, out, err } = await bench.run(args.map((arg) => (arg === '.' ? bench.context : arg)));
    expect({ code, out }).toEqual({ code: expected, out: '' });
    expect(err).toMatch(message);
  });

  test('of a context and a Dockerfile that want the same standard input: 2', async () => {
    expect(await bench.run(['build', '-f', '-', '-'], { stdin: 'x' })).toMatchObject({ code: 2 });
  });

  test('of a context without a Dockerfile: 1, and it says which', async () => {
    const { code, err } = await bench.build();
    expect(code).toBe(1);
    expect(err).toMatch(/Dockerfile/);
  });

  test('of a target that is not there: 1, and it says which there are', async () => {
    const { code, err } = await buildOf(['FROM scratch AS one', 'ENV A=1'], '--target', 'two');
    expect(code).toBe(1);
    expect(err).toMatch(/there is no stage "two"\n {2}Its stages are one\.$/m);
  });

  test('of an --iidfile that cannot be written: 1', async () => {
    expect(await buildOf(['FROM scratch', 'ENV A=1'], '--iidfile', '/no/such/file')).toMatchObject({
      code: 1,
    });
  });

  test('of a build that is stopped before it begins: 130, and nothing is told', async () => {
    bench.change({ Dockerfile: 'FROM scratch\nCOPY f /stopped\n' });
    const signal = AbortSignal.abort();
    const { code, out } = await bench.run(['build', bench.context], { signal });
    expect({ code, out }).toEqual({ code: 130, out: '' });
  });
});

describe('hostile texts', () => {
  test.each<[string, string, RegExp]>([
    ['empty', '', /no instructions|FROM|empty/],
    ['comments alone', '# x\n\n# y\n', /no instructions/],
    ['NUL', 'FROM scratch\0\n', /./],
    ['UTF-16', Buffer.from('FROM scratch', 'utf16le').toString('latin1'), /./],
    ['a line of 70 KB', `FROM scratch\nENV A=${'x'.repeat(70_000)}\n`, /Dockerfile:2:/],
    [
      '1000 expansions in each other',
      `FROM scratch\nENV A=${'${a:-'.repeat(1000)}${'}'.repeat(1000)}\n`,
      /Dockerfile:2:/,
    ],
    ['ONBUILD ONBUILD', 'FROM scratch\nONBUILD ONBUILD RUN x\n', /Dockerfile:2:9/],
    ['escape twice', '# escape=`\n# escape=`\nFROM scratch\n', /Dockerfile:2:/],
    ['an odd escape', '# escape=x\nFROM scratch\n', /Dockerfile:1:/],
    ['JSON within JSON', 'FROM scratch\nCMD ["a", ["b"]]\n', /Dockerfile:2:/],
    [
      'as many ports as can be',
      `FROM scratch\nEXPOSE ${'0-65535 '.repeat(8000)}\n`,
      /limit|more than|Dockerfile:2:/,
    ],
  ])('%s', async (_, text, message) => {
    bench.change({ Dockerfile: Buffer.from(text, 'latin1') });
    const before = performance.now();
    const { code, out, err } = await bench.build();
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(message);
    expect(performance.now() - before).toBeLessThan(10_000);
  });

  test('controls are shown escaped, wherever they are', async () => {
    const evil = '\u001b[31m\u202e\u0007';
    const lines = [
      `# ${evil}`,
      `FROM scratch AS a`,
      `LABEL a="${evil}"`,
      `ENV ${evil}=1`,
      `COPY <<E /${evil}`,
      evil,
      'E',
      `COPY no${evil} /`,
    ];
    for (const progress of ['plain', 'json', 'tty']) {
      bench.change({ Dockerfile: `${lines.join('\n')}\n` });
      const { code, out, err } = await bench.build('--progress', progress);
      expect(code).toBe(1);
      const shown = progress === 'tty' ? err.replaceAll(/\u001b\[(?:\d*A|J)/g, '') : err;
      expect(`${out}${shown}`).not.toMatch(/[\u001b\u202e\u0007]/);
    }
  });

  test('# syntax= is warned of or left alone, never fetched', async () => {
    const { code } = await buildOf(['# syntax=evil.invalid/x:1', 'FROM scratch', 'ENV A=1']);
    expect(code).toBe(0);
  });

  test('two stages of one name: the last one counts', async () => {
    const lines = [
      'FROM scratch AS a',
      'COPY f /1',
      'FROM scratch AS a',
      'COPY f /2',
      'FROM scratch',
      'COPY --from=a / /',
    ];
    bench.change({ Dockerfile: `${lines.join('\n')}\n` });
    expect(await bench.paths(await bench.id())).toEqual(['/2']);
  });
});

describe('nothing outside of the context', () => {
  const secret = bench.path('outside.txt');
  beforeAll(() => writeFileSync(secret, 'CANARY-outside'));

  test.each([
    ['above it', 'COPY ../outside.txt /x'],
    ['at the root', `COPY ${secret} /x`],
    ['by ADD', 'ADD ../../../../../../etc/passwd /x'],
    ['of the machine', 'COPY /etc/passwd /x'],
  ])('is copied from %s', async (_, line) => {
    const { code, err } = await buildOf(['FROM scratch', 'COPY f /f', line]);
    expect(code).toBe(1);
    expect(err).toMatch(/^phyllo: copy [^:]*: there is no such file or directory$/m);
  });

  test('is copied by a pattern', async () => {
    bench.change({ Dockerfile: 'FROM scratch\nCOPY f /f\nCOPY ../*.txt ../../../*/passwd /x/\n' });
    expect(await bench.paths(await bench.id())).toEqual(['/f']);
  });

  test('is copied through links', async () => {
    symlinkSync(secret, join(bench.context, 'link'));
    symlinkSync('/etc', join(bench.context, 'etc'));
    mkdirSync(join(bench.context, 'd'));
    symlinkSync(secret, join(bench.context, 'd', 'deep'));
    const direct = await buildOf(['FROM scratch', 'COPY link /x']);
    expect(direct.code).toBe(1);
    expect((await buildOf(['FROM scratch', 'COPY etc/passwd /x'])).code).toBe(1);
    bench.change({ Dockerfile: 'FROM scratch\nCOPY d /d\n' });
    const id = await bench.id();
    expect(await bench.out('tree', id)).toMatch(/^l.*\/d\/deep -> /m);
  });

  test('is written through links of an image or a stage', async () => {
    const target = bench.path('victim');
    mkdirSync(target);
    mkdirSync(join(bench.context, 'd'));
    symlinkSync(target, join(bench.context, 'd', 'out'));
    bench.change({ Dockerfile: 'FROM scratch\nCOPY d /\nCOPY f /out/f\nWORKDIR /out/w\n' });
    const id = await bench.id();
    expect(readdirSync(target)).toEqual([]);
    expect(await bench.paths(id)).toEqual(
      expect.arrayContaining([expect.stringContaining('victim/f')]) as string[],
    );
  });

  test('is named by a heredoc', async () => {
    bench.change({ Dockerfile: 'FROM scratch\nCOPY <<"../../x" /d/\ny\n../../x\n' });
    expect(await bench.paths(await bench.id())).toEqual(['/d/', '/d/x']);
    expect(existsSync(bench.path('x'))).toBe(false);
  });

  test('devices, pipes and sockets are left out and told of, without waiting for them', async () => {
    mkdirSync(join(bench.context, 'd'));
    execFileSync('mkfifo', [join(bench.context, 'd', 'pipe')]);
    bench.change({ Dockerfile: 'FROM scratch\nCOPY d /d\n', 'd/f': 'f' });
    const { code, err } = await bench.build();
    expect(code).toBe(0);
    expect(err).toMatch(/pipe/);
    expect(await bench.paths(await bench.id())).toEqual(['/d/', '/d/f']);
  });
});

describe.runIf(canRun('crun'))('nothing of the machine within RUN', { timeout: 60_000 }, () => {
  const linux = new BuildBench({ PHYLLO_ENGINE: 'linux' });
  beforeAll(() => linux.out('samples', 'make', 'cow-busybox'));
  afterAll(() => linux.remove());

  async function ran(
    files: Readonly<Record<string, string>>,
    ...args: readonly string[]
  ): ReturnType<BuildBench['build']> {
    linux.write(files);
    return linux.build('--progress', 'plain', '--no-cache', ...args);
  }

  test.each([
    ['id=../../../../x', '/c'],
    ['id=/etc', '/c'],
    ['source=../../../../etc', '/c'],
    ['source=..,id=x', '/c'],
    ['sharing=locked,id=\\u0000', '/c'],
  ])('a cache with %s is a folder of its own', async (options, target) => {
    const before = readdirSync(linux.folder).toSorted();
    const { code, err } = await ran({
      Dockerfile: `FROM phyllo/cow:busybox\nRUN --mount=type=cache,target=${target},${options} test ! -e ${target}/passwd && echo mine > ${target}/mine && ls ${target}\n`,
    });
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('mine') as string });
    expect(readdirSync(linux.folder).toSorted()).toEqual(before);
    expect(existsSync('/etc/mine')).toBe(false);
  });

  test('a bind mount is the context as .dockerignore leaves it; what is written there is dropped', async () => {
    const files = {
      Dockerfile:
        'FROM phyllo/cow:busybox\nRUN --mount=target=/ctx,rw ls -a /ctx > /list && echo no > /ctx/f && echo no > /ctx/new\n',
      '.dockerignore': 'hidden\n',
      hidden: 'h',
      f: 'yes',
    };
    expect((await ran(files, '-t', 'bound')).code).toBe(0);
    expect((await linux.out('cat', 'bound', '/list')).split('\n')).not.toContain('hidden');
    expect(readFileSync(join(linux.context, 'f'), 'utf8')).toBe('yes');
    expect(existsSync(join(linux.context, 'new'))).toBe(false);
    expect(await linux.paths('bound')).not.toContain('/ctx/f');
  });

  test('a bind mount of what links outside does not lead there', async () => {
    linux.write({ Dockerfile: 'FROM phyllo/cow:busybox\nRUN --mount=target=/ctx cat /ctx/link\n' });
    symlinkSync(join(linux.folder, 'outside'), join(linux.context, 'link'));
    writeFileSync(join(linux.folder, 'outside'), 'CANARY-linked');
    const { code, err } = await linux.build();
    expect(code).toBe(1);
    expect(err).not.toContain('CANARY-linked');
    linux.change({ Dockerfile: 'FROM phyllo/cow:busybox\nRUN --mount=source=link,target=/l cat /l\n' });
    expect((await linux.build()).err).not.toContain('CANARY-linked');
  });

  test('WORKDIR /proc/self/fd/3 leads nowhere', async () => {
    const { code, err } = await ran({
      Dockerfile: 'FROM phyllo/cow:busybox\nWORKDIR /proc/self/fd/3\nRUN ls ../../../../../../..; pwd\n',
    });
    expect(code).toBe(1);
    expect(err).toMatch(/chdir .*Not a directory/);
    expect(err).not.toMatch(/^#\d+ [\d.]+ (?:store|context)$/m);
    expect(await linux.out('ps', '-aq')).toBe('');
  });

  test('--security=insecure is refused', async () => {
    const { code, err } = await ran({ Dockerfile: 'FROM phyllo/cow:busybox\nRUN --security=insecure id\n' });
    expect(code).toBe(1);
    expect(err).toMatch(/--security=insecure is not allowed/);
  });

  test('a mount on / is refused', async () => {
    const { code, err } = await ran({
      Dockerfile: 'FROM phyllo/cow:busybox\nRUN --mount=type=tmpfs,target=/ id\n',
    });
    expect(code).toBe(1);
    expect(err).toMatch(/nothing can be mounted on/);
  });
});
