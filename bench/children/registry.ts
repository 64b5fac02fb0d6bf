// One push or pull of an image of a store.
import { env } from 'node:process';
import { composeServices } from '../../src/app/compose.ts';
import { type Answer, answer, childArguments } from './answer.ts';

export interface RegistryAnswer extends Answer {
  readonly ms: number;
}

const { verb, name, root } = childArguments('verb', 'name', 'root');
const start = performance.now();
const services = await composeServices({ env, root });
if (verb === 'pull') await services.registries.pull(name);
else {
  const [image] = await services.images.list();
  await services.images.tag(image!.id, name);
  await services.registries.push(name);
}
await services.close();
answer({ ms: performance.now() - start });
