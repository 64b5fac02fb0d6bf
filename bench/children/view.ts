// Looking at files: the first one of a layer, which may have to be inflated for it, then many at random.
import { env } from 'node:process';
import { readText } from '../../src/analysis/text-content.ts';
import { composeServices } from '../../src/app/compose.ts';
import { NodeType } from '../../src/tree/layer-tree.ts';
import { type Answer, answer, childArguments } from './answer.ts';

export interface ViewAnswer extends Answer {
  readonly firstMs: number;
  readonly viewMs: readonly number[];
}

const VIEWS = 300;
const { image, root, layer: layerText } = childArguments('image', 'root', 'layer');
const layer = Number(layerText);
const services = await composeServices({ env, root });
const explored = await services.explore.open(image);
await explored.stack;
const tree = await explored.trees[layer]!;
const files = Array.from(tree.type.keys()).filter((node) => tree.type[node] === NodeType.file);

async function view(node: number): Promise<number> {
  const start = performance.now();
  await readText(await explored.content(layer, node));
  return performance.now() - start;
}

const firstMs = await view(files[files.length >> 1]!);
const viewMs: number[] = [];
for (let turn = 0; turn < VIEWS; turn++) viewMs.push(await view(files[(turn * 7919) % files.length]!));
answer({ firstMs, viewMs });
await explored.close();
await services.close();
