// Opening an OCI layout with compressed layers that was never seen before: every byte inflated, verified and indexed,
// every file hashed.
import type { OpenAnswer } from '../children/open.ts';
import type { InputImage } from '../image/inputs.ts';
import { type Contender, takeTurns } from '../measure.ts';
import { bytesAt, timeShell } from '../process.ts';
import { type Row, compareTimes } from '../report.ts';
import { type Bench, type Setting, inputOf } from '../setting.ts';
import { memoryRow, openContender } from './open-contender.ts';

type Compression = 'gzip' | 'zstd';

interface Goals {
  /** Against inflating alone. */
  readonly inflate?: number;
  /** Against inflating and hashing. */
  readonly hash?: number;
}

const GOALS: Readonly<Record<Compression, Goals>> = { gzip: { inflate: 1 }, zstd: { hash: 1.2 } };

async function run(setting: Setting, compression: Compression): Promise<Row[]> {
  const input = inputOf(setting, compression);
  if (!input) return [];
  const { tools } = setting;
  const name = `${compression} layout, full index`;
  const pinnedName = `${name}, one processor`;
  const inflate = `\`${compression} -dc\``;
  const hash = `\`${compression} -dc | sha256sum\``;
  const answers: OpenAnswer[] = [];
  const pinned = tools.has('taskset');
  const times = await takeTurns(setting.rounds, [
    openContender(setting, { name, input, how: 'exact', answers }),
    ...(pinned
      ? [openContender(setting, { name: pinnedName, input, how: 'exact', pinned, answers: [] })]
      : []),
    ...floors(setting, input, compression, { inflate, hash }),
  ]);
  const row = (product: string, floor: string, goal?: number): Row[] =>
    times.has(floor) && times.has(product)
      ? [compareTimes(times, { what: product, product, floor, goal })]
      : [];
  const goals = GOALS[compression];
  return [
    ...row(name, inflate, goals.inflate),
    ...row(name, hash, goals.hash),
    ...row(pinnedName, inflate, goals.inflate),
    ...row(pinnedName, hash, goals.hash),
    memoryRow(name, input, answers),
  ];
}

function floors(
  { tools }: Setting,
  { layers }: InputImage,
  compression: Compression,
  names: Record<'inflate' | 'hash', string>,
): Contender[] {
  if (!tools.has(compression)) return [];
  const each = (sink: string): string =>
    layers.map((layer) => `${bytesAt(layer)} | ${compression} -dc ${sink}`).join('; ');
  const shell = (name: string, script: string): Contender => ({ name, run: () => timeShell(script) });
  return [
    shell(names.inflate, each('> /dev/null')),
    ...(tools.has('sha256sum') ? [shell(names.hash, each('| sha256sum'))] : []),
  ];
}

export const gzipBench: Bench = { name: 'gzip', run: (setting) => run(setting, 'gzip') };
export const zstdBench: Bench = { name: 'zstd', run: (setting) => run(setting, 'zstd') };
