// Where the program begins: what can be started ahead is, then the rest is loaded.
import { argv, env } from 'node:process';
import { launchAhead } from '../engine/linux/ahead.ts';
import { loadRun } from './load-run.ts';

const args = argv.slice(2);
const ahead = launchAhead(args, env);

// No await at the top: the program is bundled as scripts.
void loadRun(args).then(({ run }) => run(args, ahead));
