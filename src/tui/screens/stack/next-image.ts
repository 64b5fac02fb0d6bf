// Another image in the place of the one that a stack shows: it is read while the old one stays, and paths keep what was
// done to them.
import type { ExploredImage } from '../../../app/services.ts';
import { parseQuery } from '../../../tree/search.ts';
import { FilesPane } from './files.ts';
import { type Turns, preparedView } from './in-turns.ts';
import { LayersPane } from './layers.ts';
import type { StackScreen } from './stack-screen.ts';

export interface NextImage {
  readonly layers: LayersPane;
  readonly files: FilesPane;
}

/** Undefined when it was over before the end. Rejects with the error of the layer that cannot be read. */
export async function nextImage(
  { layers: shown, files: before, search }: StackScreen,
  image: ExploredImage,
  turns: Turns,
): Promise<NextImage | undefined> {
  const [stack, trees] = await Promise.all([image.stack, Promise.all(image.trees)]);
  const layers = new LayersPane(image, shown);
  trees.forEach((tree, layer) => (layers.trees[layer] = tree));
  layers.refresh();
  const view = await preparedView(stack, layers.upto, turns);
  if (!view) return undefined;
  const matches = await matchesOf(image, search.problem === undefined ? search.text : undefined);
  const layer = layers.selectedLayer ?? -1;
  return { layers, files: new FilesPane(view, before && { before, matches, layer }) };
}

async function matchesOf(image: ExploredImage, text: string | undefined): Promise<Int32Array | undefined> {
  if (text === undefined) return undefined;
  try {
    return await image.search(parseQuery(text));
  } catch {
    // What is wrong with a filter was told when it was typed.
    return undefined;
  }
}
