// Bundles the program into dist/: one file for the command line, parts that are loaded when they are needed (the
// terminal UI and React among them), and the index worker. Bundled files start twice as fast as their sources.
import { rm } from 'node:fs/promises';
import { build } from 'esbuild';
import { bundleOptions } from './bundle-options.ts';

await rm('dist', { recursive: true, force: true });
await build({
  ...bundleOptions,
  entryPoints: {
    cli: 'src/cli/run.ts',
    'index-worker': 'src/tree/index-worker.ts',
    agent: 'src/engine/linux/agent.ts',
    'shell-worker': 'src/engine/virtual/shell-worker.ts',
  },
  outdir: 'dist',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'linked',
});
