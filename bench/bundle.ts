// Bundles what is measured as the package is bundled: sources would spend half of their time on being loaded.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleOptions, programOptions } from '../scripts/bundle-options.ts';

const CHILDREN = {
  open: fileURLToPath(new URL('children/open.ts', import.meta.url)),
  hash: fileURLToPath(new URL('children/hash.ts', import.meta.url)),
  trees: fileURLToPath(new URL('children/trees.ts', import.meta.url)),
  step: fileURLToPath(new URL('children/step.ts', import.meta.url)),
  view: fileURLToPath(new URL('children/view.ts', import.meta.url)),
  transfer: fileURLToPath(new URL('children/transfer.ts', import.meta.url)),
  registry: fileURLToPath(new URL('children/registry.ts', import.meta.url)),
  link: fileURLToPath(new URL('children/link.ts', import.meta.url)),
  live: fileURLToPath(new URL('children/live.ts', import.meta.url)),
};
export type ChildName = keyof typeof CHILDREN;

export interface Bundle {
  pathOf(child: ChildName): string;
  remove(): Promise<void>;
}

/** Beside the packages of the repository: the optional native one is looked up from there. */
const cache = fileURLToPath(new URL('../node_modules/.cache/phyllo-bench/', import.meta.url));

export async function bundleChildren(): Promise<Bundle> {
  await mkdir(cache, { recursive: true });
  const directory = await mkdtemp(cache);
  await writeFile(join(directory, 'package.json'), '{"type":"module"}');
  await build({
    ...bundleOptions,
    entryPoints: CHILDREN,
    outdir: directory,
    minifySyntax: true,
    minifyWhitespace: true,
  });
  await build({
    ...programOptions,
    entryPoints: { 'index-worker': fileURLToPath(new URL('../src/tree/index-worker.ts', import.meta.url)) },
    outdir: directory,
  });
  return {
    pathOf: (child) => join(directory, `${child}.js`),
    remove: () => rm(directory, { recursive: true }),
  };
}
