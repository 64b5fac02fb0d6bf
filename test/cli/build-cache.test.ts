// What is built again and why, in words; and that the same thing gives the same image.
import { chmodSync, existsSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { canRun } from '../support/linux-engines.ts';
import { BuildBench, stepEvents } from './build-bench.ts';

const ID = /^sha256:[0-9a-f]{64}$/;

describe('without an engine', () => {
  const bench = new BuildBench();
  afterAll(() => bench.remove());

  const FILES = {
    Dockerfile: 'FROM scratch\nCOPY a.txt b.txt /d/\nWORKDIR /w\nCOPY <<E /e\nx\nE\nCOPY sub /s\nLABEL a=1\n',
    'a.txt': 'a',
    'b.txt': 'b',
    'sub/c.txt': 'c',
    other: 'o',
  };
  const CACHED = [
    'COPY a.txt b.txt /d/: cached',
    'WORKDIR /w: cached',
    'COPY <<E /e: cached',
    'COPY sub /s: cached',
  ];
  let id = '';
  beforeEach(async () => {
    bench.write(FILES);
    id = await bench.id();
  });

  test('nothing changed: all of it is cached, and the image is the same', async () => {
    expect(await bench.outcomes()).toEqual(CACHED);
    expect(await bench.id()).toBe(id);
  });

  test.each<[string, () => void]>([
    ['times', () => utimesSync(join(bench.context, 'a.txt'), 1, 1)],
    ['another file', () => bench.change({ other: 'changed' })],
    ['how it is written', () => bench.change({ Dockerfile: FILES.Dockerfile.replace('COPY a', 'copy   a') })],
    ['a comment', () => bench.change({ Dockerfile: `# hello\n${FILES.Dockerfile}` })],
    ['a label', () => bench.change({ Dockerfile: FILES.Dockerfile.replace('a=1', 'a=2') })],
    ['the mode of a directory that is copied', () => chmodSync(join(bench.context, 'sub'), 0o700)],
  ])('%s: a hit', async (_, change) => {
    change();
    expect((await bench.outcomes()).map((line) => line.split(': ')[1])).toEqual(Array(4).fill('cached'));
  });

  const changed = (from: string, to: string): (() => void) => {
    return () => bench.change({ Dockerfile: FILES.Dockerfile.replace(from, to) });
  };
  test.each<[string, () => void, string]>([
    ['content', () => bench.change({ 'b.txt': 'B' }), 'content of b.txt changed'],
    ['mode', () => chmodSync(join(bench.context, 'a.txt'), 0o600), 'content of a.txt changed'],
    ['a file less', changed('a.txt b.txt', 'a.txt'), 'content of b.txt is gone'],
    ['a file more', changed('a.txt b.txt', 'a.txt b.txt other'), 'content of other is new'],
    ['the destination', changed('/d/', '/dd/'), 'destination: /d/ → /dd/'],
    ['an owner', changed('COPY a', 'COPY --chown=1:2 a'), 'chown is new'],
    ['a mode', changed('COPY a', 'COPY --chmod=600 a'), 'chmod is new'],
    ['ADD', changed('COPY a', 'ADD a'), 'flags: COPY → ADD'],
  ])('%s of the first copy: a miss, and what stands on it follows', async (_, change, reason) => {
    change();
    const outcomes = await bench.outcomes();
    expect(outcomes.map((line) => line.slice(line.indexOf(': ') + 2))).toEqual([
      reason,
      'parent changed at step 2',
      'parent changed at step 2',
      'parent changed at step 2',
    ]);
  });

  test('content within a directory is told by its path there', async () => {
    bench.change({ 'sub/c.txt': 'C', 'sub/new.txt': 'n' });
    expect((await bench.outcomes()).at(-1)).toBe('COPY sub /s: content of sub/c.txt changed');
  });

  test('a heredoc’s text and a directory count', async () => {
    bench.change({ Dockerfile: FILES.Dockerfile.replace('\nx\n', '\ny\n') });
    expect((await bench.outcomes())[2]).toMatch(/^COPY <<E \/e: content of E changed$/);
    bench.change({ Dockerfile: FILES.Dockerfile.replace('/w', '/w2') });
    expect((await bench.outcomes())[1]).toBe('WORKDIR /w2: directory: /w → /w2');
  });

  test('--no-cache builds all of it', async () => {
    const outcomes = await bench.outcomes('--no-cache');
    expect(outcomes.map((line) => line.slice(line.indexOf(': ') + 2))).toEqual(
      Array(4).fill('the cache is off'),
    );
    expect(await bench.outcomes()).toEqual(CACHED);
  });

  test('another image of the same files: another image ID, and the files once', async () => {
    const again = await bench.id('--label', 'b=1');
    expect(again).not.toBe(id);
    const layers = async (image: string): Promise<unknown> => {
      const [document] = JSON.parse(await bench.out('inspect', image)) as [Record<string, unknown>];
      return document['RootFS'];
    };
    expect(await layers(again)).toEqual(await layers(id));
  });

  test('two at once of what was never built: both are good', async () => {
    bench.change({ 'a.txt': `${Date.now()}`, Dockerfile: FILES.Dockerfile });
    const ids = await Promise.all([1, 2, 3].map(() => bench.id()));
    expect(ids.every((each) => ID.test(each))).toBe(true);
    const last = await bench.id();
    expect(await bench.id()).toBe(last);
    for (const each of ids) expect(await bench.out('cat', each, '/d/b.txt')).toBe('b');
    expect(await bench.out('cat', last, '/d/b.txt')).toBe('b');
    await bench.out('system', 'check');
  });
});

describe('stages', () => {
  const bench = new BuildBench();
  afterAll(() => bench.remove());
  const FILES = {
    Dockerfile:
      'FROM scratch AS src\nCOPY a.txt /out\nCOPY b.txt /log\nFROM scratch AS other\nCOPY b.txt /\nFROM scratch\nCOPY --from=src /out /\nCOPY --from=other /b.txt /b\n',
    'a.txt': 'a',
    'b.txt': 'b',
  };
  beforeEach(async () => {
    bench.write(FILES);
    await bench.id();
  });

  test('a copy from a stage that was built anew to the same bytes is a hit', async () => {
    bench.change({ Dockerfile: FILES.Dockerfile.replace('COPY b.txt /log', 'COPY b.txt /log2') });
    expect(await bench.outcomes()).toContain('COPY --from=src /out /: cached');
  });

  test('a copy from a stage tells which file changed', async () => {
    bench.change({ 'a.txt': 'A' });
    expect(await bench.outcomes()).toContain('COPY --from=src /out /: content of out changed');
  });

  test('--no-cache-filter builds the stages that it names', async () => {
    const outcomes = await bench.outcomes('--no-cache-filter', 'src,none');
    expect(outcomes.filter((line) => line.endsWith(': the cache is off'))).toEqual([
      'COPY a.txt /out: the cache is off',
      'COPY b.txt /log: the cache is off',
    ]);
    expect(await bench.outcomes('--no-cache-filter', '')).toEqual(
      expect.not.arrayContaining([expect.stringContaining('the cache is off')]),
    );
  });
});

describe('builder prune', () => {
  const bench = new BuildBench();
  afterAll(() => bench.remove());

  test('forgets what was built; images stay, and can be built again', async () => {
    bench.write({
      Dockerfile: 'FROM scratch AS a\nCOPY a.txt /1\nFROM a AS b\nCOPY a.txt /2\n',
      'a.txt': 'a',
    });
    const id = await bench.id('--target', 'a', '-t', 'kept');
    await bench.out('build', bench.context);
    const unnamed = await bench.id();
    await bench.out('rmi', unnamed);
    const ran = await bench.run(['build', 'prune']);
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(ran.out).toMatch(/^Forgot 2 steps\nTotal reclaimed space: [\d.]+ ?k?B\n$/);
    expect(existsSync(join(bench.root, 'build', 'records'))).toBe(false);
    expect(await bench.out('cat', 'kept', '/1')).toBe('a');
    expect(await bench.out('builder', 'prune', '-f')).toMatch(/^Forgot 0 steps\n/);
    expect(await bench.outcomes('--target', 'a')).toEqual(['COPY a.txt /1: not built before']);
    expect((await bench.id('--target', 'a')) === id).toBe(false);
    await bench.out('system', 'check');
  });

  test('what is in use by no image stays in the store until then', async () => {
    bench.write({ Dockerfile: 'FROM scratch\nCOPY a.txt /x\n', 'a.txt': 'only for the cache' });
    await bench.out('rmi', await bench.id());
    expect(await bench.outcomes()).toEqual(['COPY a.txt /x: cached']);
  });

  test('a layer that somebody took away is built again', async () => {
    bench.write({ Dockerfile: 'FROM scratch\nCOPY a.txt /y\n', 'a.txt': 'to be taken away' });
    await bench.out('rmi', await bench.id());
    const blobs = join(bench.root, 'blobs', 'sha256');
    for (const name of readdirSync(blobs)) rmSync(join(blobs, name), { force: true });
    expect(await bench.outcomes()).toEqual(['COPY a.txt /y: its layer is not in the store any more']);
    expect(await bench.outcomes()).toEqual(['COPY a.txt /y: cached']);
  });
});

describe('SOURCE_DATE_EPOCH', () => {
  const bench = new BuildBench();
  afterAll(() => bench.remove());
  const EPOCH = '1000000000';
  const TIME = '2001-09-09T01:46:40Z';

  async function times(id: string): Promise<readonly string[]> {
    const rows = await bench.out('history', '--no-trunc', '--format', '{{.CreatedAt}}', id);
    return rows.trim().split('\n');
  }

  beforeEach(() => {
    bench.write({ Dockerfile: 'FROM scratch\nCOPY a.txt /\nWORKDIR /w\nENV A=1\n', 'a.txt': 'a' });
  });

  test('makes the same image in two stores at two times', async () => {
    const first = await bench.id('--build-arg', `SOURCE_DATE_EPOCH=${EPOCH}`, '--no-cache');
    const second = await bench.id('--build-arg', `SOURCE_DATE_EPOCH=${EPOCH}`, '--no-cache');
    expect(second).toBe(first);
    const [document] = JSON.parse(await bench.out('inspect', first)) as [{ Created: string }];
    expect(Date.parse(document.Created)).toBe(Date.parse(TIME));
    expect(new Set(await times(first)).size).toBe(1);
  });

  test('dates an image without a layer', async () => {
    bench.change({ Dockerfile: 'FROM scratch\nENV A=1\n' });
    const id = await bench.id('--build-arg', `SOURCE_DATE_EPOCH=${EPOCH}`);
    const [document] = JSON.parse(await bench.out('inspect', id)) as [{ Created: string }];
    expect(Date.parse(document.Created)).toBe(Date.parse(TIME));
  });

  test('may be an ARG above FROM', async () => {
    const given = await bench.id('--build-arg', `SOURCE_DATE_EPOCH=${EPOCH}`);
    bench.change({
      Dockerfile: `ARG SOURCE_DATE_EPOCH=${EPOCH}\nFROM scratch\nCOPY a.txt /\nWORKDIR /w\nENV A=1\n`,
    });
    expect(await bench.id()).toBe(given);
  });

  test('of the environment is a build argument', async () => {
    bench.change({ Dockerfile: 'FROM scratch\nARG SOURCE_DATE_EPOCH\nLABEL e=$SOURCE_DATE_EPOCH\n' });
    const { out } = await bench.run(['build', '-q', bench.context], { env: { SOURCE_DATE_EPOCH: EPOCH } });
    expect((await bench.config(out.trim()))['Labels']).toEqual({ e: EPOCH });
  });

  test('comes from the environment, too', async () => {
    const args = ['build', '-q', bench.context];
    const { out } = await bench.run(args, { env: { SOURCE_DATE_EPOCH: EPOCH } });
    expect(out.trim()).toBe(await bench.id('--build-arg', `SOURCE_DATE_EPOCH=${EPOCH}`));
  });

  test('that is no number is refused', async () => {
    expect(await bench.build('--build-arg', 'SOURCE_DATE_EPOCH=soon')).toMatchObject({
      code: 2,
      err: expect.stringContaining('SOURCE_DATE_EPOCH') as string,
    });
  });
});

const ENGINES = [
  { engine: 'virtual', image: 'phyllo/cow', sample: 'cow', runs: true },
  { engine: 'linux', image: 'phyllo/cow:busybox', sample: 'cow-busybox', runs: canRun('crun') },
] as const;

for (const { engine, image, sample, runs } of ENGINES) {
  describe.runIf(runs)(`RUN with the ${engine} engine`, () => {
    const bench = new BuildBench({ PHYLLO_ENGINE: engine });
    beforeAll(() => bench.out('samples', 'make', sample));
    afterAll(() => bench.remove());
    const RUN = 'RUN echo $V > /v';

    function dockerfile(...lines: readonly string[]): void {
      bench.write({ Dockerfile: [`FROM ${image}`, ...lines, ''].join('\n'), f: 'f' });
    }

    test('its layer has what it wrote, and its history says so', async () => {
      dockerfile('ARG V=1', 'ENV E=2', 'RUN echo $V$E > /v', 'CMD ["x"]');
      const id = await bench.id();
      expect(await bench.out('cat', id, '/v')).toBe('12\n');
      expect((await bench.history(id)).slice(-4)).toEqual([
        'ARG V=1',
        'ENV E=2',
        'RUN |1 V=1 /bin/sh -c echo $V$E > /v # buildkit',
        'CMD ["x"]',
      ]);
      expect(await bench.id()).toBe(id);
      expect(await bench.out('ps', '-aq')).toBe('');
    });

    test.each([
      ['a build argument', ['ARG V=0', RUN], ['ARG V=2', RUN], 'build-arg V: 0 → 2'],
      ['a variable', ['ENV V=0', RUN], ['ENV V=1', RUN], 'env V: 0 → 1'],
      ['a variable more', ['USER 0', 'RUN true more'], ['ENV V=1', 'RUN true more'], 'env V is new'],
      ['a user', ['USER 0', RUN], ['USER 0:0', RUN], 'user: 0 → 0:0'],
      [
        'a blank',
        ['USER 0', 'RUN true a'],
        ['USER 0', 'RUN true  a'],
        'command: ["/bin/sh","-c","true a"] → ["/bin/sh","-c","true  a"]',
      ],
      [
        'the shell',
        ['USER 0', 'RUN true'],
        ['SHELL ["/bin/sh", "-ec"]', 'RUN true'],
        'command: ["/bin/sh","-c","true"] → ["/bin/sh","-ec","true"]',
      ],
      ['an order', ['ENV A=1 B=2', RUN], ['ENV B=2 A=1', RUN], 'order: env A → env B'],
    ])('%s that changed is the reason', async (_, before, after, reason) => {
      dockerfile(...before);
      await bench.id('--no-cache');
      dockerfile(...after);
      expect(await bench.outcomes()).toEqual([`${after.at(-1)!.replaceAll('  ', ' ')}: ${reason}`]);
    });

    test('a build argument of the command line is the reason, and what nothing declares is none', async () => {
      const outcomes = (...args: readonly string[]): Promise<readonly string[]> =>
        bench.outcomes(...args.flatMap((arg) => ['--build-arg', arg]));
      dockerfile('ARG V=a', 'RUN true args');
      await outcomes('V=1');
      expect(await outcomes('V=2')).toEqual(['RUN true args: build-arg V: 1 → 2']);
      expect(await outcomes('V=2', 'X=1')).toEqual(['RUN true args: cached']);
      expect(await outcomes('V=2', 'HTTP_PROXY=x')).toEqual(['RUN true args: cached']);
    });

    test('a secret build argument that changed is told without its values', async () => {
      dockerfile('ARG API_TOKEN', 'RUN true token');
      await bench.id('--build-arg', 'API_TOKEN=first');
      const outcomes = await bench.outcomes('--build-arg', 'API_TOKEN=second');
      expect(outcomes).toEqual(['RUN true token: build-arg API_TOKEN changed']);
    });

    test('a step that comes in between does not hide the reason of those behind it', async () => {
      dockerfile('RUN echo first > /1', 'RUN echo second > /2');
      await bench.id();
      dockerfile('ENV NEW=1', 'RUN echo first > /1', 'RUN echo second > /2');
      expect((await bench.outcomes())[0]).toBe('RUN echo first > /1: env NEW is new');
    });

    test('of a copy above that changed, the step is told', async () => {
      dockerfile('COPY f /f', 'RUN true after');
      await bench.id();
      bench.change({ f: 'changed' });
      expect(await bench.outcomes()).toEqual([
        'COPY f /f: content of f changed',
        'RUN true after: parent changed at step 2',
      ]);
    });

    test('a step that fails is not remembered, and tells how it ended', async () => {
      dockerfile('RUN echo told; echo wrong >&2; exit 7');
      for (let round = 0; round < 2; round++) {
        const { code, out, err } = await bench.build('--progress', 'json');
        expect(code).toBe(1);
        const failed = stepEvents(out).at(-1)!;
        expect(failed).toMatchObject({
          status: 'failed',
          error: expect.stringMatching(/exit code 7$/) as string,
        });
        expect(err).toContain('exit code 7');
        for (const [stream, text] of [
          ['stdout', 'told'],
          ['stderr', 'wrong'],
        ])
          expect(out).toContain(`"stream":"${stream}","text":"${text}"`);
      }
      expect(await bench.out('ps', '-aq')).toBe('');
    });
  });
}

describe.runIf(canRun('crun'))('--cache-from', () => {
  const bench = new BuildBench({ PHYLLO_ENGINE: 'linux' });
  beforeAll(() => bench.out('samples', 'make', 'cow-busybox'));
  afterAll(() => bench.remove());

  /** An image called `before`, whose steps nobody remembers any more. */
  async function before(lines: readonly string[], ...args: readonly string[]): Promise<string> {
    bench.write({ Dockerfile: `FROM phyllo/cow:busybox\n${lines.join('\n')}\n` });
    const id = await bench.id('-t', 'before', ...args);
    await bench.out('build', 'prune');
    return id;
  }

  function change(lines: readonly string[]): void {
    bench.write({ Dockerfile: `FROM phyllo/cow:busybox\n${lines.join('\n')}\n` });
  }

  test('takes the same steps from an image', async () => {
    await before(['ENV A=1', 'RUN date > /when', 'WORKDIR /w', 'RUN true']);
    const when = await bench.out('cat', 'before', '/when');
    expect(await bench.outcomes('--cache-from', 'before')).toEqual([
      'RUN date > /when: cached',
      'WORKDIR /w: cached',
      'RUN true: cached',
    ]);
    expect(await bench.out('cat', await bench.id('--cache-from', 'before'), '/when')).toBe(when);
  });

  test.each([
    [
      'another script in a heredoc',
      ['RUN <<E', '#!/bin/sh', 'echo 1 > /v', 'E'],
      ['RUN <<E', '#!/bin/sh', 'echo 2 > /v', 'E'],
      [],
    ],
    [
      'another value of a secret argument',
      ['ARG API_TOKEN', 'RUN echo $API_TOKEN > /v'],
      ['ARG API_TOKEN', 'RUN echo $API_TOKEN > /v'],
      ['--build-arg', 'API_TOKEN=2'],
    ],
    [
      'other words of the same text',
      ['RUN ["sh", "-c", "echo 1 > /v", "x y"]', 'RUN ["sh", "-c", "echo 2 > /v; true", "x y"]'],
      ['RUN ["sh", "-c", "echo 1 > /v", "x y"]', 'RUN ["sh", "-c", "echo 2 > /v; true", "x", "y"]'],
      [],
    ],
  ])('takes nothing for %s', async (_, lines, changed, args) => {
    const given = args.length === 0 ? [] : ['--build-arg', 'API_TOKEN=1'];
    await before(lines, ...given);
    change(changed);
    const outcomes = await bench.outcomes('--cache-from', 'before', ...args);
    expect(outcomes.at(-1)).not.toMatch(/: cached$/);
    expect(await bench.out('cat', await bench.id(...args), '/v')).toBe('2\n');
  });
});

test.runIf(canRun('crun'))(
  'what a simulated engine made is never taken for what a real one would',
  async () => {
    const bench = new BuildBench();
    try {
      await bench.out('samples', 'make', 'cow-busybox');
      bench.write({ Dockerfile: 'FROM phyllo/cow:busybox\nRUN echo made > /v\n' });
      const [real, simulated] = [await bench.id('--engine', 'linux'), await bench.id('--engine', 'virtual')];
      expect(real).not.toBe(simulated);
      expect(await bench.outcomes('--engine', 'virtual')).toEqual(['RUN echo made > /v: cached']);
      bench.change({ Dockerfile: 'FROM phyllo/cow:busybox\nRUN echo more > /v\n' });
      await bench.id('--engine', 'virtual');
      expect(await bench.outcomes('--engine', 'linux')).toEqual([
        'RUN echo more > /v: engine: simulated → real',
      ]);
    } finally {
      bench.remove();
    }
  },
);
