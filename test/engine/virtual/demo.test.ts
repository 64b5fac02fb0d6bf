// The commands of the guided demonstration and of its sample image, run for real on the virtual engine.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LiveStack } from '../../../src/app/container-services.ts';
import { handOutput } from '../../../src/lib/hand-streams.ts';
import { SquashView } from '../../../src/tree/squash-view.ts';
import { COW_STEPS, fillIn, shellQuote } from '../../../src/tui/screens/demo/cow-steps.ts';
import { demoFiles } from '../../../src/tui/screens/demo/demo-files.ts';
import { type TestServices, servicesIn } from '../../support/image-services.ts';

const folder = mkdtempSync(join(tmpdir(), 'phyllo-virtual-demo-'));
let services: TestServices | undefined;
const ids: string[] = [];

beforeAll(async () => {
  services = await servicesIn(folder);
  const image = await services.samples.make('cow');
  for (let at = 0; at < 3; at++) {
    const shell = { command: ['/bin/sh'], entrypoint: [], tty: true, stdin: true };
    const id = await services.containers.create({ image, engine: 'virtual', network: 'none', ...shell });
    ids.push(id);
    await services.containers.start(id);
  }
}, 60_000);

afterAll(async () => {
  for (const id of ids) await services!.containers.remove(id, { force: true });
  await services!.close();
  rmSync(folder, { recursive: true, force: true });
});

async function run(id: string, command: readonly string[]): Promise<string> {
  const printed: Uint8Array[] = [];
  const keep = handOutput((bytes, done) => {
    printed.push(bytes);
    done();
  });
  const session = await services!.containers.exec(id, { command }, { stdout: keep, stderr: keep });
  const end = await session.ended;
  return `${Buffer.concat(printed).toString()}${JSON.stringify(end)}`;
}

async function live(id: string): Promise<LiveStack> {
  const opened = await services!.containers.open(id);
  try {
    return await opened.now;
  } finally {
    await opened.close();
  }
}

/** A line a change. */
async function changes(id: string): Promise<string[]> {
  return (await live(id)).changes.map(
    ({ kind, path, sizeBytes, changedBytes, because = '' }) =>
      `${kind} ${Buffer.from(path).toString()} ${sizeBytes} ${changedBytes} ${because}`,
  );
}

const LARGE = 8_000_000;
/** What each step leaves in the container's own layer. */
const EXPECTED: readonly (readonly RegExp[])[] = [
  [],
  [],
  [new RegExp(`^copy-up data/large.txt ${LARGE + 14} \\d{1,4} write$`)],
  [new RegExp(`^copy-up data/large.txt ${LARGE + 27} \\d{1,4} write$`)],
  [/large/, /^add hello-from-the-left 6 6 $/],
  [/large/, /^copy-up data\/small\/\d+.txt \d+ 0 metadata$/, /hello/],
  [/large/, /^copy-up data/, /^whiteout data\/small\/\d+.txt/, /hello/],
];

test('every step of the demonstration changes what its caption says', async () => {
  const [left, right] = ids as [string, string, string];
  const { stack } = await live(left);
  const files = demoFiles(new SquashView(stack))!;
  for (const [at, { run: step }] of COW_STEPS.entries()) {
    if (step === undefined) continue;
    const script = fillIn(step.script, files, shellQuote);
    const end = await run([left, right][step.side]!, ['/bin/sh', '-c', script]);
    expect(end).toMatch(/"exitCode":0/);
    const wanted = EXPECTED[at] ?? EXPECTED.at(-1)!;
    const found = await changes(left);
    expect(found).toHaveLength(wanted.length);
    for (const pattern of wanted) expect(found.join('\n')).toMatch(new RegExp(pattern, 'm'));
    expect(await changes(right)).toEqual([]);
  }
}, 120_000);

test.each([
  ['1-read', []],
  ['2-create', [/^add data\/new.txt/]],
  ['3-append', [/large.txt \d+ \d{1,4} write/, /new.txt/]],
  ['5-delete', [/large/, /new.txt/, /^whiteout data\/small\/1.txt/]],
  ['6-replace-directory', [/large/, /new.txt/, /^opaque data\/small/, /readme.txt/]],
])(
  'the script %s of the sample does what it says',
  async (script, wanted) => {
    const id = ids[2]!;
    expect(await run(id, [script])).toMatch(/"exitCode":0/);
    const found = await changes(id);
    expect(found).toHaveLength(wanted.length);
    for (const pattern of wanted) expect(found.join('\n')).toMatch(new RegExp(pattern, 'm'));
  },
  60_000,
);

test('the script 4-chmod of the sample copies every small file up', async () => {
  const id = ids[1]!;
  expect(await run(id, ['4-chmod'])).toMatch(/"exitCode":0/);
  const found = await changes(id);
  expect(found.filter((line) => /^copy-up data\/small\/\d+\.txt \d+ 0 metadata$/.test(line))).toHaveLength(
    100,
  );
}, 60_000);
