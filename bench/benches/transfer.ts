// Into the store, out of it, and writing a layer.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TransferAnswer } from '../children/transfer.ts';
import type { InputImage } from '../image/inputs.ts';
import { type Contender, type Times, median, takeTurns } from '../measure.ts';
import { bytesAt, quoted, runChild, timeShell } from '../process.ts';
import { type Row, compareTimes } from '../report.ts';
import { type Bench, type Setting, inputOf, largestLayer, withStore } from '../setting.ts';

const LOAD = 'load docker-archive (verified, indexed, durable)';
const SAVE = 'save docker-archive';
const COPY = '`cp`';
/** What the programs do unless told otherwise, and so do we. */
const LEVELS = { gzip: 6, zstd: 3 } as const;
const WRITE_GOALS = { gzip: 0.9, zstd: 1.3 } as const;

async function move(setting: Setting, input: InputImage): Promise<Row[]> {
  const child = setting.bundle.pathOf('transfer');
  const output = join(setting.scratch, 'saved.tar');
  const transfer = async (verb: string, root: string): Promise<number> =>
    (await runChild<TransferAnswer>(child, [verb, input.path, output, root], { root })).wallMs;
  const { tools } = setting;
  const times = await withStore(setting, async (stored) => {
    await transfer('load', stored);
    return takeTurns(setting.rounds, [
      { name: LOAD, run: () => withStore(setting, (root) => transfer('load', root)) },
      { name: SAVE, run: () => transfer('save', stored) },
      ...(tools.has('cp')
        ? [{ name: COPY, run: () => timeShell(`cp ${quoted(input.path)} ${quoted(output)}`) }]
        : []),
    ]);
  });
  await rm(output, { force: true });
  const bytes = input.layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (!times.has(COPY)) return [];
  return [LOAD, SAVE].map((product) => speedRow(times, product, COPY, bytes));
}

async function write(setting: Setting, input: InputImage): Promise<Row[]> {
  const { tools, bundle, scratch } = setting;
  const layer = input.layers[largestLayer(input)]!;
  const output = join(scratch, 'layer');
  const contenders: Contender[] = (['gzip', 'zstd'] as const)
    .filter((name) => tools.has(name))
    .flatMap((name) => [
      {
        name: ours(name),
        run: async () => {
          const args = [name, layer.path, output, '', `${layer.offset}:${layer.sizeBytes}`];
          return (await runChild<TransferAnswer>(bundle.pathOf('transfer'), args)).wallMs;
        },
      },
      {
        name: theirs(name),
        run: () => timeShell(`${bytesAt(layer)} | ${name} -${LEVELS[name]} -c > ${quoted(output)}`),
      },
    ]);
  const times = await takeTurns(Math.min(3, setting.rounds), contenders);
  await rm(output, { force: true });
  return (['gzip', 'zstd'] as const)
    .filter((name) => tools.has(name))
    .map((name) => speedRow(times, ours(name), theirs(name), layer.sizeBytes, WRITE_GOALS[name]));
}

function ours(name: 'gzip' | 'zstd'): string {
  return `write a ${name} layer, both digests`;
}

function theirs(name: 'gzip' | 'zstd'): string {
  return `\`${name} -${LEVELS[name]}\``;
}

function speedRow(times: Times, product: string, floor: string, bytes: number, goal?: number): Row {
  const row = compareTimes(times, { what: product, product, floor, goal });
  const speed = Math.round(bytes / 1000 / median(times.get(product)!));
  return { ...row, measured: `${row.measured}, ${speed} MB/s` };
}

async function run(setting: Setting): Promise<Row[]> {
  const input = inputOf(setting, 'docker');
  if (!input) return [];
  return [...(await move(setting, input)), ...(await write(setting, input))];
}

export const transferBench: Bench = { name: 'transfer', run };
