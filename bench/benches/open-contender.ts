// A fresh process with an empty store that opens an image, as one of those that are timed in turns.
import type { OpenAnswer } from '../children/open.ts';
import type { InputImage } from '../image/inputs.ts';
import { type Contender } from '../measure.ts';
import { runChild } from '../process.ts';
import { type Row, byteText, factor, figureRow } from '../report.ts';
import { type Setting, largestLayer, withStore } from '../setting.ts';

export interface OpenRun {
  readonly name: string;
  readonly input: InputImage;
  readonly how: 'headers' | 'exact';
  readonly pinned?: boolean;
  /** Filled with what the processes tell. */
  readonly answers: OpenAnswer[];
}

export function openContender(setting: Setting, { name, input, how, pinned, answers }: OpenRun): Contender {
  const path = setting.bundle.pathOf('open');
  return {
    name,
    run: () =>
      withStore(setting, async (root) => {
        const answer = await runChild<OpenAnswer>(path, [input.path, root, how], { root, pinned });
        answers.push(answer);
        return answer.wallMs;
      }),
  };
}

/** The most memory that any of them took, beside the largest layer, which is never held whole. */
export function memoryRow(what: string, input: InputImage, answers: readonly OpenAnswer[]): Row {
  const value = Math.max(...answers.map(({ maxRssBytes }) => maxRssBytes));
  const { sizeBytes } = input.layers[largestLayer(input)]!;
  return figureRow({
    what: `${what}: peak memory`,
    value,
    unit: 'bytes',
    beside: `the largest layer: ${byteText(sizeBytes)}`,
    ratio: factor(value / sizeBytes),
  });
}
