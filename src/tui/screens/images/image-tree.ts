// The store's images as a tree of shared layers grown from `scratch`: layers that several images begin with are drawn
// once. Runs of layers with no image and no fork between are one node. Pure.
import type { ImageLayerSummary, ImageSummary } from '../../../app/services.ts';

export interface TreeNode {
  /** Base first. */
  readonly layers: readonly ImageLayerSummary[];
  /** Images that end here. */
  readonly images: readonly ImageSummary[];
  readonly children: readonly TreeNode[];
}

interface Draft {
  readonly layer: ImageLayerSummary | undefined;
  readonly images: ImageSummary[];
  readonly children: Map<string, Draft>;
}

/** The children of `scratch`; images without layers end at the first node, which then has no layers. */
export function imageTree(images: readonly ImageSummary[]): TreeNode[] {
  const root: Draft = { layer: undefined, images: [], children: new Map() };
  for (const image of images) plant(root, image);
  const trees = [...root.children.values()].map(compress);
  return root.images.length === 0 ? trees : [{ layers: [], images: root.images, children: [] }, ...trees];
}

function plant(root: Draft, image: ImageSummary): void {
  let at = root;
  for (const layer of image.layers) {
    const next = at.children.get(layer.diffID) ?? { layer, images: [], children: new Map() };
    at.children.set(layer.diffID, next);
    at = next;
  }
  at.images.push(image);
}

function compress(start: Draft): TreeNode {
  const layers = [start.layer!];
  let at = start;
  while (at.images.length === 0 && at.children.size === 1) {
    at = at.children.values().next().value!;
    layers.push(at.layer!);
  }
  return { layers, images: at.images, children: [...at.children.values()].map(compress) };
}

export interface TreeLine {
  /** `├─ `, `│  ` … */
  readonly branch: string;
  readonly node: TreeNode;
  /** The image whose line this is; undefined for a line of layers. */
  readonly image: ImageSummary | undefined;
  readonly key: string;
  readonly collapsed: boolean;
}

/** Lines of the tree; a node's layers first, then each image that ends there, then what grows from it. */
export function treeLines(trees: readonly TreeNode[], isCollapsed: (key: string) => boolean): TreeLine[] {
  if (trees.length === 0) return [];
  const lines: TreeLine[] = [
    { branch: '', node: scratch(trees), image: undefined, key: SCRATCH, collapsed: false },
  ];
  const grow = (nodes: readonly TreeNode[], indent: string): void => {
    nodes.forEach((node, index) => {
      const isLast = index === nodes.length - 1;
      const key = nodeKey(node);
      const collapsed = isCollapsed(key);
      lines.push({ branch: `${indent}${isLast ? '└─' : '├─'} `, node, image: undefined, key, collapsed });
      if (collapsed) return;
      const below = `${indent}${isLast ? '   ' : '│  '}`;
      for (const image of node.images)
        lines.push({ branch: below, node, image, key: `${key} ${image.digest}`, collapsed });
      grow(node.children, below);
    });
  };
  grow(trees, '');
  return lines;
}

function nodeKey(node: TreeNode): string {
  return node.layers.at(-1)?.diffID ?? `${SCRATCH} itself`;
}

const SCRATCH = 'scratch';

/** What every image starts from. */
function scratch(children: readonly TreeNode[]): TreeNode {
  return { layers: [], images: [], children };
}

/** Images that have the node's layers. */
export function imagesAbove(node: TreeNode): number {
  return node.images.length + node.children.reduce((sum, child) => sum + imagesAbove(child), 0);
}
