// Opens an image in a fresh process: layer list, trees, stack; with `exact` also the digest of every file.
import { env } from 'node:process';
import { composeServices } from '../../src/app/compose.ts';
import { type Answer, answer, childArguments } from './answer.ts';

export interface OpenAnswer extends Answer {
  /** Since the image was asked for. */
  readonly layersMs: number;
  readonly treesMs: number;
  readonly stackMs: number;
  readonly exactMs: number;
  readonly entries: number;
  readonly paths: number;
}

const { image, root, how } = childArguments('image', 'root', 'how');
const services = await composeServices({ env, root });
const start = performance.now();
const since = (): number => performance.now() - start;
const explored = await services.explore.open(image);
const layersMs = since();
const trees = await Promise.all(explored.trees);
const treesMs = since();
const stack = await explored.stack;
const stackMs = since();
if (how === 'exact') await explored.exact();
const exactMs = since();
const entries = trees.reduce((sum, { count }) => sum + count, 0);
answer({ layersMs, treesMs, stackMs, exactMs, entries, paths: stack.count });
await explored.close();
await services.close();
