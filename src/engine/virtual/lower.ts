// The image below a virtual container: its merged layers as names and metadata, contents read when they are asked for.
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InflatedLayers } from '../../layer/seek.ts';
import { toPhylloError } from '../../lib/errors.ts';
import { writeAtomically } from '../../lib/files.ts';
import type { Digest } from '../../oci/digest.ts';
import type { BlobLocation } from '../../oci/image.ts';
import { readColumnFile, writeColumnFile } from '../../tree/column-file.ts';
import { type FileContent, openContent } from '../../tree/content.ts';
import { LayerTree } from '../../tree/layer-tree.ts';
import { SquashView } from '../../tree/squash-view.ts';
import { StackIndex } from '../../tree/stack-index.ts';

export interface Lower {
  readonly stack: StackIndex;
  readonly view: SquashView;
  /** Content of a regular file's version. */
  content(version: number): Promise<FileContent>;
}

/** Content of the file that `layer`'s tree has at `node`. */
export type OpenFile = (layer: number, node: number) => Promise<FileContent>;

/** `upto` is the newest layer that shows; default all. */
export function lowerOf(stack: StackIndex, open: OpenFile, upto?: number): Lower {
  return {
    stack,
    view: new SquashView(stack, upto),
    content: async (version) => {
      const { layer, node } = stack.locateContent(version);
      return open(layer, node);
    },
  };
}

export interface LowerSource {
  readonly stack: StackIndex;
  readonly diffIDs: readonly Digest[];
  locateLayer(index: number): Promise<BlobLocation>;
}

interface LowerFacts {
  readonly diffIDs: readonly Digest[];
  readonly layers: readonly BlobLocation[];
}

/** Writes what another process needs to open it: names and metadata; contents stay where they are. */
export async function saveLower(directory: string, source: LowerSource): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const layers = await Promise.all(source.stack.trees.map((_, index) => source.locateLayer(index)));
  await Promise.all(
    source.stack.trees.map((tree, index) => writeColumnFile(treePath(directory, index), tree.columns.seal())),
  );
  await writeColumnFile(join(directory, 'stack'), source.stack.columns.seal());
  const facts: LowerFacts = { diffIDs: source.diffIDs, layers };
  await writeAtomically(join(directory, 'layers.json'), JSON.stringify(facts));
}

/** `inflated` is the directory of the cache of inflated layers. */
export async function loadLower(directory: string, inflated: InflatedLayers): Promise<Lower> {
  try {
    const facts = JSON.parse(await readFile(join(directory, 'layers.json'), 'utf8')) as LowerFacts;
    const trees = await Promise.all(
      facts.layers.map(async (_, index) =>
        LayerTree.from(await readColumnFile(treePath(directory, index)), true),
      ),
    );
    const stack = StackIndex.from(trees, await readColumnFile(join(directory, 'stack')), true);
    return lowerOf(stack, async (layer, node) =>
      openContent(await inflated.open(facts.layers[layer]!, facts.diffIDs[layer]!), trees[layer]!, node),
    );
  } catch (error) {
    throw toPhylloError(error, 'open the container: read its image');
  }
}

function treePath(directory: string, index: number): string {
  return join(directory, `${index}.tree`);
}
