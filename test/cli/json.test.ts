// docs/json.md, its examples and what phyllo prints: all three agree with the schemas.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { VERBS } from '../../src/cli/verbs.ts';
import { writeArchive } from './archives.ts';
import { CliBench } from './run-cli.ts';
import { SCHEMAS, problemsOf } from './schemas.ts';

const page = readFileSync(fileURLToPath(new URL('../../docs/json.md', import.meta.url)), 'utf8');
const examples = Array.from(
  page.matchAll(/^```json\n([^]*?)^```/gm),
  ([, text]) => JSON.parse(text!) as Record<string, unknown>,
);
const bench = new CliBench();

beforeAll(async () => {
  await bench.out('samples', 'make');
  await writeArchive(bench.path('odd.tar'), {
    layers: [
      [
        ['caf\xe9/', {}],
        ['caf\xe9/\\x', 'text'],
        ['dev/null', { type: 'char', device: [1, 3] }],
        ['pipe', { type: 'fifo' }],
        ['bin/su', { content: 'su', mode: 0o4755, xattrs: { 'user.note': 'hi' } }],
        ['bin/do', { type: 'hardlink', link: 'bin/su' }],
        ['link', { link: 'b\xe9' }],
        ['old', { content: '1', mtime: -1 }],
        ['young', { content: '1', mtime: 10 ** 13, nanos: 5 }],
      ],
      { 'bin/su': { content: 'SU', mode: 0o755 }, '.wh.pipe': '' },
    ],
  });
  await writeArchive(bench.path('none.tar'), { layers: [] });
});
afterAll(() => bench.remove());

describe('the page about JSON', () => {
  test('has an example of every schema', () => {
    expect(new Set(examples.map((example) => example['schema']))).toEqual(new Set(Object.keys(SCHEMAS)));
  });

  test.each(examples.map((example) => [String(example['schema']), example]))(
    'shows a right %s',
    (_, example) => {
      expect(problemsOf(example as Record<string, unknown>)).toEqual([]);
    },
  );

  test('has a section for every verb with --json', () => {
    const verbs = VERBS.filter(({ options }) => options?.some(({ flags }) => flags === '--json'));
    const sections = Array.from(page.matchAll(/^## (.*)$/gm), ([, title]) => title);
    expect(sections).toEqual(expect.arrayContaining(verbs.map(({ names }) => names[0])));
  });
});

describe('the output of', () => {
  const out = bench.path('out');
  const cases: readonly (readonly string[])[] = [
    ['layers', '--json', 'phyllo/tour'],
    ['layers', '--json', bench.path('odd.tar')],
    ['layers', '--json', bench.path('none.tar')],
    ['tree', '--json', 'phyllo/tour'],
    ['tree', '--json', '--layer', '8', 'phyllo/tour'],
    ['tree', '--json', '--upto', '0', '--sort', 'size', bench.path('odd.tar')],
    ['tree', '--json', '--layer', '1', bench.path('odd.tar')],
    ['tree', '--json', bench.path('none.tar')],
    ['analyze', '--json', 'phyllo/tour'],
    ['analyze', '--json', '--squash', '1-5', '--without', '/etc', 'phyllo/tour'],
    ['analyze', '--json', '--without', 'caf\\xe9', bench.path('odd.tar')],
    ['analyze', '--json', bench.path('none.tar')],
    ['blame', '--json', 'phyllo/tour', '/srv/app/bin/serve'],
    ['blame', '--json', bench.path('odd.tar'), 'caf\\xe9/\\\\x'],
    ['compare', '--json', 'phyllo/tour', 'phyllo/tour:slim'],
    ['compare', '--json', '--content', 'phyllo/tour', bench.path('odd.tar')],
    ['compare', '--json', bench.path('none.tar'), bench.path('odd.tar')],
    ['compare', '--json', '--upto-a', '0', bench.path('odd.tar'), bench.path('odd.tar')],
    ['extract', '--json', 'phyllo/tour', '/etc', out],
    ['samples', '--json'],
    ['system', 'check', '--json'],
    ['info', '--json'],
    ['version', '--json'],
  ];

  test.each(cases.map((args) => [args.join(' ').replaceAll(bench.folder, ''), args]))(
    '%s fits its schema',
    async (_, args) => {
      expect(problemsOf(await bench.json(...(args as string[])))).toEqual([]);
    },
  );

  test('tree is one entry a line', async () => {
    const lines = (await bench.out('tree', '--json', 'phyllo/tour')).trimEnd().split('\n').slice(1, -1);
    const entries = lines.map((line) => JSON.parse(line.replace(/,$/, '')) as { path: string });
    expect(entries.map(({ path }) => path)).toContain('/etc/os-release');
  });

  test('tree has the bytes of a name that is no text', async () => {
    const { entries } = (await bench.json('tree', '--json', bench.path('odd.tar'))) as {
      entries: { path: string; pathBase64?: string; linkname?: string; linknameBase64?: string }[];
    };
    const named = entries.find(({ path }) => path === '/caf\\xe9/\\\\x');
    expect(Buffer.from(named?.pathBase64 ?? '', 'base64').toString('latin1')).toBe('/caf\xe9/\\x');
    const link = entries.find(({ path }) => path === '/link');
    expect(Buffer.from(link?.linknameBase64 ?? '', 'base64').toString('latin1')).toBe('b\xe9');
    expect(link).not.toHaveProperty('pathBase64');
  });
});

test('a schema refuses what it does not know', () => {
  const [example] = examples.filter(({ schema }) => schema === 'phyllo.version/1');
  expect(problemsOf({ ...example, node: 24 })).toEqual(['phyllo.version/1.node is no text: 24']);
  expect(problemsOf({ ...example, extra: 1 })).toEqual(['phyllo.version/1.extra is unknown']);
  expect(problemsOf({ schema: 'phyllo.version/1' })).toContain('phyllo.version/1.os is missing');
});
