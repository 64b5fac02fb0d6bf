// Files that headers alone cannot tell apart: a layer wrote them again with the same size, mode, owner and time. There
// are few, so their contents are compared one by one, which spares hashing a whole archive for a count.
import { haveSameBytes } from '../analysis/same-content.ts';
import type { ExploredImage } from '../app/services.ts';
import { NodeFlag } from '../tree/layer-tree.ts';
import { Reason, type StackIndex } from '../tree/stack-index.ts';

/** How many changes of the layer turn out to be none. */
export async function countUnchanged(
  image: ExploredImage,
  stack: StackIndex,
  layer: number,
): Promise<number> {
  const { before, after, reason } = stack.changes(layer);
  let unchanged = 0;
  for (let at = 0; at < reason.length; at++) {
    if (reason[at] !== Reason.contentUnknown) continue;
    if (await isSameFile(image, stack, before[at]!, after[at]!)) unchanged++;
  }
  return unchanged;
}

export async function isSameFile(
  image: ExploredImage,
  stack: StackIndex,
  before: number,
  after: number,
): Promise<boolean> {
  const places = [stack.locate(before), stack.locate(after)];
  // A hard link into a lower layer is another inode than the file it replaces.
  if (places.some(({ tree, node }) => tree.has(node, NodeFlag.lowerTarget))) return false;
  const [old, young] = await Promise.all(places.map(({ layer, node }) => image.content(layer, node)));
  return haveSameBytes(old!, young!);
}
