// A process that pulls or pushes, to be killed in the middle: ROOT, then `pull` or `push`, then a name.
import { argv } from 'node:process';
import { composeServices } from '../../src/app/compose.ts';

const [root, verb, name] = argv.slice(2) as [string, 'pull' | 'push', string];
const services = await composeServices({
  env: { PHYLLO_CONFIG: '/nonexistent', HOME: '/nonexistent' },
  root,
});
await services.registries[verb](name);
await services.close();
