// Opening an image again, and merging its layers.
import type { OpenAnswer } from '../children/open.ts';
import type { TreesAnswer } from '../children/trees.ts';
import type { InputImage } from '../image/inputs.ts';
import { median, ratioOf } from '../measure.ts';
import { runChild } from '../process.ts';
import { type Row, compareTimes, durationText, factor, figureRow } from '../report.ts';
import { type Bench, type Setting, inputOf, withStore } from '../setting.ts';

const PER_100K = 100_000;

async function runTrees(setting: Setting, root: string, { path }: InputImage): Promise<TreesAnswer> {
  const rounds = String(Math.max(5, setting.rounds));
  return runChild<TreesAnswer>(setting.bundle.pathOf('trees'), [path, root, rounds], { root });
}

/** The first round finds nothing; those after it find the trees of the first. */
async function openAgain(setting: Setting, root: string, { path }: InputImage): Promise<OpenAnswer[]> {
  const answers: OpenAnswer[] = [];
  for (let round = 0; round <= setting.rounds; round++)
    answers.push(
      await runChild<OpenAnswer>(setting.bundle.pathOf('open'), [path, root, 'headers'], { root }),
    );
  return answers.slice(1);
}

async function warm(setting: Setting): Promise<Row[]> {
  const input = inputOf(setting, 'gzip', 'zstd', 'docker');
  if (!input) return [];
  return withStore(setting, async (root) => {
    const again = await openAgain(setting, root, input);
    const { entries, loadMs, jsonMs } = await runTrees(setting, root, input);
    const treesMs = median(again.map((answer) => answer.treesMs));
    const stackMs = median(again.map((answer) => answer.stackMs));
    const ratio = ratioOf(loadMs, jsonMs);
    return [
      figureRow({
        what: 'warm open, until all trees are there',
        value: (treesMs / entries) * PER_100K,
        unit: 'ms/100k',
        beside: `\`JSON.parse\` of the same: ${durationText((median(jsonMs) / entries) * PER_100K)}`,
        ratio: factor(treesMs / median(jsonMs)),
        goal: 20,
      }),
      figureRow({
        what: 'warm open, until they are merged',
        value: (stackMs / entries) * PER_100K,
        unit: 'ms/100k',
        beside: `${entries.toLocaleString('en')} entries: ${durationText(stackMs)}`,
      }),
      figureRow({
        what: 'trees, bytes to columns (checksum included)',
        value: (median(loadMs) / entries) * PER_100K,
        unit: 'ms/100k',
        beside: '`JSON.parse` of the same',
        ratio: `${factor(ratio.median)} (min ${factor(ratio.ofMinima)})`,
        goal: 20,
      }),
    ];
  });
}

async function merge(setting: Setting): Promise<Row[]> {
  const input = inputOf(setting, 'docker', 'gzip', 'zstd');
  if (!input) return [];
  const { entries, paths, mergeMs, objectsMs, analyzeMs, stackBytes } = await withStore(setting, (root) =>
    runTrees(setting, root, input),
  );
  const times = new Map([
    ['merge', mergeMs],
    ['objects', objectsMs],
  ]);
  const what = 'merge of all layers';
  return [
    compareTimes(times, { what, product: 'merge', floor: 'objects', floorLabel: 'objects in a Map' }),
    figureRow({
      what: 'everything about dead bytes: causes, blame, duplicates, advice',
      value: median(analyzeMs),
      unit: 'ms',
      beside: `${entries.toLocaleString('en')} entries in ${input.layers.length} layers`,
      goal: 1000,
    }),
    figureRow({
      what: `${what}, per entry`,
      value: (median(mergeMs) * 1000) / entries,
      unit: 'us/entry',
      beside: `${entries.toLocaleString('en')} entries`,
      goal: 1,
    }),
    figureRow({
      what: `${what}, memory`,
      value: stackBytes / paths,
      unit: 'B/node',
      beside: `${paths.toLocaleString('en')} paths`,
      goal: 80,
    }),
  ];
}

export const warmBench: Bench = { name: 'warm', run: warm };
export const mergeBench: Bench = { name: 'merge', run: merge };
