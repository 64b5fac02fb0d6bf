// The agent as a bundled script beside this one, which is started in place of agent.ts.
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { compiledFolder } from '../../lib/compiled-code.ts';
import { runScript } from '../../lib/script.ts';

const MODES = ['folder', 'forward', 'run', 'serve', 'step'];

const path = fileURLToPath(new URL('agent.script.js', import.meta.url));
const mode = argv[2] ?? '';
const place = { path, use: MODES.includes(mode) ? mode : 'other', folder: compiledFolder() };
runScript(place, (specifier) => import(specifier));
