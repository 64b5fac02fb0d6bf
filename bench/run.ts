// npm run bench: measures phyllo against the programs that one would otherwise use, and prints one table.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { arch, availableParallelism, cpus, loadavg, platform } from 'node:os';
import { join } from 'node:path';
import { argv, stderr, stdout, version } from 'node:process';
import { toPhylloError } from '../src/lib/errors.ts';
import { buildBench } from './benches/build.ts';
import { gzipBench, zstdBench } from './benches/layout.ts';
import { linkBench } from './benches/link.ts';
import { liveBench } from './benches/live.ts';
import { openBench } from './benches/open.ts';
import { registryBench } from './benches/registry.ts';
import { runBench } from './benches/run.ts';
import { startBench } from './benches/start.ts';
import { stepBench } from './benches/step.ts';
import { transferBench } from './benches/transfer.ts';
import { mergeBench, warmBench } from './benches/trees.ts';
import { viewBench } from './benches/view.ts';
import { bundleChildren } from './bundle.ts';
import { type InputImage, benchFolder, findInputs } from './image/inputs.ts';
import { type Options, USAGE, parseOptions } from './options.ts';
import { type Row, byteText, markdownTable } from './report.ts';
import type { Bench, Setting } from './setting.ts';
import { Tools } from './tools.ts';
import { writeSection } from './write-section.ts';

const BENCHES: readonly Bench[] = [
  openBench,
  gzipBench,
  zstdBench,
  warmBench,
  mergeBench,
  stepBench,
  viewBench,
  startBench,
  transferBench,
  registryBench,
  linkBench,
  liveBench,
  runBench,
  buildBench,
];

function note(text: string): void {
  stderr.write(`${text}\n`);
}

async function measureAll(options: Options, setting: Setting): Promise<Row[]> {
  const rows: Row[] = [];
  for (const bench of BENCHES) {
    if (options.only.length > 0 && !options.only.includes(bench.name)) continue;
    note(`bench ${bench.name}`);
    try {
      rows.push(...(await bench.run(setting)));
    } catch (error) {
      // One that cannot run must not take the figures of the others with it.
      note(`bench ${bench.name}: ${toPhylloError(error, 'run').message}`);
    }
  }
  return rows;
}

function machineText({ tools, inputs, rounds }: Setting): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const images = inputs.map(imageText).join(', ');
  const missing = tools.missing.length === 0 ? '' : ` Not installed: ${tools.missing.join(', ')}.`;
  const load = loadavg()[0]!.toFixed(1);
  return (
    `Node ${version}, ${platform()} ${arch()}, ${availableParallelism()} processors (${model}), load ${load}; ` +
    `images: ${images}; medians of ${rounds} interleaved rounds.${missing}`
  );
}

function imageText({ form, layers }: InputImage): string {
  const bytes = layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return `${form} ${byteText(bytes)} in ${layers.length} layers`;
}

async function run(options: Options): Promise<string> {
  const tools = new Tools();
  for (const tool of tools.missing) note(`${tool} is not installed: its rows are left out`);
  const inputs = await findInputs({ ...options, note });
  await mkdir(benchFolder(), { recursive: true, mode: 0o700 });
  const scratch = await mkdtemp(join(benchFolder(), 'run-'));
  const bundle = await bundleChildren();
  try {
    const setting = { inputs, tools, rounds: options.rounds, bundle, scratch, note };
    const rows = await measureAll(options, setting);
    return `${machineText(setting)}\n\n${markdownTable(rows)}`;
  } finally {
    await bundle.remove();
    await rm(scratch, { recursive: true, force: true });
  }
}

const options = parseOptions(argv.slice(2));
if (options.help) stdout.write(USAGE);
else {
  const text = await run(options);
  stdout.write(`${text}\n`);
  if (options.write !== undefined) await writeSection(options.write, text);
}
