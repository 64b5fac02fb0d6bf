// The rest of the program as a bundled script beside this one.
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
import { compiledFolder } from '../lib/compiled-code.ts';
import { runScript } from '../lib/script.ts';
import type { Program } from './load-run.ts';

/** Verbs that are called often: each has compiled code of its own. */
export const OFTEN: ReadonlySet<string> = new Set([
  'build',
  'diff',
  'exec',
  'history',
  'images',
  'inspect',
  'layers',
  'logs',
  'ps',
  'run',
  'start',
  'tree',
]);

export async function loadRun([verb = '']: readonly string[]): Promise<typeof Program> {
  const path = fileURLToPath(new URL('cli.script.js', import.meta.url));
  const place = { path, use: OFTEN.has(verb) ? verb : 'other', folder: compiledFolder() };
  return runScript(place, (specifier) => {
    // The terminal UI is made of modules: Node keeps what it compiles of those; where it cannot, it goes on without a word.
    enableCompileCache(compiledFolder());
    return import(specifier);
  });
}
