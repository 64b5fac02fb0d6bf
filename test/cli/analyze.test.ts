// phyllo analyze: what it prints and writes, the gate and its exit codes, dive's flags.
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeArchive } from './archives.ts';
import { CliBench, type Ran } from './run-cli.ts';

const bench = new CliBench();
const image = bench.path('image.tar');
const clean = bench.path('clean.tar');

beforeAll(async () => {
  await writeArchive(image, {
    layers: [
      { 'etc/conf': 'one\n' },
      {
        'big/': {},
        'big/file': 'x'.repeat(50_000),
        'srv/': {},
        'srv/a\x1b[2J': 'y'.repeat(4000),
        'srv/b': 'z'.repeat(3000),
      },
      { 'srv/a\x1b[2J': { content: 'y'.repeat(4000), mode: 0o755 } },
      { '.wh.big': '' },
      { 'opt/b': 'z'.repeat(3000) },
    ],
    history: [
      { created_by: 'ADD rootfs /' },
      { created_by: 'ENV A=1', empty_layer: true },
      { created_by: 'COPY . / # buildkit' },
      { created_by: 'RUN /bin/sh -c chmod -R 755 /srv # buildkit' },
      { created_by: 'RUN /bin/sh -c rm -rf /big # buildkit' },
      { created_by: 'RUN /bin/sh -c cp /srv/b /opt # buildkit' },
    ],
  });
  await writeArchive(clean, { layers: [{ a: '1' }, { b: '22' }] });
});
afterAll(() => bench.remove());

function analyze(...args: readonly string[]): Promise<Ran> {
  return bench.run(['analyze', ...args]);
}

function written(name: string): string {
  return readFileSync(bench.path(name), 'utf8');
}

function file(name: string, text: string): string {
  writeFileSync(bench.path(name), text);
  return bench.path(name);
}

describe('for people', () => {
  test('tells what is dead, who killed it and what to change', async () => {
    const { code, out, err } = await analyze(image);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(
      /^5 layers, 64kB: 10kB visible, 54kB dead \(50kB deleted, 4kB metadata only; about .*, estimated\)$/m,
    );
    expect(out).toMatch(/^ +1 +54kB +0B +50kB +4kB +0B +3, 2 +0B +COPY \. \/$/m);
    expect(out).toMatch(/^ +3 +0B .* 50kB +RUN rm -rf \/big$/m);
    expect(out).toMatch(/^50kB +1 +deleted +1 +3 +\/big\/file$/m);
    expect(out).toContain(String.raw`/srv/a\x1b[2J`);
    expect(out).toMatch(/^ +3kB +2 +\/opt\/b \/srv\/b$/m);
    expect(out).toContain(
      '`RUN rm -rf /big` (layer 3) deletes 50 kB that `COPY . /` (layer 1) shipped (`/big`)',
    );
    expect(out).toContain('With all layers squashed: 10kB, 54kB less');
    expect(out).not.toContain('Gate');
  });

  test('an image that is in order', async () => {
    const { code, out } = await analyze(clean);
    expect(code).toBe(0);
    expect(out).toContain('2 layers, 3B: 3B visible, 0B dead\n');
    expect(out).not.toMatch(/dead bytes:|What to change|same content/);
  });

  test('what if', async () => {
    const { out } = await analyze('--squash', '1-2', '--without', '/srv', '--without', '/big', image);
    expect(out).toContain('With layers 1 to 2 squashed: 60kB, 4kB less\n');
    expect(out).toContain('Without these paths: 3kB, 61kB less\n');
  });

  test.each([
    [['--squash', '2-1'], 2, 'run analyze: --squash wants layers such as 0-4, not "2-1"'],
    [['--squash', '0-5'], 2, 'run analyze: --squash wants layers such as 0-4, not "0-5"'],
    [['--without', '/nowhere'], 1, 'analyze /nowhere: '],
  ])('%j cannot be', async (args, code, reason) => {
    const ran = await analyze(...args, image);
    expect({ code: ran.code, out: ran.out }).toEqual({ code, out: '' });
    expect(ran.err).toContain(reason);
  });
});

describe('--json', () => {
  test('prints, whichever side of the image it stands on', async () => {
    const before = await analyze('--json', image);
    expect(await analyze(image, '--json')).toEqual(before);
    expect(JSON.parse(before.out)).toMatchObject({
      schema: 'phyllo.analyze/1',
      size: 64_004,
      visible: 10_004,
      dead: { total: 54_000, deleted: 50_000, metadataOnly: 4000 },
      compat: { wastedBytes: 8000 },
    });
  });

  test.each([
    ['--json FILE IMAGE', (name: string) => ['--json', name, image]],
    ['IMAGE --json FILE', (name: string) => [image, '--json', name]],
    ['-j FILE IMAGE', (name: string) => ['-j', name, image]],
    ['IMAGE --json=FILE', (name: string) => [image, `--json=${name}`]],
  ])('%s writes a file, whole', async (_, args) => {
    const name = file('out.json', 'old '.repeat(50_000));
    const { code, out } = await analyze(...args(name));
    expect(code).toBe(0);
    expect(out).toContain('5 layers');
    expect(JSON.parse(written('out.json'))).toMatchObject({ schema: 'phyllo.analyze/1', size: 64_004 });
  });

  test('with --ci there is a verdict too', async () => {
    const printed = await analyze('--ci', '--json', image);
    expect(printed.code).toBe(1);
    expect(JSON.parse(printed.out)).toMatchObject({ gate: { status: 'fail' } });
    expect(printed.err).toContain('FAIL: lowestEfficiency');
    const toFile = await analyze('--ci', '--json', bench.path('gated.json'), image);
    expect(toFile.code).toBe(1);
    expect(toFile.out).toContain('FAIL: lowestEfficiency');
    expect(JSON.parse(written('gated.json'))).toMatchObject({ gate: { status: 'fail' } });
  });
});

describe('the gate', () => {
  test('passes what is in order, by default rules', async () => {
    const { code, out } = await analyze('--ci', clean);
    expect(code).toBe(0);
    expect(out).toMatch(/Gate:\n {2}PASS: lowestEfficiency\n {2}SKIP: highestWastedBytes: rule disabled\n/);
    expect(out).toMatch(/PASS: 2 passed, 0 failed, 1 skipped\n$/);
  });

  test('flags win over the file, the file over defaults', async () => {
    const rules = file(
      'rules.yml',
      'rules:\n  lowestEfficiency: 0.1\n  highestWastedBytes: 1kB\n  highestUserWastedPercent: off\n  plugin: x\n',
    );
    const byFile = await analyze('--ci', '--ci-config', rules, image);
    expect(byFile.code).toBe(1);
    expect(byFile.out).toContain('PASS: lowestEfficiency\n');
    expect(byFile.out).toContain(
      'FAIL: highestWastedBytes: too many bytes wasted (wasted-bytes=54000 > threshold=1000)',
    );
    expect(byFile.err).toContain('ignored what is no rule: plugin');
    const byFlag = await analyze('--ci', '--ci-config', rules, '--highestWastedBytes', '54kB', image);
    expect(byFlag.code).toBe(0);
  });

  test.each<[string, string[]]>([
    ['a value', ['--ci', '--lowestEfficiency', 'much', image]],
    ['a file', ['--ci', '--ci-config', file('bad.yml', 'rules: [a]\n'), image]],
    ['no file', ['--ci', '--ci-config', bench.path('absent.yml'), image]],
    ['a baseline', ['--baseline', file('bad.json', '{}'), image]],
  ])('%s that cannot be read is no verdict: exit code 2', async (_, args) => {
    expect((await analyze(...args)).code).toBe(2);
  });

  test.each<[string[], string]>([
    [['--lowestEfficiency', '1', image], '--lowestEfficiency counts only with --ci'],
    [['--ci-config', 'x', image], '--ci-config counts only with --ci'],
    [['--junit', 'x', image], '--junit needs a gate'],
    [[], 'the image is missing'],
    [['--json'], 'the image is missing'],
    [['a', 'b'], 'too many arguments'],
  ])('%j is wrong usage', async (args, reason) => {
    const { code, err } = await analyze(...args);
    expect(code).toBe(2);
    expect(err).toContain(reason);
  });

  test('a baseline fails on growth', async () => {
    await analyze('--json', bench.path('base.json'), image);
    expect((await analyze('--baseline', bench.path('base.json'), image)).code).toBe(0);
    const smaller = JSON.parse(written('base.json')) as { size: number; dead: { total: number } };
    smaller.dead.total -= 10;
    const grown = await analyze('--baseline', file('smaller.json', JSON.stringify(smaller)), image);
    expect(grown.code).toBe(1);
    expect(grown.out).toContain('PASS: highestGrowth\n');
    expect(grown.out).toContain('FAIL: highestWastedGrowth: grew by 10 bytes, from 53990 to 54000');
    const allowed = file(
      'growth.yml',
      'rules:\n  lowestEfficiency: off\n  highestUserWastedPercent: off\n  highestWastedGrowth: 10B\n',
    );
    expect(
      (await analyze('--ci', '--ci-config', allowed, '--baseline', bench.path('smaller.json'), image)).code,
    ).toBe(0);
  });

  test('what it found is written for other programs', async () => {
    const names = ['r.sarif', 'r.xml', 'r.md'].map((name) => bench.path(name));
    const { code } = await analyze(
      '--ci',
      '--sarif',
      names[0]!,
      '--junit',
      names[1]!,
      '--markdown',
      names[2]!,
      image,
    );
    expect(code).toBe(1);
    expect(JSON.parse(written('r.sarif'))).toMatchObject({ version: '2.1.0' });
    expect(written('r.xml')).toContain('<failure type="fail"');
    expect(written('r.md')).toMatch(/^## `.*image\.tar`: fail\n/);
    expect(written('r.md')).not.toContain('\x1b');
  });
});

describe('--compat dive', () => {
  test('prints the three figures and the files of dive', async () => {
    const { code, out } = await analyze('--compat', 'dive', image);
    expect(code).toBe(0);
    expect(out).toBe(
      [
        '  efficiency: 96.4914 %',
        '  wastedBytes: 8000 bytes (8.0 kB)',
        '  userWastedPercent: 12.5000 %',
        'Inefficient Files:',
        'Count  Wasted Space  File Path',
        String.raw`    2        8.0 kB  /srv/a\x1b[2J`,
        '',
      ].join('\n'),
    );
  });

  test('judges them, with --ci or CI=true', async () => {
    const { code, out } = await analyze('--compat', 'dive', '--ci', image);
    expect(code).toBe(1);
    expect(out).toMatch(/^ {2}Using default CI config\n/);
    expect(out).toMatch(
      /\nResults:\n {2}FAIL: highestUserWastedPercent: .*\n {2}SKIP: highestWastedBytes: rule disabled\n {2}PASS: lowestEfficiency\nResult:FAIL \[Total:3\] \[Passed:1\] \[Failed:1\] \[Warn:0\] \[Skipped:1\]\n$/,
    );
    const env = { CI: 'true' };
    expect(await bench.run(['analyze', '--compat', 'dive', image], { env })).toMatchObject({ code: 1, out });
    expect((await bench.run(['analyze', image], { env })).code).toBe(0);
    const passes = await analyze('--compat', 'dive', '--ci', '--highestUserWastedPercent', '0.125', image);
    expect(passes.code).toBe(0);
  });

  test('a bad value is exit code 1, as with dive', async () => {
    const { code, out } = await analyze('--compat', 'dive', '--ci', '--lowestEfficiency', '2', image);
    expect(code).toBe(1);
    expect(out).toMatch(/MISCONFIGURED: lowestEfficiency[^]*CI Misconfigured\n$/);
  });

  test('writes the JSON of dive, and judges all the same', async () => {
    const { code } = await analyze('--compat', 'dive', '--ci', '-j', bench.path('dive.json'), image);
    expect(code).toBe(1);
    const printed = await analyze('--compat', 'dive', '--json', image);
    expect(printed.out).toBe(`${written('dive.json')}\n`);
    expect(JSON.parse(printed.out)).toMatchObject({
      layer: [{ index: 0, command: 'ADD rootfs /', sizeBytes: 4 }, {}, {}, {}, {}],
      image: {
        inefficientBytes: 8000,
        fileReference: [{ count: 2, sizeBytes: 8000, file: '/srv/a\x1b[2J' }],
      },
    });
  });

  test('its forms of images are understood', async () => {
    for (const args of [
      [`docker-archive://${image}`],
      [`docker-tar://${image}`],
      ['--source', 'docker-archive', image],
    ])
      expect((await analyze('--compat', 'dive', ...args)).out).toContain('wastedBytes: 8000');
    expect((await analyze('-i', '--config', 'x', '--compat', 'dive', image)).code).toBe(0);
  });
});
