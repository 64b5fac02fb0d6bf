// phyllo compare: two images, two prefixes of one, or an image and a container: layers, settings, packages, files.
import { type ComparedSide, compareStacks } from '../../analysis/compare.ts';
import type { ExploredContainer } from '../../app/container-services.ts';
import type { ExploredImage } from '../../app/services.ts';
import { diffLines, diffText, fileDiffs } from '../compare-diffs.ts';
import { type DocumentSide, comparisonLines } from '../compare-document.ts';
import { comparisonText } from '../compare-lines.ts';
import { containerConfig } from '../container-config.ts';
import type { Context } from '../context.ts';
import { layerOf, openStack } from '../opened-stack.ts';

interface CompareOptions {
  readonly content?: boolean;
  readonly uptoA?: number;
  readonly uptoB?: number;
  readonly json?: boolean;
  readonly platform?: string;
}

type Opened = ExploredImage | ExploredContainer;

interface Side extends DocumentSide {
  readonly image: Opened;
  readonly compared: ComparedSide;
}

export async function run(context: Context, args: readonly string[], options: CompareOptions): Promise<void> {
  const [nameA, nameB] = args as [string, string];
  const imageA = await openStack(context, nameA, options);
  const imageB = nameA === nameB ? imageA : await openStack(context, nameB, options);
  const a = await sideOf(context, imageA, '--upto-a', options.uptoA);
  const b = await sideOf(context, imageB, '--upto-b', options.uptoB);
  const comparison = await context.indexed(imageA, () =>
    compareStacks(a.compared, b.compared, { signal: context.signal }),
  );
  const { diffs, complete } = options.content
    ? await fileDiffs(comparison, imageA, imageB, context.signal)
    : { diffs: [], complete: true };
  if (options.json) {
    const texts = new Map(diffs.map((diff) => [diff.index, diffText(diff)]));
    return context.out.lines(comparisonLines(comparison, a, b, texts));
  }
  await context.out.lines(comparisonText(comparison, [nameA, nameB], context.colours));
  for (const diff of diffs) await context.out.lines(diffLines(comparison, diff, context.colours));
  if (!complete) await context.note('phyllo: more texts differ; only the first were compared');
}

async function sideOf(
  context: Context,
  image: Opened,
  option: string,
  wanted: number | undefined,
): Promise<Side> {
  const stack = await context.indexed(image, () => image.stack);
  const upto = layerOf('compare', option, stack, wanted);
  if (!('container' in image)) return { image, upto, compared: { image, upto } };
  const { container } = image;
  // A prefix of a container is what its image was, settings included.
  const isWhole = upto === stack.layerCount - 1;
  const config = isWhole ? containerConfig(container, image.config) : image.config;
  return {
    image,
    container,
    upto,
    compared: {
      upto,
      image: {
        stack: image.stack,
        config,
        layers: image.layers,
        exact: () => image.exact(),
        content: (layer, node) => image.content(layer, node),
      },
    },
  };
}
