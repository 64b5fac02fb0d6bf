// A process that runs a wrapped script, as start.ts does: PATH, then FOLDER for compiled code, then its use. Prints what the
// script's `answer` gives, as JSON.
import { argv, stdout } from 'node:process';
import { pathToFileURL } from 'node:url';
import { runScript } from '../../src/lib/script.ts';

const [path, folder, use] = argv.slice(2) as [string, string, string];
const { answer } = runScript<{ answer: () => unknown }>(
  { path, use, folder },
  (specifier) => import(new URL(specifier, pathToFileURL(path)).href),
);
stdout.write(JSON.stringify(await answer()));
