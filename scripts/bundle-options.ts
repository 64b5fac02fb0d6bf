// How the sources are bundled, for the program and for the scripts that run parts of it.
import { readFile } from 'node:fs/promises';
import type { BuildOptions, Plugin } from 'esbuild';
import { WRAPPER } from '../src/lib/script.ts';

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

/** Yoga fetches its own bytes from a data URL where there is `fetch`: that loads all of Node's HTTP client. */
const withoutFetch: Plugin = {
  name: 'without-fetch',
  setup(bundle) {
    bundle.onLoad({ filter: /yoga-wasm-base64-esm\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll('typeof fetch', 'typeof undefined'),
    }));
  },
};

const common = {
  bundle: true,
  platform: 'node',
  target: 'node22.15',
  // Native and optional: asked for at run time, and done without where it is absent.
  external: ['koffi', '@lydell/node-pty', '@mongodb-js/zstd', 'node-liblzma', 'cpu-features'],
  logLevel: 'warning',
} satisfies BuildOptions;

/** Modules that are loaded part by part: what takes React, which awaits at its top level. */
export const bundleOptions = {
  ...common,
  // Workers and samples are looked up beside the file that asks for them: every part has to lie in one folder.
  chunkNames: '[name]-[hash]',
  splitting: true,
  format: 'esm',
  define: { 'process.env.NODE_ENV': '"production"' },
  plugins: [withoutFetch, withoutDevtools],
  banner: {
    js: "import { createRequire as phylloRequire } from 'node:module'; const require = phylloRequire(import.meta.url);",
  },
} satisfies BuildOptions;

const OWN_URL = "const phylloUrl = require('node:url').pathToFileURL(__filename).href;";

/**
 * A program in one file: Node takes a millisecond or two for each file that it loads, and what is imported late is still
 * run late, with the parts of Node that it needs.
 */
export const programOptions = {
  ...common,
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  define: { 'process.env.NODE_ENV': '"production"', 'import.meta.url': 'phylloUrl' },
  banner: { js: OWN_URL },
} satisfies BuildOptions;

/** A program that is run by src/lib/script.ts. */
export const scriptOptions = {
  ...programOptions,
  outExtension: { '.js': '.script.js' },
  banner: { js: `${WRAPPER.before}${OWN_URL}` },
  footer: { js: WRAPPER.after },
} satisfies BuildOptions;
