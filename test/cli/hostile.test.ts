// Text that an image brings never steers a terminal: not from file names, tags, labels, history or errors.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeArchive } from './archives.ts';
import { CliBench, type Ran } from './run-cli.ts';

const bench = new CliBench();
const image = bench.path('evil.tar');
/** Clears the screen, sets the title, turns the direction, hides itself, breaks the line. */
const EVIL = '\x1b[2J\x1b]0;title\x07\x9b31m\u202e\u200b\ufeff\nforged line';
const latin1 = Buffer.from(EVIL).toString('latin1');

beforeAll(async () => {
  await writeArchive(image, {
    names: [`evil${EVIL}:1`, 'evil:1'],
    layers: [{ [`etc/${latin1}`]: 'x', link: { link: latin1 }, [`dir${latin1}/a`]: 'y' }],
    config: { Labels: { [EVIL]: EVIL }, Env: [`A=${EVIL}`], User: EVIL, WorkingDir: EVIL },
    history: [{ created: EVIL, created_by: `RUN ${EVIL}`, comment: EVIL, author: EVIL }],
  });
  await bench.out('load', '-i', image);
});
afterAll(() => bench.remove());

/** Everything but line feeds, which only our own lines may end with, and the characters of a UTF-8 text. */
// oxlint-disable-next-line no-irregular-whitespace
const STEERS = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/;

/** What of a run could fool a terminal or a reader. */
function unsafe({ out, err }: Ran): string[] {
  return [
    ...(out.match(STEERS) ?? []),
    ...(err.match(STEERS) ?? []),
    ...(`${out}${err}`.match(/^forged line/m) ?? []),
  ];
}

const RUNS: readonly (readonly string[])[] = [
  ['layers', image],
  ['layers', '--no-trunc', 'evil:1'],
  ['layers', '--json', image],
  ['tree', '--json', image],
  ['history', '--no-trunc', 'evil:1'],
  ['history', '--no-trunc', '--format', 'json', image],
  ['history', '--no-trunc', '-H=false', image],
  ['inspect', image],
  [
    'inspect',
    '--format',
    '{{.Config.Labels}} {{.Config.Env}} {{.Config.User}} {{.Comment}} {{.Created}}',
    image,
  ],
  ['inspect', '--format', '{{json .Config}} {{join .Config.Env "-"}} {{println .Config.User}}', image],
  ['inspect', '--format', '{{upper .Config.User}}', image],
  ['images'],
  ['images', '--format', 'json'],
  ['images', '--filter', `label=${EVIL}`],
  ['images', `${EVIL}`],
  ['cat', image, `/${EVIL}`],
  ['tree', '--path', EVIL, image],
  ['tree', '--regex', `(${EVIL}`, image],
  ['layers', EVIL],
  ['layers', `./${EVIL}`],
  ['layers', `docker-archive:${EVIL}`],
  ['images', '--filter', EVIL],
  ['images', '--format', `{{.${EVIL}}}`],
  ['images', `--${EVIL}`],
  ['tag', 'evil:1', EVIL],
  ['rmi', EVIL],
  ['load', '-i', EVIL],
  ['import', EVIL],
  ['samples', 'make', EVIL],
  ['completion', EVIL],
  ['system', EVIL],
  [EVIL],
  ['--debug', 'layers', EVIL],
];

function title(args: readonly string[]): string {
  return args.join(' ').replaceAll(EVIL, 'EVIL').replaceAll(image, 'IMAGE');
}

describe.each([
  ['plain', {}],
  ['on a terminal', { tty: { stdout: true, stderr: true } }],
] as const)('%s', (_, options) => {
  test.each(RUNS.map((args) => [title(args), args] as const))('%s', async (_title, args) => {
    expect(unsafe(await bench.run(args, options))).toEqual([]);
  });
});

test('the file tree shows hostile names escaped, one path a line', async () => {
  const ran = await bench.run(['tree', image]);
  expect(unsafe(ran)).toEqual([]);
  const paths = ran.out.trimEnd().split('\n');
  expect(paths.map((line) => line.slice(30)).sort()).toEqual(
    [
      '/etc/',
      '/etc/\\x1b[2J\\x1b]0;title\\x07\\x9b31m\\u202e\\u200b\\ufeff\\nforged line',
      '/dir\\x1b[2J\\x1b]0;title\\x07\\x9b31m\\u202e\\u200b\\ufeff\\nforged line/',
      '/dir\\x1b[2J\\x1b]0;title\\x07\\x9b31m\\u202e\\u200b\\ufeff\\nforged line/a',
      '/link -> \\x1b[2J\\x1b]0;title\\x07\\x9b31m\\u202e\\u200b\\ufeff\\nforged line',
    ].sort(),
  );
});

test('JSON keeps the very text, escaped as JSON does', async () => {
  const { entries } = (await bench.json('tree', '--json', image)) as { entries: { path: string }[] };
  expect(entries.map(({ path }) => path)).toContain(`/etc/${EVIL}`);
  const [document] = JSON.parse(await bench.out('inspect', image)) as { Config: { Labels: object } }[];
  expect(document?.Config.Labels).toEqual({ [EVIL]: EVIL });
});

test('a history that is no time is shown as none', async () => {
  expect(await bench.out('history', '--format', '{{.CreatedSince}} {{.CreatedAt}}', image)).toBe('N/A N/A\n');
});
