// Bundles the program into dist/: one file for the command line, parts that are loaded when they are needed (the
// terminal UI and React among them), and the index worker. Bundled files start twice as fast as their sources.
import { rm } from 'node:fs/promises';
import { build, type Plugin } from 'esbuild';

/** Ink offers its devtools only in development; the package is not there and must not be asked for. */
const withoutDevtools: Plugin = {
  name: 'without-devtools',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^react-devtools-core$/ }, ({ path }) => ({ path, namespace: 'without-devtools' }));
    onLoad({ filter: /.*/, namespace: 'without-devtools' }, () => ({ contents: 'export default {};' }));
  },
};

await rm('dist', { recursive: true, force: true });
await build({
  entryPoints: { cli: 'src/cli/run.ts', 'index-worker': 'src/tree/index-worker.ts' },
  outdir: 'dist',
  // Workers and samples are looked up beside the file that asks for them: every part has to lie in dist/ itself.
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.15',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'linked',
  define: { 'process.env.NODE_ENV': '"production"' },
  // Native and optional: asked for at run time, and done without where it is absent.
  external: ['koffi'],
  plugins: [withoutDevtools],
  banner: {
    js: "import { createRequire as phylloRequire } from 'node:module'; const require = phylloRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
