// The whole program as bundles in one folder: the command line, the agent of containers and the workers, a file each; the
// terminal UI and React in parts that are loaded when they are needed.
import { createHash } from 'node:crypto';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, type Plugin, build } from 'esbuild';
import { WRAPPER } from '../src/lib/script.ts';
import { bundleOptions, programOptions, scriptOptions } from './bundle-options.ts';

const repository = fileURLToPath(new URL('../', import.meta.url));

/** The command line and the terminal UI pass errors to each other: there has to be one class of them. */
const sharedErrors: Plugin = {
  name: 'shared-errors',
  setup(bundle) {
    bundle.onResolve({ filter: /\/errors\.ts$/ }, ({ path, resolveDir, kind }) => {
      const isShared =
        kind !== 'entry-point' && join(resolveDir, path) === join(repository, 'src/lib/errors.ts');
      return isShared ? { path: './errors.cjs', external: true } : undefined;
    });
  },
};

/** It is bundled on its own, and loaded only by what opens a screen. */
const separateUi: Plugin = {
  name: 'separate-ui',
  setup(bundle) {
    const namespace = 'separate-ui';
    bundle.onResolve({ filter: /\/open-tui\.ts$/ }, ({ path }) => ({ path, namespace }));
    bundle.onLoad({ filter: /.*/, namespace }, () => ({
      contents:
        "export const openTui = async (...given) => (await phylloImport('./open-tui.mjs')).openTui(...given);",
    }));
  },
};

/** What starts it must not wait until it is loaded. */
const separateProgram: Plugin = {
  name: 'separate-program',
  setup(bundle) {
    bundle.onResolve({ filter: /^\.\/load-run\.ts$/ }, ({ resolveDir }) => ({
      path: join(resolveDir, 'load-run-script.ts'),
    }));
  },
};

async function buildScript(
  options: BuildOptions,
  outdir: string,
  name: string,
  entry: string,
): Promise<void> {
  await build({ ...options, entryPoints: { [name]: entry } });
  const path = join(outdir, `${name}.script.js`);
  const hash = createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
    .slice(0, WRAPPER.hashLength);
  await appendFile(path, WRAPPER.hash(hash));
}

export async function bundleProgram(outdir: string): Promise<void> {
  const place = { absWorkingDir: repository, outdir, legalComments: 'linked' } as const;
  const small = { ...place, minifySyntax: true, minifyWhitespace: true };
  await Promise.all([
    build({ ...programOptions, ...small, entryPoints: { errors: 'src/lib/errors.ts' } }),
    buildScript(
      { ...scriptOptions, ...small, plugins: [sharedErrors, separateUi] },
      outdir,
      'cli',
      'src/cli/run.ts',
    ),
    buildScript({ ...scriptOptions, ...small }, outdir, 'agent', 'src/engine/linux/agent.ts'),
    build({
      ...programOptions,
      ...small,
      entryPoints: { start: 'src/cli/start.ts' },
      plugins: [sharedErrors, separateProgram],
    }),
    build({
      ...programOptions,
      ...small,
      entryPoints: {
        agent: 'src/engine/linux/agent-script.ts',
        'analysis-worker': 'src/app/analysis-worker.ts',
        'index-worker': 'src/tree/index-worker.ts',
        'shell-worker': 'src/engine/virtual/shell-worker.ts',
      },
    }),
    build({
      ...bundleOptions,
      ...small,
      entryPoints: { 'open-tui': 'src/cli/open-tui.ts' },
      outExtension: { '.js': '.mjs' },
      plugins: [...bundleOptions.plugins, sharedErrors],
    }),
  ]);
}
