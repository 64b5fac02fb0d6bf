// Two stacks compared: images, prefixes of one image, an image and a container. Layers by diffID, files by their entries
// and where that leaves a doubt by their contents, settings, and packages by what their managers wrote down.
import type { ImageConfig } from '../oci/config.ts';
import type { Digest } from '../oci/digest.ts';
import type { FileContent } from '../tree/content.ts';
import { NodeFlag } from '../tree/layer-tree.ts';
import { SquashView } from '../tree/squash-view.ts';
import type { StackIndex } from '../tree/stack-index.ts';
import { type ConfigDifference, compareConfigs } from './compare-config.ts';
import { type FileComparison, compareFilesInSteps, decided, doubtsOf } from './compare-files.ts';
import { type PackageDifference, comparePackages } from './compare-packages.ts';
import { type ComparedBytes, comparedBytes, hasOtherContent } from './compared-bytes.ts';
import { type LayerMatch, matchLayers } from './match-layers.ts';
import { readPackages } from './read-packages.ts';
import { haveSameBytes } from './same-content.ts';

/** What an explored image has of this. */
export interface ComparedStack {
  readonly stack: Promise<StackIndex>;
  readonly config: Pick<ImageConfig, 'platform' | 'config'>;
  /** Sealed layers, base first; a container's own comes above them. */
  readonly layers: readonly { readonly diffID: Digest }[];
  exact(): Promise<StackIndex>;
  content(layer: number, node: number): Promise<FileContent>;
}

export interface ComparedSide {
  readonly image: ComparedStack;
  /** The last layer that counts; by default the last one there is. */
  readonly upto?: number;
}

export interface Comparison {
  readonly layers: LayerMatch;
  readonly config: readonly ConfigDifference[];
  readonly files: FileComparison;
  readonly bytes: ComparedBytes;
  readonly packages: readonly PackageDifference[];
  /** What could not be read, safe to show. */
  readonly notes: readonly string[];
}

export interface CompareOptions {
  readonly signal?: AbortSignal;
  /** Called in the middle of long work, for a thread that has other things to do in between. */
  readonly pause?: () => Promise<void>;
}

/**
 * Contents are read only of files of equal size whose digests are not known. A layer that both images claim to have is
 * taken as one: whether an image is what it claims is told by whoever verifies it. Throws what reading throws.
 */
export async function compareStacks(
  a: ComparedSide,
  b: ComparedSide,
  options: CompareOptions = {},
): Promise<Comparison> {
  const stacks = await Promise.all([a.image.stack, b.image.stack]);
  const layers = matchLayers(diffIDsOf(a, stacks[0]), diffIDsOf(b, stacks[1]));
  const first = await filesOf(stacks, [a, b], layers.bottom, options);
  const files = doubtsOf(first).length === 0 ? first : await exactFiles([a, b], layers.bottom, options);
  const packages = await packagesOf(files, [a, b], options);
  return {
    layers,
    config: compareConfigs(a.image.config, b.image.config),
    files,
    bytes: comparedBytes(files),
    ...packages,
  };
}

/** Of every layer that counts; a layer that is not sealed has none. */
function diffIDsOf({ image, upto }: ComparedSide, stack: StackIndex): (Digest | undefined)[] {
  const count = Math.min(stack.layerCount, (upto ?? stack.layerCount - 1) + 1);
  return Array.from({ length: count }, (_, layer) => image.layers[layer]?.diffID);
}

type Pair<Item> = readonly [Item, Item];

async function filesOf(
  stacks: Pair<StackIndex>,
  sides: Pair<ComparedSide>,
  bottom: number,
  options: CompareOptions,
): Promise<FileComparison> {
  const viewA = await viewOf(stacks[0], sides[0].upto, options);
  const viewB = await viewOf(stacks[1], sides[1].upto, options);
  const steps = compareFilesInSteps(viewA, viewB, bottom);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await breathe(options);
  }
}

async function viewOf(
  stack: StackIndex,
  upto: number | undefined,
  options: CompareOptions,
): Promise<SquashView> {
  const view = new SquashView(stack, -1);
  const last = Math.min(stack.layerCount - 1, upto ?? stack.layerCount - 1);
  for (let layer = 0; layer <= last; layer++) {
    view.moveTo(layer);
    await breathe(options);
  }
  return view;
}

async function breathe({ signal, pause }: CompareOptions): Promise<void> {
  signal?.throwIfAborted();
  await pause?.();
}

/** Digests decide; what has none (a container's own files) is read side by side. */
async function exactFiles(
  sides: Pair<ComparedSide>,
  bottom: number,
  options: CompareOptions,
): Promise<FileComparison> {
  const stacks = await Promise.all([sides[0].image.exact(), sides[1].image.exact()]);
  const files = await filesOf(stacks, sides, bottom, options);
  const same = new Set<number>();
  for (const index of doubtsOf(files)) {
    await breathe(options);
    const contents = await Promise.all([
      contentAt(sides[0], files.a, files.nodesA[index]!),
      contentAt(sides[1], files.b, files.nodesB[index]!),
    ]);
    if (await areSame(contents, options.signal)) same.add(index);
  }
  return decided(files, same);
}

/** Two that have none at all are the same as well. */
async function areSame([a, b]: Pair<FileContent | undefined>, signal?: AbortSignal): Promise<boolean> {
  return a && b ? haveSameBytes(a, b, signal) : a === b;
}

/** Undefined for a hard link to a file that is not there. */
async function contentAt(
  { image }: ComparedSide,
  { stack, version }: SquashView,
  node: number,
): Promise<FileContent | undefined> {
  const { layer, tree, node: entry } = stack.locateContent(version[node]!);
  return tree.has(entry, NodeFlag.lowerTarget) ? undefined : image.content(layer, entry);
}

/** Only files that differ are read: what both sides have counts for both. */
async function packagesOf(
  files: FileComparison,
  [a, b]: Pair<ComparedSide>,
  { signal }: CompareOptions,
): Promise<Pick<Comparison, 'packages' | 'notes'>> {
  const differs = (_: number, index: number): boolean => hasOtherContent(files, index);
  const left = await readPackages(
    files.a,
    files.nodesA.filter(differs),
    (layer, node) => a.image.content(layer, node),
    signal,
  );
  const right = await readPackages(
    files.b,
    files.nodesB.filter(differs),
    (layer, node) => b.image.content(layer, node),
    signal,
  );
  return {
    packages: comparePackages(left.packages, right.packages),
    notes: [...new Set([...left.notes, ...right.notes])],
  };
}
