// Imports a module that leads to JSX: bundled into a temporary folder below node_modules, where its packages are found.
import { rmSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { bundleOptions } from './bundle-options.ts';
import { bundleProgram } from './bundle-program.ts';

export async function loadBundled<Module>(entry: string): Promise<Module> {
  const home = resolve('node_modules/.cache/phyllo', String(process.pid));
  const folder = join(home, 'dist');
  await mkdir(folder, { recursive: true });
  // The program finds its samples beside its bundle.
  await symlink(resolve('samples'), join(home, 'samples'));
  try {
    await build({
      ...bundleOptions,
      entryPoints: { entry },
      outdir: folder,
      external: [...bundleOptions.external, '@xterm/headless'],
    });
    // For the workers and agents, which the services look for beside it.
    await bundleProgram(folder);
    return (await import(pathToFileURL(join(folder, 'entry.js')).href)) as Module;
  } finally {
    process.on('exit', () => rmSync(home, { recursive: true, force: true }));
  }
}
