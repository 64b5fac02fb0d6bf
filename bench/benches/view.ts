// Looking at files of the largest layer: the first has to wait for an inflated layer, the others are read by position.
import type { ViewAnswer } from '../children/view.ts';
import type { InputImage } from '../image/inputs.ts';
import { median, quantile, takeTurns } from '../measure.ts';
import { bytesAt, runChild, timeShell } from '../process.ts';
import { type Row, compareTimes, durationText, figureRow } from '../report.ts';
import { type Bench, type Setting, inputOf, largestLayer, withStore } from '../setting.ts';

async function views(setting: Setting, input: InputImage): Promise<Row[]> {
  const { tools } = setting;
  const layer = largestLayer(input);
  const answers: ViewAnswer[] = [];
  const name = 'first view';
  const floor = `\`${input.form} -dc\` of it`;
  const times = await takeTurns(setting.rounds, [
    {
      name,
      run: () =>
        withStore(setting, async (root) => {
          const args = [input.path, root, String(layer)];
          const answer = await runChild<ViewAnswer>(setting.bundle.pathOf('view'), args, { root });
          answers.push(answer);
          return answer.firstMs;
        }),
    },
    ...(input.form !== 'docker' && tools.has(input.form)
      ? [
          {
            name: floor,
            run: () => timeShell(`${bytesAt(input.layers[layer]!)} | ${input.form} -dc > /dev/null`),
          },
        ]
      : []),
  ]);
  const viewMs = answers.flatMap((answer) => answer.viewMs);
  const cold = `${input.form}: first file of the largest layer`;
  return [
    ...(times.has(floor) ? [compareTimes(times, { what: cold, product: name, floor })] : []),
    figureRow({
      what: `${input.form}: view of a file, p95`,
      value: quantile(viewMs, 0.95),
      unit: 'ms',
      beside: `median ${durationText(median(viewMs))}`,
      goal: 30,
    }),
  ];
}

async function run(setting: Setting): Promise<Row[]> {
  const rows: Row[] = [];
  for (const form of ['docker', 'gzip', 'zstd'] as const) {
    const input = inputOf(setting, form);
    if (input) rows.push(...(await views(setting, input)));
  }
  return rows;
}

export const viewBench: Bench = { name: 'view', run };
