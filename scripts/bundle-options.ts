// How the sources are bundled, for the program and for the scripts that run parts of it.
import type { BuildOptions, Plugin } from 'esbuild';

/** Ink offers its devtools only in development; the package is not there and must not be asked for. */
const withoutDevtools: Plugin = {
  name: 'without-devtools',
  setup(bundle) {
    bundle.onResolve({ filter: /^react-devtools-core$/ }, ({ path }) => ({
      path,
      namespace: 'without-devtools',
    }));
    bundle.onLoad({ filter: /.*/, namespace: 'without-devtools' }, () => ({
      contents: 'export default {};',
    }));
  },
};

export const bundleOptions = {
  // Workers and samples are looked up beside the file that asks for them: every part has to lie in one folder.
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.15',
  define: { 'process.env.NODE_ENV': '"production"' },
  // Native and optional: asked for at run time, and done without where it is absent.
  external: ['koffi'],
  plugins: [withoutDevtools],
  banner: {
    js: "import { createRequire as phylloRequire } from 'node:module'; const require = phylloRequire(import.meta.url);",
  },
  logLevel: 'warning',
} satisfies BuildOptions;
