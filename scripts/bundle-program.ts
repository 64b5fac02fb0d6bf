// The whole program as bundles in one folder: the command line, the agent of containers and the workers, a file each; the
// terminal UI and React in parts that are loaded when they are needed.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Plugin, build } from 'esbuild';
import { bundleOptions, programOptions } from './bundle-options.ts';

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
    bundle.onResolve({ filter: /\/open-tui\.ts$/ }, ({ kind }) =>
      kind === 'entry-point' ? undefined : { path: './open-tui.mjs', external: true },
    );
  },
};

/** What starts it must not wait until it is loaded. */
const separateProgram: Plugin = {
  name: 'separate-program',
  setup(bundle) {
    bundle.onResolve({ filter: /^\.\/run\.ts$/ }, () => ({ path: './cli.cjs', external: true }));
  },
};

export async function bundleProgram(outdir: string): Promise<void> {
  const place = { absWorkingDir: repository, outdir, legalComments: 'linked' } as const;
  const small = { ...place, minifySyntax: true, minifyWhitespace: true };
  await Promise.all([
    build({ ...programOptions, ...small, entryPoints: { errors: 'src/lib/errors.ts' } }),
    build({
      ...programOptions,
      ...small,
      entryPoints: { cli: 'src/cli/run.ts' },
      plugins: [sharedErrors, separateUi],
    }),
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
        agent: 'src/engine/linux/agent.ts',
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
