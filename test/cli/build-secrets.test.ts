// Secrets of a build are where they are wanted and nowhere else: not in the image, its history, the records, our output.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canRun } from '../support/linux-engines.ts';
import { BuildBench } from './build-bench.ts';

/** In two parts, so that no text of ours has it as a whole. */
const CANARY = ['CANARY', 'f00dcafe'].join('-');

/** Files of a folder that hold a text, however deep. */
function filesWith(folder: string, text: string): readonly string[] {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(text));
}

function stepFolders(): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('phyllo-build-'));
}

const ENGINES = [
  { engine: 'virtual', image: 'phyllo/cow', sample: 'cow', runs: true },
  { engine: 'linux', image: 'phyllo/cow:busybox', sample: 'cow-busybox', runs: canRun('crun') },
] as const;

for (const { engine, image, sample, runs } of ENGINES) {
  describe.runIf(runs)(`build arguments that are called like secrets, ${engine} engine`, () => {
    const bench = new BuildBench({ PHYLLO_ENGINE: engine });
    const given = ['--build-arg', `API_TOKEN=${CANARY}`];
    beforeAll(async () => {
      await bench.out('samples', 'make', sample);
      bench.write({
        Dockerfile: `FROM ${image}\nARG API_TOKEN\nARG DB_PASSWORD=${CANARY}\nRUN test "$API_TOKEN" = "$DB_PASSWORD" && echo fine > /fine\nLABEL a=b\n`,
      });
    });
    afterAll(() => bench.remove());

    test.each(['plain', 'json', 'tty', 'quiet'])(
      'are seen by RUN and not told, with %s progress',
      async (progress) => {
        const { code, out, err } = await bench.build(...given, '--progress', progress, '-t', 'built');
        expect(code).toBe(0);
        // A line of the Dockerfile may be shown as it is; the value of the command line never.
        expect(`${out}${err}`.replaceAll(`ARG DB_PASSWORD=${CANARY}`, '')).not.toContain(CANARY);
        expect(await bench.out('cat', 'built', '/fine')).toBe('fine\n');
      },
    );

    test('are masked in the history', async () => {
      const id = await bench.id(...given);
      const history = await bench.history(id);
      expect(history.slice(-4)).toEqual([
        'ARG API_TOKEN=***',
        'ARG DB_PASSWORD=***',
        'RUN |2 API_TOKEN=*** DB_PASSWORD=*** /bin/sh -c test "$API_TOKEN" = "$DB_PASSWORD" && echo fine > /fine # buildkit',
        'LABEL a=b',
      ]);
      expect(await bench.out('inspect', id)).not.toContain(CANARY);
    });

    test('are nowhere in the store', () => {
      expect(filesWith(bench.root, CANARY)).toEqual([]);
    });

    test('another value is built again, and one is not told from the other', async () => {
      const outcomes = await bench.outcomes('--build-arg', 'API_TOKEN=x', '--build-arg', 'DB_PASSWORD=x');
      expect(outcomes).toEqual([expect.stringMatching(/: build-arg (?:API_TOKEN|DB_PASSWORD) changed$/)]);
      expect(await bench.outcomes('--build-arg', 'API_TOKEN=x', '--build-arg', 'DB_PASSWORD=x')).toEqual([
        expect.stringMatching(/: cached$/),
      ]);
    });
  });
}

describe.runIf(canRun('crun'))('secrets that are mounted', { timeout: 60_000 }, () => {
  const bench = new BuildBench({ PHYLLO_ENGINE: 'linux' });
  const file = bench.path('the-secret');
  beforeAll(async () => {
    await bench.out('samples', 'make', 'cow-busybox');
    writeFileSync(file, CANARY);
  });
  afterAll(() => bench.remove());

  function run(...lines: readonly string[]): void {
    bench.write({ Dockerfile: ['FROM phyllo/cow:busybox', ...lines, ''].join('\n') });
  }
  test('are there while the step runs, and nowhere afterwards', async () => {
    const before = stepFolders();
    // The shell joins it: the Dockerfile has no such text.
    const wanted = CANARY.replace('-', '-""');
    run(`RUN --mount=type=secret,id=s test "$(cat /run/secrets/s)" = ${wanted} && echo fine > /fine`);
    const { code, out, err } = await bench.build(
      '--secret',
      `id=s,src=${file}`,
      '-t',
      'secret:1',
      '--progress',
      'plain',
    );
    expect({ code, err }).toEqual({ code: 0, err: expect.not.stringContaining(CANARY) as string });
    expect(out).not.toContain(CANARY);
    expect(await bench.paths('secret:1')).toContain('/fine');
    expect(await bench.paths('secret:1')).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/secrets/)]),
    );
    expect(filesWith(bench.root, CANARY)).toEqual([]);
    expect(stepFolders().filter((name) => !before.includes(name))).toEqual([]);
  });

  test('are files for their owner alone, and variables where that is asked for', async () => {
    run(
      'RUN --mount=type=secret,id=s stat -c %a:%u:%g /run/secrets/s > /modes',
      'RUN --mount=type=secret,id=s,mode=0440,uid=7,gid=8,target=/x stat -c %a:%u:%g /x >> /modes',
      'RUN --mount=type=secret,id=s,env=FROM_SECRET echo ${#FROM_SECRET} >> /modes; test ! -e /run/secrets/s',
    );
    expect((await bench.build('--secret', `id=s,src=${file}`, '-t', 'modes')).code).toBe(0);
    expect(await bench.out('cat', 'modes', '/modes')).toBe(`400:0:0\n440:7:8\n${CANARY.length}\n`);
    expect(filesWith(bench.root, CANARY)).toEqual([]);
  });

  test('come from variables, too', async () => {
    run('RUN --mount=type=secret,id=s,required wc -c < /run/secrets/s > /length');
    const args = ['build', '--secret', 'id=s,env=MINE', '-t', 'length', bench.context];
    expect((await bench.run(args, { env: { MINE: CANARY } })).code).toBe(0);
    expect(await bench.out('cat', 'length', '/length')).toBe(`${CANARY.length}\n`);
  });

  test('that changed build nothing again', async () => {
    run('RUN --mount=type=secret,id=s true same');
    await bench.id('--secret', `id=s,src=${file}`);
    const other = bench.path('other-secret');
    writeFileSync(other, 'other');
    expect(await bench.outcomes('--secret', `id=s,src=${other}`)).toEqual([
      'RUN --mount=type=secret,id=s true same: cached',
    ]);
  });

  test('that a step prints are its own doing, and still in no file of ours', async () => {
    run('RUN --mount=type=secret,id=s cat /run/secrets/s; exit 1');
    expect((await bench.build('--secret', `id=s,src=${file}`)).code).toBe(1);
    expect(filesWith(bench.root, CANARY)).toEqual([]);
    expect(await bench.out('ps', '-aq')).toBe('');
  });

  test('that are absent are left out, or missed where they are required', async () => {
    run('RUN --mount=type=secret,id=s test ! -e /run/secrets/s');
    expect((await bench.build()).code).toBe(0);
    run('RUN --mount=type=secret,id=s,required true');
    const { code, err } = await bench.build();
    expect(code).toBe(1);
    expect(err).toMatch(
      /Dockerfile:2:1: .*secret "s" was not given\n.*\n.*\nGive it with --secret id=s,src=FILE\./,
    );
  });

  test('whose file is not there are told by name', async () => {
    run('RUN --mount=type=secret,id=s true nofile');
    const { code, err } = await bench.build('--secret', 'id=s,src=/no/such/file');
    expect(code).toBe(1);
    expect(err).toMatch(/read secret s: no such file or directory/);
  });

  test('that are too large are refused', async () => {
    run('RUN --mount=type=secret,id=s true large');
    const large = bench.path('large-secret');
    writeFileSync(large, Buffer.alloc(600 * 1024));
    const { code, err } = await bench.build('--secret', `id=s,src=${large}`);
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(/read secret s: .*(?:more|larger) than/) as string,
    });
  });
});
