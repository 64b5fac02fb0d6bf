// Files of an image that a demonstration may work on: large ones that nothing needs to run.
import { isUtf8 } from '../../../lib/text.ts';
import { NodeType } from '../../../tree/layer-tree.ts';
import type { SquashView } from '../../../tree/squash-view.ts';
import { ABSENT } from '../../../tree/stack-index.ts';
import type { DemoFiles } from './cow-steps.ts';

/** Programs and libraries are in use, and engines lay files of their own over some names. */
const UNFIT =
  /^(?:dev|proc|sys|run|tmp|lib\w*|usr\/lib\w*)\/|^etc\/(?:hosts|hostname|resolv\.conf|passwd|group)$/;
const EXECUTABLE = 0o111;
const WANTED = 3;

/** Undefined when the image has fewer than three such files. */
export function demoFiles({ stack, version }: SquashView): DemoFiles | undefined {
  let best: { readonly path: string; readonly sizeBytes: number }[] = [];
  for (let node = 1; node < stack.count; node++) {
    if (version[node] === ABSENT) continue;
    const { tree, node: entry } = stack.locateContent(version[node]!);
    const sizeBytes = tree.sizeBytes[entry]!;
    if (tree.type[entry] !== NodeType.file || (tree.mode[entry]! & EXECUTABLE) !== 0) continue;
    if (best.length === WANTED && sizeBytes <= best.at(-1)!.sizeBytes) continue;
    const bytes = stack.pathBytes(node);
    const path = new TextDecoder().decode(bytes);
    if (!isUtf8(bytes) || UNFIT.test(path)) continue;
    best = [...best, { path: `/${path}`, sizeBytes }]
      .sort((a, b) => b.sizeBytes - a.sizeBytes)
      .slice(0, WANTED);
  }
  const [large, second, third] = best.map(({ path }) => path);
  return large && second && third ? { large, second, third } : undefined;
}
